"""What customers ask any business, each matter in the words of each language: `how much` and `les tarifs` ask alike."""

from surereply.understanding.tables.shape import Phrases, listed

# Matter → language → words and phrases. The longest phrase wins; a phrase belongs to the first matter that has it.
_MATTERS: dict[str, dict[str, str]] = {
    "price": {
        "en": """price | prices | pricing | cost | costs | fee | fees | charge | charges | rate | rates | how much |
            amount to pay | quotation | quote | expensive | tariff | set me back | how pricey | price list |
            estimate""",
        "ar": """سعر | السعر | سعرها | سعره | اسعار | الاسعار | اسعاركم | تكلفة | التكلفة | تكاليف | التكاليف | رسوم
            | الرسوم | بكم | كم سعر | كم تكلفة | كم يكلف | كم تكلف | كم | قديش | يكلف | تكلف | بقديش | كام | بكام | ثمن
            | كم ادفع | كم بدفع | كم تاخذون""",
        "es": """precio | precios | costo | costos | coste | cuesta | cuestan | cuanto | cuánto | cuanto vale | vale
            | tarifa | tarifas | sale | saldria | cobran | cobra | cotizacion | presupuesto | que valor | a como""",
        "fr": """prix | tarif | tarifs | tarification | coût | coûte | coûter | coute | couter | combien | c'est
            combien | devis | honoraires | ça revient à | cher""",
        "pt": """preço | preços | valor | valores | custa | custo | quanto | quanto fica | quanto custa | quanto é |
            quanto sai | cobram | cobra | orçamento | tabela""",
        "hi": """कितना | कितनी | कितने का | कितने की | कितना पैसा | कितने पैसे | फीस | खर्चा | खर्च | दाम | रेट |
            कीमत | किराया | प्राइस | चार्ज | शुल्क | कितना लेते""",
        "hi-latn": """kitna | kitni | kitne ka | kitne ki | kitna paisa | kitne paise | fees | fee | kharcha |
            kharch | daam | dam | rate | rates | kiraya | price | charge | charges | cost | kimat | keemat""",
        "ur": "کتنا | کتنی | کتنے کا | کتنے کی | کتنے پیسے | فیس | خرچہ | خرچ | قیمت | ریٹ | کرایہ | چارجز | پرائس",
    },
    "documents": {
        "en": """document | documents | docs | papers | paperwork | requirement | requirements | required | bring |
            bring with me | what do i need | what do you need from me | id card | my id | take with me | have with
            me""",
        "ar": """مستندات | المستندات | وثائق | الوثائق | اوراق | الاوراق | الأوراق | ورق | متطلبات | المتطلبات |
            المطلوب | المطلوبة | المستندات المطلوبة | احضر | اجيب | اجيب معي | الهوية | بطاقة الهوية | احضر معي""",
        "es": """documentos | documento | papeles | papel | requisitos | necesito llevar | llevar | que llevo |
            traer | identificacion | que necesito""",
        "fr": """documents | document | papiers | papier | pièces | justificatifs | apporter | amener | ramener |
            pièce d'identité | carte d'identité | carte vitale | dossier""",
        "pt": """documentos | documento | papeis | papel | preciso levar | levar | trazer | requisitos | identidade
            | rg | documentação""",
        "hi": """दस्तावेज़ | दस्तावेज | कागज | कागज़ | कागजात | डॉक्यूमेंट | डॉक्यूमेंट्स | लाना | लेकर आना | पहचान
            पत्र | आधार कार्ड | आधार""",
        "hi-latn": """document | documents | docs | kagaz | kagaj | papers | lana | leke aana | lekar aana | id
            proof | aadhar card | aadhaar card | id card | aadhar | aadhaar | saath lana""",
        "ur": "دستاویزات | دستاویز | کاغذات | کاغذ | لانا | ساتھ لانا | شناختی کارڈ | ڈاکومنٹس",
    },
    "duration": {
        "en": """how long | how many days | how many weeks | how many minutes | how many hours | how fast | how soon
            | how quickly | how much time | processing time | duration | time does it take | when will it be ready |
            long""",
        "ar": """كم يوم | كم المدة | كم مدة | المدة | مدة | كم يستغرق | كم تستغرق | يستغرق | تستغرق | كم وقت | الوقت
            | كم ياخذ | كم تاخذ | كم ساعة | كم دقيقة | متى تخلص | متى يخلص | يطول | تطول | كم بتاخد""",
        "es": """cuanto tarda | cuanto tardan | cuanto tiempo | cuantos minutos | cuantos dias | cuantas horas |
            tarda | tardan | demora | demoran | duracion | cuanto dura | dura | cuanto demora""",
        "fr": """combien de temps | combien de jours | combien de minutes | combien d'heures | durée | dure | ça
            prend | prend du temps | délai | délais | longtemps""",
        "pt": """quanto tempo | quantos minutos | quantos dias | quantas horas | demora | duração | quanto dura |
            dura | prazo | leva quanto""",
        "hi": """कितना समय | कितने दिन | कितनी देर | कितने मिनट | कितने घंटे | कितना टाइम | समय लगेगा | देर | वक़्त
            | टाइम लगेगा""",
        "hi-latn": """kitna time | kitna samay | kitne din | kitni der | kitne minute | kitne ghante | time lagega |
            der | kitna waqt | samay lagega""",
        "ur": "کتنا وقت | کتنے دن | کتنی دیر | کتنے منٹ | کتنے گھنٹے | دیر | وقت لگے",
    },
    "place": {
        "en": """where | location | located | address | map | directions | find you | get there | get to you | come
            to you | street | which area""",
        "ar": """اين | أين | وين | فين | موقع | الموقع | موقعكم | عنوان | العنوان | عنوانكم | مكانكم | المكان |
            لوكيشن | اللوكيشن | كيف اوصل | شارع | منطقة""",
        "es": """donde | dónde | ubicacion | ubicados | ubican | direccion | como llego | como llegar | mapa | calle
            | zona""",
        "fr": "où | adresse | situés | situé | situe | où exactement | localisation | plan | rue | quartier | venir",
        "pt": "onde | aonde | endereço | localização | localizados | como chego | como chegar | mapa | rua | bairro",
        "hi": "कहाँ | कहां | पता | एड्रेस | लोकेशन | किधर | रोड | रास्ता | किस जगह",
        "hi-latn": "kaha | kahan | kidhar | address | location | pata kya | kis jagah | kis area | rasta | map",
        "ur": "کہاں | پتہ | ایڈریس | لوکیشن | کدھر | کس جگہ | راستہ",
    },
    "hours": {
        "en": """open | opening | hours | timing | timings | working hours | office hours | business hours | close |
            closed | closing | working days | opening hours | opening times | what time | till when | until when | till
            what time | do you work""",
        "ar": """ساعات العمل | مواعيد العمل | الدوام | دوامكم | اوقات العمل | متى تفتحون | متى تفتحوا | تفتحون |
            تفتح | مفتوح | مفتوحين | فاتحين | مسكرين | تقفلون | تقفلوا | بتفتحوا | مواعيدكم | تسكرون | اي ساعة | الساعة
            كم | تداومون""",
        "es": """horario | horarios | hora | abren | abre | abierto | abiertos | cierran | cierra | cerrado |
            trabajan el | trabajan los | a que hora | hasta que hora""",
        "fr": """horaires | horaire | ouvert | ouverts | ouverte | ouvrez | ouverture | fermez | fermé | fermés |
            fermeture | quelle heure | à quelle heure | travaillez""",
        "pt": """horario | horarios | abre | abrem | aberto | abertos | fecha | fecham | fechado | funciona |
            funcionam | que horas | ate que horas | atendimento""",
        "hi": "खुला | खुलता | खुलते | खुली | बंद | टाइमिंग | कब से कब | कितने बजे | कब खुलता | कब खुलेगा",
        "hi-latn": "khula | khulta | khulte | khuli | band | timing | timings | kitne baje | open | close | kab khulta",
        "ur": "کھلا | کھلتا | کھلتے | بند | ٹائمنگ | اوقات | کتنے بجے | کب کھلتا",
    },
    "pay": {
        "en": """pay | paying | payment | payments | card | cash | credit card | debit card | bank transfer |
            instalment | instalments | installment | installments | monthly payments | mastercard | financing""",
        "ar": """ادفع | الدفع | دفع | بطاقة | بالبطاقة | كاش | تقسيط | اقساط | نقدا | دفعات | فيزا ولا كاش | ماستر
            كارد | تحويل""",
        "es": """pagar | pago | pagos | tarjeta | tarjetas | efectivo | cuotas | plazos | meses sin intereses |
            transferencia | financiamiento""",
        "fr": """payer | paie | paiement | paiements | régler | règlement | carte | cb | carte bancaire | espèces |
            plusieurs fois | mensualités | virement | chèque""",
        "pt": """pagar | pagamento | pagamentos | cartão | crédito | débito | pix | quantas vezes | parcela |
            parcelas | parcelar | dinheiro | boleto | dividir""",
        "hi": "कार्ड | पेमेंट | भुगतान | नकद | कैश | यूपीआई | क़िस्त | किस्त | किस्तों | ईएमआई | पैसे कैसे",
        "hi-latn": "card | payment | pay | cash | nakad | upi | kist | kisto | kiston | emi | paytm | gpay",
        "ur": "کارڈ | ادائیگی | نقد | کیش | قسط | قسطوں | قسطیں | پیمنٹ",
    },
    "guarantee": {
        "en": "guarantee | guaranteed | sure approval | approval | approved | rejected | warranty",
        "ar": "ضمان | مضمون | مضمونة | تضمنون | الموافقة",
        "es": "garantia | garantizado | garantizan",
        "fr": "garantie | garanti | garantissez",
        "pt": "garantia | garantido | garantem",
        "hi": "गारंटी",
        "hi-latn": "guarantee | garanti",
        "ur": "گارنٹی",
    },
    "change": {
        "en": """cancel | cancellation | cancelling | refund | money back | reschedule | rescheduling | change my
            appointment | change my booking | move my appointment | move my booking | postpone | cannot come | can't
            come | can't make it | cant make it | cant come | call off""",
        "ar": """الغاء | إلغاء | الغي | الغاء الموعد | استرداد | استرجاع | تغيير الموعد | اغير موعدي | اغير الموعد |
            تاجيل | اؤجل | تعديل الموعد""",
        "es": """cancelar | cancelacion | cancelo | reembolso | reagendar | cambiar la cita | cambiar mi cita |
            mover la cita | mover mi cita | posponer | reprogramar | anular""",
        "fr": """annuler | annulation | remboursement | reporter | déplacer | décaler | changer le rendez-vous |
            changer de date | empêchement""",
        "pt": """cancelar | cancelamento | desmarcar | remarcar | reagendar | reembolso | adiar | mudar a consulta |
            trocar a data | trocar o dia | imprevisto""",
        "hi": "कैंसल | कैंसिल | रद्द | समय बदल | दिन बदल | दिन बदलना | टाइम बदल | रीशेड्यूल",
        "hi-latn": "cancel | cancle | radd | reschedule | time change | din change | time badal | din badal | postpone",
        "ur": "کینسل | منسوخ | وقت بدل | دن بدل | دن بدلنا",
    },
    "renew": {
        "en": "renew | renewal | extend | extension",
        "ar": "تجديد | تمديد",
        "es": "renovar | renovacion",
        "fr": "renouveler | renouvellement",
        "pt": "renovar | renovação",
        "hi": "नवीनीकरण | रिन्यू",
        "hi-latn": "renew | renewal",
        "ur": "تجدید | رینیو",
    },
    "parking": {
        "en": "parking | park | car park | parking space | garage",
        "ar": "موقف | مواقف | موقف سيارات | باركنج | باركينج | اوقف سيارتي | اوقف السيارة | اصف السيارة | كراج",
        "es": """estacionamiento | estacionar | estaciono | parqueadero | parquear | aparcar | aparcamiento |
            parking | cochera""",
        "fr": "parking | garer | se garer | me garer | stationner | stationnement",
        "pt": "estacionamento | estacionar | estaciono | vaga para carro | garagem",
        "hi": "पार्किंग | पार्क | गाड़ी खड़ी | कार खड़ी",
        "hi-latn": "parking | park | gaadi khadi | gadi khadi | car khadi",
        "ur": "پارکنگ | پارک | گاڑی کھڑی",
    },
    "insurance": {
        "en": "insurance | insured | insurances | insurer | insurers | covered | health plan | coverage | medical card",
        "ar": "تامين | التامين | تاميني | شركة التامين | بالتامين",
        "es": "seguro | seguros | aseguradora | obra social | cubre | cobertura | prepaga | eps",
        "fr": "mutuelle | mutuelles | assurance | remboursé | rembourse | sécu | sécurité sociale | tiers payant",
        "pt": "convênio | convênios | plano | planos | plano de saúde | seguro | cobre | cobertura | sus",
        "hi": "बीमा | इंश्योरेंस | बीमे | इन्शुरन्स | मेडिक्लेम",
        "hi-latn": "insurance | bima | beema | mediclaim | cashless",
        "ur": "انشورنس | بیمہ | ہیلتھ کارڈ",
    },
    "pain": {
        "en": "hurt | hurts | hurting | pain | painful | sore | painless | needle | needles | injection | anaesthetic",
        "ar": "يؤلم | مؤلم | الم | الالم | يوجع | بيوجع | توجع | وجع | ابرة | بنج",
        "es": "duele | doler | dolor | doloroso | dolera | anestesia | aguja",
        "fr": "mal | douleur | douloureux | douloureuse | anesthésie | piqûre",
        "pt": "dói | doi | doer | dor | doloroso | doloroda | anestesia | agulha",
        "hi": "दर्द | तकलीफ | तकलीफ़ | सुई | दुखेगा | दुखता",
        "hi-latn": "dard | pain | takleef | taklif | painful | dukhega | sui | injection",
        "ur": "درد | تکلیف | سوئی | دکھے گا",
    },
    "children": {
        "en": """child | children | kid | kids | baby | babies | toddler | toddlers | my son | my daughter | what
            age | age""",
        "ar": "طفل | اطفال | الاطفال | ابني | بنتي | طفلي | عمر | عمره | عمرها | صغار",
        "es": "niño | niños | niña | niñas | bebe | bebes | mi hijo | mi hija | edad",
        "fr": "enfant | enfants | bébé | bébés | mon fils | ma fille | âge | les petits",
        "pt": "criança | crianças | bebê | bebês | meu filho | minha filha | idade",
        "hi": "बच्चा | बच्चे | बच्चों | बेटा | बेटी | उम्र",
        "hi-latn": "baccha | bacche | bachche | bachcho | bachon | bacho | bachcha | beta | beti | umar | umr",
        "ur": "بچہ | بچے | بچوں | بیٹا | بیٹی | عمر",
    },
    "animals": {
        "en": "pet | pets | dog | dogs | cat | cats | animal | animals | puppy",
        "ar": "حيوان | حيوانات | كلب | قطة",
        "es": "mascota | mascotas | perro | perros | gato | gatos",
        "fr": "animal | animaux | chien | chiens | chat | chats",
        "pt": "animal | animais | bicho | cachorro | cachorros | gato | gatos",
        "hi": "पालतू | कुत्ता | कुत्ते | बिल्ली",
        "hi-latn": "paltu | pet | pets | kutta | kutte | billi",
        "ur": "پالتو | کتا | کتے | بلی",
    },
    "from afar": {
        "en": """online | remotely | remote | without coming | abroad | overseas | outside the country | from
            another country | from home""",
        "ar": "اونلاين | عن بعد | من الخارج | خارج الدولة | بدون حضور",
        "es": "en linea | online | a distancia | desde el extranjero | remoto",
        "fr": "en ligne | à distance | depuis l'étranger",
        "pt": "online | a distância | do exterior | remoto",
        "hi": "ऑनलाइन | घर बैठे",
        "hi-latn": "online | ghar baithe",
        "ur": "آن لائن | گھر بیٹھے",
    },
    "included": {
        "en": "include | included | includes | including | bills | utilities | extra",
        "ar": "يشمل | شامل | تشمل",
        "es": "incluye | incluido | incluyen",
        "fr": "inclus | compris | comprend",
        "pt": "inclui | incluso | incluído",
        "hi": "शामिल",
        "hi-latn": "shamil | included",
        "ur": "شامل",
    },
}

