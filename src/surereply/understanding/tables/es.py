"""Spanish: Mexico, Colombia, the Río de la Plata and Spain, as chats have it; accents are folded away."""

from surereply.understanding.tables.shape import LanguageTable, listed, numbered, paired, spaced

ES = LanguageTable(
    function_words=spaced(
        """el la los las un una unos unas de del al a en con por para que y o u e es son esta estan este esto ese
        eso mi mis su sus tu tus me te se lo le nos les yo usted ustedes no si sí cuando donde como cual cuanto
        quien pero mas muy ya hay tengo quiero quisiera necesito busco soy estoy porfa favor hola gracias buenas
        buenos"""
    ),
    common_words=spaced(
        """algo alguien alguna alguno algun ahi aqui alla ahora antes despues luego tambien todavia aun bien mal
        mejor peor bueno buena claro dale vale ok cosa caso dia dias noche tarde hora horas semana mes año ano
        mañana hoy ayer siempre nunca nada todo todos toda cada otro otra mismo misma solo solamente nomas casi
        hace hacer haciendo hecho ir voy vamos van puedo puede pueden podria podrian gustaria quieren quiere
        tienen tiene tenemos somos eres ser estar estaba seria saber se pasa paso pasar dar doy dame decir digo
        dime ver veo llamar llamo llama cita turno precio costo cuesta cuestan sale persona personas gente señor
        senor señora nombre apellido correo telefono numero celular cel whatsapp direccion ciudad pais fecha dato
        datos informacion info ayuda servicio agendar reservar reserva apartar pedir comprar vender rentar
        alquilar recojo devuelvo recoger devolver entrego llego salgo trabajo buen gran grande chico chica
        pequeño barato cara caro lugar mismo cerca lejos dentro fuera desde hasta entre sobre tipo unos minimo
        maximo perdon disculpa disculpe equivoque verdad realidad actualmente estaria quizas tal vez tampoco
        ademas aunque porque pues entonces asi mio mia tuyo suyo cuanta cuantos cuantas bebe niño hijo hijos
        esposa esposo familia me llevo pago particular"""
    ),
    everyday_words=listed("""otro | otra | nuevo | hoy | mañana | aqui | todo | solo | mes | semana | bueno"""),
    asking_words=listed(
        """que | qué | como | cómo | cuando | cuándo | donde | dónde | cual | cuál | cuanto | cuánto | cuanta |
        cuantos | por que | porque no | para que | quien | a que hora | quisiera saber | me gustaria saber |
        queria saber | se puede saber"""
    ),
    asking_verbs=listed(
        """hay | tienen | tiene | es | son | esta | estan | puedo | puede | pueden | atienden | aceptan | hacen |
        incluye | abren | cierran | dan | manejan | trabajan | necesito saber | y aceptan"""
    ),
    request_openers=listed(
        """me puedes | me puede | me pueden | puedes | podrias | podria | podrian | puedo reservar | puedo
        agendar | seria posible | es posible | me das | me da | me pasas | me agendas"""
    ),
    yes=listed(
        """si | sí | sip | sii | siii | claro | claro que si | por supuesto | asi es | correcto | exacto |
        exactamente | dale | vale | ok | okay | de acuerdo | perfecto | simon | va | esta bien | obvio | desde
        luego | afirmativo | efectivamente | si correcto | sip | ajá | aja | orale | sale | sipi | eso es |
        cierto | listo | 👍"""
    ),
    no=listed(
        """no | nop | nel | no gracias | para nada | nunca | aun no | aún no | todavia no | negativo | no es
        correcto | incorrecto | ninguno | ninguna | nada | no tengo | no aun | tampoco"""
    ),
    accepts=listed(
        """si | claro | perfecto | dale | vale | ok | de acuerdo | me parece bien | esta bien | me sirve | me
        queda bien | me gusta | genial | excelente | buenisimo | va | listo | lo tomo | me lo quedo | suena bien
        | esa | ese | hecho"""
    ),
    declines=listed(
        """no | otro | otra | otra opcion | no me gusta | no me sirve | mejor no | mejor otro | alguna otra"""
    ),
    dont_know=listed(
        """no se | no sé | no lo se | ni idea | no estoy seguro | no estoy segura | no tengo idea | no me acuerdo |
        no recuerdo | no lo tengo claro | no he decidido | todavia no se | aun no se | quien sabe | nose"""
    ),
    later=listed(
        """luego | despues | más tarde | mas tarde | luego te digo | luego te aviso | despues te digo | te digo
        luego | te aviso | ahorita no | ahora no | en otro momento | mas adelante | ahorita te digo | te confirmo
        | te confirmo luego"""
    ),
    refuses=listed(
        """prefiero no | prefiero no decir | prefiero no decirlo | no quiero dar | no quiero decir | no te
        importa | es privado | es personal | confidencial | no voy a dar | me lo reservo | no quiero compartir |
        paso"""
    ),
    thanks=listed(
        """gracias | muchas gracias | mil gracias | te agradezco | se agradece | muy amable | grax | graciass | 🙏"""
    ),
    greetings=listed(
        """hola | ola | holi | hola buenas | buenas | buenos dias | buen dia | buenas tardes | buenas noches |
        que tal | hola que tal | saludos | hey | buenass"""
    ),
    goodbyes=listed(
        """adios | adiós | chao | chau | hasta luego | hasta pronto | nos vemos | bye | eso es todo | eso seria
        todo | seria todo | que tengas buen dia | buen dia a ti"""
    ),
    angry=listed(
        """estafa | estafadores | pesimo | pésimo | pesima | pesimo servicio | mal servicio | que verguenza | es
        una verguenza | ladrones | rateros | inaceptable | una burla | me tienen harto | estoy harto | harta |
        nadie contesta | nadie responde | nadie me contesta | no sirven | mierda | pinche | idiotas | inutiles |
        una porqueria | quiero poner una queja | 😡 | 🤬"""
    ),
    legal=listed(
        """mi abogado | mi abogada | mis abogados | nuestro abogado | un abogado contra | con un abogado | los
        demando | los demandare | demandarlos | voy a demandar | vamos a demandar | los voy a demandar | poner
        una demanda | una demanda contra | denunciarlos | los denuncio | voy a denunciar | los voy a denunciar |
        poner una denuncia | profeco | sernac | defensa del consumidor | proteccion al consumidor | llamo a la
        policia | llamar a la policia | voy a la policia | ir a la policia | ir a tribunales | en los tribunales
        | accion legal | acciones legales | ministerio publico"""
    ),
    discount=listed(
        """descuento | descuentos | rebaja | mas barato | promocion | promociones | oferta | ofertas | ultimo
        precio | mejor precio | muy caro | cupon | regatear | menos precio"""
    ),
    corrects=listed(
        """me equivoque | me equivoqué | quise decir | quiero decir | perdon | perdón | en realidad | mejor | no
        es | esta mal | corrijo | correccion | cambialo | cambiar | cambia | cambie de opinion | en vez de | mas
        bien | no mejor | mejor que sean | digo | errata"""
    ),
    stop=listed(
        """baja | alto | parar | no mas mensajes | darse de baja | no me escriban | dejen de escribir | basta |
        stop"""
    ),
    start=listed("alta | empezar | suscribir | reanudar"),
    person_alone=listed(
        """asesor | humano | persona | agente | operador | una persona | un asesor | atencion al cliente |
        ejecutivo"""
    ),
    person_verbs=listed(
        """hablar con | hablar | comunicame con | comunicarme con | pasame con | pasarme con | me pasas con | me
        comunicas con | me pasa con | contactar con | platicar con | comunicar con | me atienda"""
    ),
    person_wishes=listed("quiero | necesito | quisiera | prefiero"),
    person_phrases=listed(
        """que me llame alguien | que alguien me llame | llamenme | llámenme | puede llamarme alguien | me pueden
        llamar | me puede llamar | que me llamen | una persona real | no un robot | me llamas"""
    ),
    person_nouns=listed(
        """persona | alguien | asesor | asesora | agente | humano | operador | ejecutivo | encargado | gerente |
        jefe | dueño | representante | doctor | doctora | vendedor | una persona real"""
    ),
    person_nouns_strict=listed(
        """persona real | asesor | asesora | agente | humano | operador | representante | ejecutivo"""
    ),
    fillers=listed("un | una | con | el | la | algun | alguna | de | al | del | su"),
    polite=listed(
        """por favor | porfa | porfavor | porfis | plis | gracias | muchas gracias | hola | buenas | buenos dias
        | buenas tardes | ok | bueno | pues | es que | mira | amigo | amiga | señor | señorita | jaja | jajaja |
        aqui | apunta | nomas | nada mas"""
    ),
    negations=listed("""no | sin | nunca | tampoco | ni | menos | excepto | salvo | en vez de | nada de"""),
    alternatives=listed("o | u"),
    opposites={"amueblado": "sin muebles | sin amueblar"},
    conjunctions=listed("y | e | o | u | pero | con | mi | que | para | porque | en | de | del"),
    numbers=numbered(
        """0: cero, ninguno | 1: uno, una, un | 2: dos, par, ambos | 3: tres | 4: cuatro | 5: cinco | 6: seis |
        7: siete | 8: ocho | 9: nueve | 10: diez, decena | 11: once | 12: doce, docena | 13: trece | 14: catorce
        | 15: quince | 16: dieciseis | 17: diecisiete | 18: dieciocho | 19: diecinueve | 20: veinte | 21:
        veintiuno, veintiun | 22: veintidos | 23: veintitres | 24: veinticuatro | 25: veinticinco | 26:
        veintiseis | 27: veintisiete | 28: veintiocho | 29: veintinueve | 30: treinta | 40: cuarenta | 50:
        cincuenta | 60: sesenta | 70: setenta | 80: ochenta | 90: noventa | 100: cien, ciento | 200: doscientos,
        doscientas | 300: trescientos, trescientas | 400: cuatrocientos | 500: quinientos, quinientas | 600:
        seiscientos | 700: setecientos | 800: ochocientos | 900: novecientos"""
    ),
    multipliers=numbered("1000: mil, k | 1000000: millon, millones, mdp, palos"),
    ordinals=numbered(
        """1: primero, primera, primer, 1ro, 1er | 2: segundo, segunda | 3: tercero, tercera, tercer | 4: cuarto
        | 5: quinto | -1: ultimo, ultima"""
    ),
    people_nouns=listed(
        """personas | persona | adultos | adulto | niños | niño | niñas | hijos | huespedes | pasajeros |
        pacientes | gente | amigos | invitados | boletos"""
    ),
    months=numbered(
        """1: enero, ene | 2: febrero, feb | 3: marzo, mar | 4: abril, abr | 5: mayo | 6: junio, jun | 7: julio,
        jul | 8: agosto, ago | 9: septiembre, setiembre, sep, sept | 10: octubre, oct | 11: noviembre, nov | 12:
        diciembre, dic"""
    ),
    weekdays=numbered(
        """0: lunes, lun | 1: martes | 2: miercoles, mierc, mie | 3: jueves, jue | 4: viernes, vie | 5: sabado,
        sab | 6: domingo, dom"""
    ),
    relative_days=numbered(
        """0: hoy, hoy mismo, esta noche, esta tarde | 1: mañana, mañana mismo | 2: pasado mañana, pasado | -1:
        ayer | -2: anteayer, antier"""
    ),
    next_words=listed("proximo | proxima"),
    next_behind=listed("que viene | que entra | proximo | proxima | siguiente"),
    this_words=listed("este | esta"),
    near_next=True,
    in_words=listed("en | dentro | aqui"),
    units=paired(
        """day: dia, dias, noche, noches | week: semana, semanas | month: mes, meses | year: año, años, ano, anos
        | hour: hora, horas, hrs, hs | minute: minuto, minutos, min"""
    ),
    dual_units=paired("day: finde, fin de semana"),
    one_words=listed("un | una"),
    day_markers=listed("el | el dia | dia"),
    month_parts={
        "principios de": 1,
        "a principios de": 1,
        "inicios de": 1,
        "mediados de": 15,
        "fines de": 25,
        "finales de": 25,
    },
    ordinal_marks=listed("ro | er | o"),
    of_words=listed("de | del"),
    range_words=listed("al | a | hasta"),
    between_words=listed("entre | del | de | desde"),
    clock_before=listed(
        """a las | a la | las | la | como a las | tipo | sobre las | hacia las | despues de las | antes de las |
        alrededor de las"""
    ),
    clock_words=listed("en punto"),
    hour_marks=listed("h | hs | hrs | horas"),
    clock_from_cues=listed("las"),
    am_words=listed("de la mañana | am | a m | por la mañana | de la madrugada"),
    pm_words=listed("de la tarde | de la noche | pm | p m | por la tarde | por la noche"),
    periods={
        "por la mañana": ("08:00", "12:00"),
        "en la mañana": ("08:00", "12:00"),
        "de mañana": ("08:00", "12:00"),
        "por la tarde": ("12:00", "17:00"),
        "en la tarde": ("12:00", "17:00"),
        "de tarde": ("12:00", "17:00"),
        "tarde": ("12:00", "17:00"),
        "por la noche": ("20:00", "23:00"),
        "en la noche": ("20:00", "23:00"),
    },
    named_times={
        "al mediodía": "12:00",
        "mediodía": "12:00",
        "medio dia": "12:00",
        "al medio dia": "12:00",
        "medianoche": "00:00",
    },
    half_words=listed("y media | y medio | i media"),
    quarter_words=listed("y cuarto"),
    quarter_before=listed("cuarto | un cuarto"),
    to_words=listed("menos cuarto | para las | pa las | para la"),
    name_cues=listed("me llamo | mi nombre es | mi nombre | a nombre de | nombre completo"),
    weak_name_cues=listed("soy | aqui | habla | es"),
    place_cues=listed(
        """en | de | a | cerca de | cerca del | por la | por | desde | hacia | zona de | en la | en el | por el"""
    ),
    place_heads=listed("aeropuerto | estacion | terminal | centro | colonia | barrio | zona"),
    nationality_words=listed("nacionalidad | pasaporte | ciudadania"),
    start_words=listed(
        """desde | del | de | salida | salgo | recojo | recoger | inicio | origen | a partir de | partir"""
    ),
    end_words=listed(
        """hasta | al | a | devuelvo | devolver | entrego | regreso | vuelta | llegada | destino | fin |
        devolucion"""
    ),
    stay_start_words=listed("desde | del | llegada | entrada | llego"),
    stay_end_words=listed("hasta | al | salida | salgo"),
    alone=listed("solo yo | solamente yo | nomas yo | yo solo | yo sola | una persona"),
    people_before=listed("somos | para | seremos | vamos | seriamos | mesa para"),
    pairs=listed(
        """mi esposa y yo | mi esposo y yo | mi novia y yo | mi novio y yo | mi pareja y yo | yo y mi esposa | yo
        y mi esposo | mi hijo y yo | mi hija y yo"""
    ),
    currencies=paired(
        """USD: dolar, dolares, usd | EUR: euro, euros, eur, € | MXN: mxn | $: $, pesos, peso, varos, lucas |
        GBP: libras | PEN: soles | COP: cop | ARS: ars"""
    ),
    any_words=listed(
        """cualquiera | cualquier dia | cualquier dia me sirve | cualquier cosa | me da igual | da igual | me da
        lo mismo | lo que sea | no importa | el que sea | cuando sea | cuando quieras | indistinto | cualquiera
        me da igual | no hay preferencia | sin preferencia"""
    ),
    decimal_comma=True,
)
