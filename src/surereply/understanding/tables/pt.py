"""Portuguese: Brazil first, as chats have it; accents are folded away."""

from surereply.understanding.tables.shape import LanguageTable, listed, numbered, paired, spaced

PT = LanguageTable(
    function_words=spaced(
        """o a os as um uma uns umas de do da dos das no na nos nas em com por pra para pro que e ou é eh são sao
        esta estao este isso isto esse essa meu minha meus minhas seu sua eu voce vc vcs voces se me te lhe não
        nao n ñ sim quando onde como qual quanto quem mas mais muito ja tem tenho quero queria preciso procuro
        sou to tô estou oi ola obrigado obrigada bom boa favor"""
    ),
    common_words=spaced(
        """algo alguem algum alguma ali aqui la agora antes depois tambem ainda bem mal melhor pior claro blz
        beleza coisa dia dias noite tarde hora horas semana mes ano manha hoje ontem sempre nunca nada tudo todos
        cada outro outra mesmo mesma msm so somente quase faz fazer feito ir vou vamos vao posso pode podem
        poderia gostaria querem quer temos somos ser estar seria saber sei passa passar dar dou me diga falar
        falo ver vejo ligar liga marcar marca consulta horario preço preco valor custa quanto fica pessoa pessoas
        gente senhor senhora nome sobrenome email telefone numero celular zap whatsapp endereço cidade pais data
        dado dados informaçao ajuda serviço agendar reservar reserva comprar vender alugar retiro devolvo retirar
        devolver chego saio trabalho grande pequeno barato caro lugar perto longe dentro fora desde ate
        entre sobre tipo uns umas minimo maximo desculpa desculpe errei verdade vdd realidade talvez tambem
        porque entao assim quantos quantas criança filho filha marido esposa familia particular paciente
        atendimento vlw brigado querendo msm carro automatico tiver ficar perto regiao condominio"""
    ),
    everyday_words=listed("""outro | outra | novo | hoje | amanhã | aqui | tudo | so | mes | semana | bom"""),
    asking_words=listed(
        """que | o que | como | quando | onde | qual | quanto | quantos | quantas | por que | pq | quem | pra que
        | pra q | que horas | queria saber | gostaria de saber | quero saber"""
    ),
    asking_verbs=listed(
        """tem | vcs | voces | vocês | é | são | pode | podem | aceita | aceitam | atende | atendem | abre |
        abrem | fazem | inclui | da pra | rola | tem como"""
    ),
    request_openers=listed(
        """pode me | poderia | voce pode | vc pode | posso marcar | posso agendar | tem como marcar | consegue"""
    ),
    yes=listed(
        """sim | s | ss | simm | claro | com certeza | isso | isso mesmo | isso ai | correto | exato | certo |
        pode ser | pode | blz | beleza | ok | okay | fechado | combinado | perfeito | aham | uhum | tenho sim |
        tem sim | quero sim | quero | lógico | obvio | positivo | ta bom | tá bom | ta certo | show | top |
        fechou | bora | 👍"""
    ),
    no=listed(
        """não | nao | n | ñ | nn | nops | nem | de jeito nenhum | não obrigado | não obrigada | ainda não |
        negativo | incorreto | tenho não | tem não | nao tenho | nunca | nada | nenhum | nenhuma | nada não"""
    ),
    accepts=listed(
        """sim | claro | perfeito | pode ser | blz | beleza | ok | fechado | combinado | otimo | ótimo | gostei |
        serve | esse | essa | ta bom | legal | maravilha | fica otimo | show | quero esse | quero essa"""
    ),
    declines=listed("""não | nao | outro | outra | outra opçao | não gostei | não serve | melhor outro | tem outro"""),
    dont_know=listed(
        """não sei | nao sei | n sei | sei la | não faço ideia | não tenho certeza | não lembro | não me lembro |
        não decidi | ainda não sei | não sei ainda | sem ideia"""
    ),
    later=listed(
        """depois | mais tarde | depois te falo | te falo depois | te aviso | depois te aviso | agora não | outra
        hora | daqui a pouco | te confirmo | vou ver | depois eu vejo"""
    ),
    refuses=listed(
        """prefiro não | prefiro não falar | prefiro não dizer | não quero dizer | não quero falar | não vou
        falar | é pessoal | é particular isso | confidencial | não te interessa | não quero passar"""
    ),
    thanks=listed(
        """obrigado | obrigada | brigado | brigada | obg | vlw | valeu | muito obrigado | muito obrigada |
        agradeço | grato | grata | 🙏"""
    ),
    greetings=listed(
        """oi | oii | oie | olá | ola | opa | e ai | bom dia | boa tarde | boa noite | tudo bem | oi tudo bem |
        salve | bomdia"""
    ),
    goodbyes=listed(
        """tchau | até logo | ate mais | até mais | abraço | abraços | falou | fui | era só isso | era so isso
        mesmo | só isso | é só isso | bom dia pra voce"""
    ),
    angry=listed(
        """absurdo | palhaçada | péssimo | pessimo | horrivel | horrível | atendimento horrivel | vergonha |
        golpe | golpistas | ladrões | ladroes | enganação | descaso | falta de respeito | cansei | to cansado |
        ninguem responde | ninguém responde | ninguem atende | merda | porra | idiotas | quero reclamar |
        inaceitavel | lixo | 😡 | 🤬"""
    ),
    legal=listed(
        """meu advogado | minha advogada | meus advogados | nosso advogado | com um advogado | processar vcs |
        processar voces | vou processar | vamos processar | abrir um processo | entrar com processo | procon |
        reclame aqui | denunciar vcs | vou denunciar | fazer uma denuncia | chamar a policia | chamo a policia |
        vou na policia | ir na policia | vou na justiça | entrar na justiça | ir pra justiça | vou à justiça |
        juizado | pequenas causas | medidas legais | ação judicial"""
    ),
    discount=listed(
        """desconto | descontos | mais barato | promoção | promoções | oferta | melhor preço | preço melhor | faz
        um preço | muito caro | cupom | abaixa | baixar o preço | menor preço"""
    ),
    corrects=listed(
        """errei | me enganei | quis dizer | quero dizer | desculpa | desculpe | na verdade | na vdd | melhor |
        não é | ta errado | tá errado | corrigindo | correção | muda | mudar | trocar | troca | mudei de ideia |
        em vez de | aliás | digo | ops"""
    ),
    stop=listed(
        """sair | parar | pare | descadastrar | não quero mais mensagens | não me mande mais | para de mandar |
        stop | cancelar inscrição | não me mande mais mensagens | não quero receber mensagens | não mande mais
        mensagens | pare de mandar mensagens"""
    ),
    start=listed("começar | voltar | inscrever | retomar"),
    person_alone=listed(
        """atendente | humano | pessoa | um atendente | uma pessoa | operador | consultor | suporte | corretor"""
    ),
    person_verbs=listed(
        """falar com | falar | conversar com | me passa pra | me passa para | me transfere pra | me transfere
        para | contato com | passar para"""
    ),
    person_wishes=listed("quero | preciso | queria | prefiro"),
    person_phrases=listed(
        """me liga | me ligue | me ligar | liga pra mim | alguém me liga | alguem pode me ligar | pode me ligar |
        uma pessoa real | não quero falar com robô | não quero robô"""
    ),
    person_nouns=listed(
        """pessoa | alguém | alguem | atendente | humano | consultor | consultora | gerente | responsavel |
        vendedor | corretor | operador | dono | dentista | pessoa real | supervisor"""
    ),
    person_nouns_strict=listed("""atendente | humano | pessoa real | consultor | corretor | operador | supervisor"""),
    fillers=listed("um | uma | com | o | a | algum | alguma | de | do | da | seu"),
    polite=listed(
        """por favor | pfv | pfvr | porfavor | obrigado | obrigada | brigado | oi | olá | bom dia | boa tarde |
        boa noite | ok | bom | então | entao | tipo | amigo | moça | moço | kkk | kkkk | kkkkk | rs | rsrs | aqui
        é | msm | mesmo"""
    ),
    negations=listed("não | nao | n | ñ | sem | nunca | nem | menos | exceto | em vez de"),
    alternatives=listed("ou"),
    opposites={"mobiliado": "sem mobilia | sem móveis | sem mobília"},
    conjunctions=listed(
        """e | ou | mas | com | meu | minha | que | pra | para | porque | em | na | no | de | da | do"""
    ),
    numbers=numbered(
        """0: zero, nenhum | 1: um, uma | 2: dois, duas, par | 3: tres, três | 4: quatro | 5: cinco | 6: seis |
        7: sete | 8: oito | 9: nove | 10: dez, dezena | 11: onze | 12: doze, duzia | 13: treze | 14: quatorze,
        catorze | 15: quinze | 16: dezesseis | 17: dezessete | 18: dezoito | 19: dezenove | 20: vinte | 30:
        trinta | 40: quarenta | 50: cinquenta | 60: sessenta | 70: setenta | 80: oitenta | 90: noventa | 100:
        cem, cento | 200: duzentos, duzentas | 300: trezentos, trezentas | 400: quatrocentos | 500: quinhentos,
        quinhentas | 600: seiscentos | 700: setecentos | 800: oitocentos | 900: novecentos | 6: meia duzia"""
    ),
    multipliers=numbered("1000: mil, k | 1000000: milhao, milhão, milhoes, milhões, mi"),
    ordinals=numbered(
        """1: primeiro, primeira | 2: segundo | 3: terceiro, terceira | 4: quarto | 5: quinto | -1: ultimo,
        ultima"""
    ),
    people_nouns=listed(
        """pessoas | pessoa | adultos | adulto | crianças | criança | hospedes | passageiros | pacientes | gente
        | amigos | convidados"""
    ),
    months=numbered(
        """1: janeiro, jan | 2: fevereiro, fev | 3: março, marco, mar | 4: abril, abr | 5: maio, mai | 6: junho,
        jun | 7: julho, jul | 8: agosto, ago | 9: setembro, set | 10: outubro, out | 11: novembro, nov | 12:
        dezembro, dez"""
    ),
    weekdays=numbered(
        """0: segunda, seg | 1: terça, terca, ter | 2: quarta, qua | 3: quinta, qui | 4: sexta, sex | 5: sábado,
        sabado, sab | 6: domingo, dom"""
    ),
    weekday_tails=listed("- feira | feira"),
    numbered_weekdays={"2a feira": 0, "3a feira": 1, "4a feira": 2, "5a feira": 3, "6a feira": 4},
    relative_days=numbered(
        """0: hoje, hoje mesmo, hoje ainda | 1: amanhã, amanha, amanhã mesmo | 2: depois de amanhã, depois de
        amanha | -1: ontem | -2: anteontem"""
    ),
    next_words=listed("próximo | próxima | proxima"),
    next_behind=listed("que vem | q vem | próximo | próxima | seguinte"),
    this_words=listed("este | esta | esse | essa | nesta | nessa"),
    near_next=True,
    in_words=listed("em | dentro | daqui"),
    units=paired(
        """day: dia, dias, noite, noites, diaria, diarias | week: semana, semanas | month: mes, mês, meses |
        year: ano, anos | hour: hora, horas, h | minute: minuto, minutos, min"""
    ),
    dual_units=paired("day: fim de semana, final de semana, fds"),
    one_words=listed("um | uma"),
    day_markers=listed("dia | no dia | o dia | do dia | pro dia"),
    month_parts={"início de": 1, "inicio de": 1, "começo de": 1, "meados de": 15, "fim de": 25, "final de": 25},
    ordinal_marks=listed("o | a"),
    of_words=listed("de | do"),
    range_words=listed("a | até | ate | ao | até o dia | até dia"),
    between_words=listed("entre | de | do | da"),
    clock_before=listed(
        """às | as | à | la pelas | umas | por volta das | depois das | antes das | lá pras | pras | das"""
    ),
    clock_words=listed("em ponto"),
    hour_marks=listed("h | hs | hrs | horas | hora"),
    clock_from_cues=listed("às | umas"),
    am_words=listed("da manhã | de manhã | am | da madrugada"),
    pm_words=listed("da tarde | da noite | pm | de tarde | à noite"),
    periods={
        "de manhã": ("08:00", "12:00"),
        "pela manhã": ("08:00", "12:00"),
        "à tarde": ("12:00", "17:00"),
        "de tarde": ("12:00", "17:00"),
        "à noite": ("18:00", "22:00"),
        "de noite": ("18:00", "22:00"),
    },
    named_times={
        "meio dia": "12:00",
        "meio-dia": "12:00",
        "meio dia e meia": "12:30",
        "meio-dia e meia": "12:30",
        "meia noite": "00:00",
        "meia-noite": "00:00",
    },
    half_words=listed("e meia | e meio"),
    quarter_words=listed("e quinze | e um quarto"),
    to_words=listed("menos quinze | pras | para as | pra"),
    name_cues=listed(
        """meu nome é | meu nome e | meu nome | me chamo | pode me chamar de | nome completo | em nome de"""
    ),
    weak_name_cues=listed("sou | sou o | sou a | aqui é | aqui é o | aqui é a | é o | é a"),
    place_cues=listed(
        """em | no | na | de | do | da | para | pra | perto de | perto da | perto do | região da | região de |
        bairro"""
    ),
    place_heads=listed("aeroporto | estação | rodoviaria | centro | bairro"),
    nationality_words=listed("nacionalidade | passaporte | cidadania"),
    start_words=listed(
        """de | do | da | desde | a partir de | retiro | retirar | retirada | saida | saio | origem | início"""
    ),
    end_words=listed("""até | ate | a | ao | devolvo | devolver | devolução | volta | chegada | destino | fim"""),
    stay_start_words=listed("de | desde | chegada | entrada | chego"),
    stay_end_words=listed("até | saída | saio"),
    alone=listed("só eu | so eu | somente eu | eu sozinho | eu sozinha | apenas eu"),
    people_before=listed("somos | para | pra | vamos em | seremos | mesa para"),
    pairs=listed(
        """eu e meu marido | eu e minha esposa | eu e minha mulher | eu e minha namorada | eu e meu namorado | eu
        e meu filho | eu e minha filha"""
    ),
    currencies=paired(
        """BRL: real, reais, conto, contos, pila, brl | USD: dólar, dolares, dólares, usd | EUR: euro, euros, € |
        $: $"""
    ),
    any_words=listed(
        """qualquer | qualquer um | qualquer uma | qualquer dia | tanto faz | pra mim tanto faz | não importa | o
        que tiver | qualquer hora | sem preferencia | indiferente"""
    ),
    decimal_comma=True,
)