# Questions of another kind: whoever asks who, why or how many is not answered by what only shares their nouns.
_OTHER_QUESTIONS: dict[str, dict[str, str]] = {
    "who": {
        "en": "who | whose | whos | who's",
        "ar": "مين | من هو | من هي",
        "es": "quien | quienes",
        "fr": "qui | c'est qui | qui est",
        "pt": "quem",
        "hi": "कौन | कौन है | कौन हैं",
        "hi-latn": "kaun | kon | kaun hai",
        "ur": "کون | کون ہے | کون ہیں",
    },
    "why": {
        "en": "why | how come",
        "ar": "ليش | لماذا | ليه",
        "es": "por que | porque",
        "fr": "pourquoi",
        "pt": "por que | porque | pq",
        "hi": "क्यों",
        "hi-latn": "kyu | kyun | kyo",
        "ur": "کیوں",
    },
    "how many": {
        "en": "how many",
        "ar": "كم عدد | كم واحد | كم دكتور | كم شخص",
        "es": "cuantos | cuantas",
        "fr": "combien de | combien d",
        "pt": "quantos | quantas",
        "hi": "कितने",
        "hi-latn": "kitne",
        "ur": "کتنے",
    },
    "which make": {
        "en": "brand | make of | which company | made of | what material",
        "ar": "ماركة | من اي شركة",
        "es": "marca | de que marca",
        "fr": "marque | quelle marque",
        "pt": "marca | qual marca",
        "hi": "किस कंपनी | ब्रांड",
        "hi-latn": "kis company | kaunsi company | brand",
        "ur": "کس کمپنی | برانڈ",
    },
}

# Matters of their own, told from what shares their words: whoever looks for `work` asks nothing about `working hours`.
_OTHER_MATTERS: dict[str, dict[str, str]] = {
    "for sale": {
        "en": "sell | selling | stock",
        "ar": "تبيعون | تبيع | بيع",
        "es": "venden | vende",
        "fr": "vendez | vendre",
        "pt": "vendem | vende",
        "hi": "बेचते",
        "hi-latn": "bechte | bechte ho",
        "ur": "بیچتے",
    },
    "work for us": {
        "en": "hiring | vacancy | vacancies | jobs | job",
        "ar": "وظائف | وظيفة | توظيف",
        "es": "contratando | empleo | vacantes | trabajo",
        "fr": "recrutez | embauchez | emploi",
        "pt": "vaga de emprego | emprego | vagas | contratando",
        "hi": "नौकरी",
        "hi-latn": "naukri | job | vacancy",
        "ur": "نوکری",
    },
    "web site": {
        "en": "website | web site | wifi",
        "ar": "موقع الكتروني | ويب سايت | الموقع الالكتروني",
        "es": "pagina web | sitio web",
        "fr": "site internet | site web",
        "pt": "site",
        "hi": "वेबसाइट",
        "hi-latn": "website",
        "ur": "ویب سائٹ",
    },
}

# What asks wherever it stands, without a question mark and in any order of words: `vcs fecham que horas`.
_ASKING: dict[str, str] = {
    "en": """how | what | whats | what's | when | where | which | who | why | till when | do you | do u | do i |
        does it | does the | did you | can i | can you | can u | could you | could i | are you | r u | are u | is it |
        is there | will i | will it | will you | will my | would you | would it | should i | am i | hw | wen | send me |
        tell me | any""",
    "ar": """هل | كم | كيف | متى | اين | وين | فين | ليش | شو | ايش | وش | اي | ممكن | اقدر | ينفع | عندكم | في
        عندكم | لازم | محتاج | ولا | ارسلوا | ارسل | عطوني | بكم | مين | في باركنج | بتاخدوا | تاخذون | تقبلون""",
    "es": """que | cual | cuales | cuanto | cuantos | cuanta | cuando | donde | como | quien | tienen | hay | puedo
        | se puede | pueden | aceptan | trabajan | atienden | reciben | abren | cierran | me mandas | me pasas | me dan
        | necesito | tengo que | es muy | a q | q""",
    "fr": """combien | quand | ou | comment | quel | quelle | quels | quelles | quoi | koi | pourquoi | qui | est ce
        | vous prenez | vous faites | vous avez | vous acceptez | vous etes | vous fermez | vous ouvrez | vous recevez |
        on peut | je peux | peut on | puis je | il faut | faut | y a | ya | vous pouvez""",
    "pt": """que | qual | quais | quanto | quantos | quantas | quando | onde | como | quem | tem | posso | pode |
        podem | da pra | aceita | aceitam | atende | atendem | pegam | fazem | abre | fecha | manda | me passa | precisa
        | tenho que | vao | vai | qto | tem como""",
    "hi": """क्या | कब | कहां | कैसे | कितना | कितने | कितनी | कौन | कौनसा | क्यों | किस | बता | बताइए | भेज | भेजिए
        | सकते""",
    "hi-latn": """kya | kab | kaha | kahan | kaise | kitna | kitne | kitni | kaun | kaunsa | kyu | kyun | kis |
        batao | bata do | bataiye | bhej do | bhejo | sakte | chalega | h kya""",
    "ur": "کیا | کب | کہاں | کیسے | کتنا | کتنے | کتنی | کون | کیوں | کس | بتا | بتائیں | بھیج | سکتے",
}

# Words of a question that tell nothing of what it asks.
_IDLE: dict[str, str] = {
    "en": """a an the is are do does did i my for to of in it can you your and me please be will would there have
        has at on with if we us get got this that what what's whats could should so hi hello hey take takes took also
        need want know tell about or am i'm im which just much how any like by from as its it's thanks u r ur one give
        guys pls gonna ya hv hw dont don't when going they their them i'll i'd i've send show""",
    "ar": """هل ما هي هو في من على لي انا عندكم لو سمحت ممكن اريد ابي ان هذا هذه شو ايش وش عن الى و او اللي يا ماهي
        اعرف لل بالضبط يعني اي اقدر ينفع ابغى فيه بس ولا معي متى انتم انتوا كيف تقبلون اليوم ارسل ارسلوا تعطوني فكرة""",
    "es": """el la los las de en que es un una me mi mis para por hola tienen tiene puedo puede pueden y a lo su con
        se te hay si ya como cual cuales son esta estan al del o porfa favor necesito quiero quisiera saber q muy mas
        tengo pasas mandas dan""",
    "fr": """le la l de d du en que qu est un une me ma mon pour par bonjour vous je j et a les des c ce cet il elle
        on y t s se ca sont suis ai avez etes peut peux puis pouvez faut ya au aux dans vos votre quel quelle quels
        quelles comment avec aussi envoyer fait faites c'est est-ce prenez""",
    "pt": """o a os as de em que e um uma me meu minha pra para por oi tem posso pode podem vc vcs voces do da dos
        das no na eu se com ai ter tenho como qual quais sao esta estao la isso mais ou menos da manda passa gente favor
        preciso queria gostaria saber""",
    "hi": """का की के है हैं में क्या आप को से पर हो तो ही भी मैं मेरा मेरी मुझे आपका आपकी आपके यहां यहाँ जी कर करने
        करते करना सकते सकता सकती रहता होता होती होना होगा लोग दीजिए बता बताइए भेज साथ बहुत कुछ अगर ना न नहीं चाहिए लगेगा
        लगेगी लगेंगे लेते हूं हूँ""",
    "hi-latn": """ka ki ke hai hain h me mein kya aap ko se pe par ho to bhi hi mai main mera meri mujhe aapka aapki
        aapke yaha ji kar karne karte karna sakte sakta sakti rehta hota hoti hoga log do dijiye bata batao bhej sath
        bahut kuch agar na nahi chahiye lagega lagegi lagenge lete bhai bolo please hu hun ek""",
    "ur": """کا کی کے ہے ہیں میں کیا آپ کو سے پر ہو تو ہی بھی میرا میری مجھے ہاں جی کر کرنے کرتے کرنا سکتے سکتا سکتی
        رہتا ہوتا ہوتی ہونا ہوگا ہوگی ہوں لوگ دیں بتا بھیج ساتھ بہت کچھ اگر نہ لگے لگیں گا گی گے نہیں چاہیے چاہئیں
        لیتے""",
}

LANGUAGES = tuple(_IDLE)
_WORDS = _OTHER_QUESTIONS | _OTHER_MATTERS | _MATTERS
ASKED_ALIKE: dict[str, dict[str, Phrases]] = {
    language: {matter: listed(words[language]) for matter, words in _WORDS.items()} for language in LANGUAGES
}
MATTERS = frozenset(_MATTERS)
OTHER_QUESTIONS = frozenset(_OTHER_QUESTIONS)
ASKING: dict[str, Phrases] = {language: listed(words) for language, words in _ASKING.items()}
ASKED_IDLY: dict[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in _IDLE.items()}
