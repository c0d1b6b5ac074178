"""Each signal in each language, as chats write it: small letters, slips, elongations, emoji, two languages in one."""

import pytest

from support.every_language import LANGUAGES, NOW, flow_in
from surereply.domain.facts import Context, Signal
from surereply.understanding.reader import read_text
from surereply.understanding.tables import TABLES

HEARD: dict[Signal, dict[str, str]] = {
    Signal.WANTS_PERSON: {
        "en": """i want to talk to a human | can i speak to someoneee | agent pls | call me back | put me thru to a
            person""",
        "ar": "ابي اكلم موظف | عايز اكلم حد من خدمة العملاء | حولني على انسان | موظف | ابغى اتكلم مع شخص حقيقي",
        "es": """quiero hablar con una persona | pasame con un asesor porfa | asesor | que me llame alguien | kiero
            hablar con alguien""",
        "fr": """je veux parler à quelqu'un | passez moi un conseiller | un humain svp | rappelez moi | je peux
            parler a une vraie personne""",
        "pt": """quero falar com um atendente | me passa pra uma pessoa | atendente | alguem pode me ligar | qro
            falar com alguem""",
        "hi": "मुझे किसी से बात करनी है | इंसान से बात कराओ | मैनेजर से बात करनी है | एजेंट",
        "hi-latn": """kisi se baat karni hai | insaan se baat karao | manager se baat karni hai bhai | mujhe call karo |
            agent se baat krni h""",
        "ur": "کسی سے بات کرنی ہے | مجھے انسان سے بات کرنی ہے | مینیجر سے بات کروائیں | مجھے کال کریں | نمائندہ",
    },
    Signal.STOP: {
        "en": "stop | STOP!! | stoppp | unsubscribe | stop messaging me",
        "ar": "توقف | ايقاف | الغاء الاشتراك | لا تراسلوني",
        "es": "baja | parar | no me escriban | no más mensajes | stop",
        "fr": "stop | arrêtez | ne m'écrivez plus | arreter",
        "pt": "sair | parar | não me mande mais mensagens | cancelar inscrição",
        "hi": "बंद करो | रुको | मैसेज मत भेजो",
        "hi-latn": "band karo | message mat bhejo | mat bhejo | stop",
        "ur": "بند کرو | روکو | میسج مت بھیجیں",
    },
    Signal.START: {
        "en": "start | START | subscribe | resume",
        "ar": "ابدأ | اشتراك | استئناف",
        "es": "alta | empezar | reanudar",
        "fr": "commencer | reprendre | s'abonner",
        "pt": "começar | retomar | voltar",
        "hi": "शुरू | शुरू करो",
        "hi-latn": "shuru karo | start",
        "ur": "شروع | شروع کرو",
    },
    Signal.ANGRY: {
        "en": """this is ridiculous | worst service ever | u people are scammers | im so angryyy | 😡 | nobody
            answers me | wtf""",
        "ar": "خدمة سيئة جدا | انتو نصابين | محد يرد علي | مهزلة | 😡",
        "es": "pesimo servicio | son unos ladrones | nadie me contesta | estoy hartooo | 🤬 | que estafa",
        "fr": "c'est une honte | vous etes des arnaqueurs | j'en ai marre | personne ne repond | 😡",
        "pt": "que absurdooo | péssimo atendimento | vcs sao uns golpistas | ninguem responde | 🤬",
        "hi": "बहुत घटिया सर्विस है | आप लोग धोखेबाज़ हो | कोई जवाब नहीं देता | 😡",
        "hi-latn": "bahut ghatiya service hai | bakwas | tum log chor ho | koi jawab nahi deta | 😡",
        "ur": "بہت گھٹیا سروس ہے | آپ لوگ فراڈ ہیں | کوئی جواب نہیں دیتا | 😡",
    },
    Signal.LEGAL_THREAT: {
        "en": """i will sue you | my lawyer will contact u | going to the police | i'll take you to court | see u
            in court""",
        "ar": "سارفع قضية عليكم | بشتكي عليكم | المحامي بيتواصل معكم | بروح الشرطة",
        "es": "los voy a demandar | hablare con mi abogado | voy a profeco | los voy a denunciar",
        "fr": """je vais porter plainte | mon avocat va vous contacter | je vous emmène au tribunal | on se verra
            en justice""",
        "pt": "vou processar vcs | meu advogado vai entrar em contato | vou no procon | vou denunciar",
        "hi": "मैं पुलिस में जाऊँगा | मेरा वकील बात करेगा | कोर्ट में मिलेंगे | केस कर दूँगा",
        "hi-latn": "police me jaunga | mera vakil baat karega | court me milenge | case kar dunga",
        "ur": "میں پولیس میں جاؤں گا | میرا وکیل بات کرے گا | عدالت میں ملیں گے | کیس کروں گا",
    },
    Signal.THANKS: {
        "en": "thanks | thank uuu | thx a lot | ty! | tysm | thankyou | cheers mate",
        "ar": "شكرا | شكراااا | مشكور اخوي | يعطيك العافية | تسلم",
        "es": "gracias | graciassss | mil gracias | muchas grax",
        "fr": "merci | merciiii | merci bcp | mrc",
        "pt": "obrigado | obrigadaaa | vlw | obg | muito obrigado",
        "hi": "धन्यवाद | शुक्रिया जी | थैंक यू | बहुत बहुत धन्यवाद",
        "hi-latn": "dhanyavad | shukriya bhai | thank u ji | thanks | dhanyawaad",
        "ur": "شکریہ | بہت شکریہ | مہربانی | جزاک اللہ",
    },
    Signal.GOODBYE: {
        "en": "bye | byeee | goodbye | see you | ok bye | cheers bye",
        "ar": "مع السلامة | باي | وداعا | في امان الله",
        "es": "adios | chao | hasta luego | nos vemos",
        "fr": "au revoir | bonne journée | à bientot | ciao",
        "pt": "tchau | vlw, tchau | até mais | tchauuu | até logo",
        "hi": "अलविदा | फिर मिलेंगे | बाय",
        "hi-latn": "alvida | phir milenge | bye | thank u ji bye",
        "ur": "خدا حافظ | اللہ حافظ | بائے",
    },
    Signal.DONT_KNOW: {
        "en": "i don't know | idk | dunno | no ideaaa | not sure yet | i dont knw",
        "ar": "ما اعرف | مدري | مش عارف | لست متأكد | ما بعرف",
        "es": "no sé | no se | ni idea | no estoy segura | nose",
        "fr": "je sais pas | jsp | aucune idée | chais pas | je ne sais pas encore",
        "pt": "não sei | n sei | nao sei ainda | não faço ideia | sei la",
        "hi": "पता नहीं | मुझे नहीं पता | मालूम नहीं | याद नहीं",
        "hi-latn": "pata nahi | pta nhi | mujhe nahi pata | malum nahi | idk",
        "ur": "پتہ نہیں | معلوم نہیں | مجھے نہیں پتہ | یاد نہیں",
    },
    Signal.LATER: {
        "en": "later | maybe later | i'll let you know | ill tell u later | not now",
        "ar": "بعدين | لاحقا | بعدين اقولك | مو الحين",
        "es": "luego | luego te digo | mas tarde | ahorita no | despues",
        "fr": "plus tard | pas maintenant | je vous redis | je vous dirai",
        "pt": "depois | mais tarde | te falo depois | agora não",
        "hi": "बाद में | अभी नहीं | बाद में बताऊँगा",
        "hi-latn": "baad me | baad me batata hu | abhi nahi | bad me batata hu",
        "ur": "بعد میں | ابھی نہیں | بعد میں بتاؤں گا",
    },
    Signal.REFUSES: {
        "en": "prefer not to say | skip | none of your business | id rather not say | i dont want to tell you",
        "ar": "ما ابي اقول | افضل عدم الاجابة | ما يخصك | خصوصي",
        "es": "prefiero no decirlo | no quiero dar ese dato | es privado | paso",
        "fr": "je préfère pas le dire | je veux pas donner mon nom | c'est privé | ça ne vous regarde pas",
        "pt": "prefiro não falar | não quero dizer | é pessoal | não quero passar",
        "hi": "नहीं बताना | मैं नहीं बताना चाहता | निजी है",
        "hi-latn": "nahi batana | nhi batana mujhe | private hai | nahi bataunga",
        "ur": "نہیں بتانا | میں نہیں بتانا چاہتا | نہیں بتاؤں گا | ذاتی ہے",
    },
    Signal.QUESTION: {
        "en": "how much is it | do you have parking | where r u | is it far? | what do i need",
        "ar": "كم السعر | وين موقعكم | متى تفتحون | هل عندكم موقف",
        "es": "cuánto cuesta | donde estan | tienen estacionamiento | qué necesito?",
        "fr": "c'est combien | vous etes où | vous avez un parking ? | quels documents",
        "pt": "quanto custa | onde fica | tem estacionamento? | que horas abre",
        "hi": "कितना लगेगा | आप कहाँ हैं | क्या पार्किंग है | कब खुलता है",
        "hi-latn": "kitna lagega | aap kaha ho | kya parking hai | kab khulta hai",
        "ur": "کتنا لگے گا | آپ کہاں ہیں | کیا پارکنگ ہے | کب کھلتا ہے",
    },
    Signal.CORRECTS: {
        "en": "sorry i meant two | actually 3 rooms | my mistake, 2 | no wait, 4 | i changed my mind, 2",
        "ar": "قصدي غرفتين | لا اقصد ٣ | غيرت رأيي، ٢ | آسف ٣ غرف",
        "es": "perdón, quise decir 2 | me equivoqué, son 3 | en realidad 2 | mejor 3",
        "fr": "pardon je voulais dire 2 | je me suis trompé, 3 | en fait 2 chambres | plutôt 3",
        "pt": "desculpa, quis dizer 2 | errei, são 3 | na verdade 2 | mudei de ideia, 3",
        "hi": "मेरा मतलब 2 | गलती हो गई, 3 | असल में 2 | माफ़ कीजिए, 3 कमरे | 2 की जगह 3",
        "hi-latn": """mera matlab 2 | galti ho gayi, 3 | asal me 2 | galat likh diya, 3 | nahi somvar kar do |
            2 ki jagah 3""",
        "ur": "میرا مطلب 2 | غلطی ہو گئی، 3 | اصل میں 2 | معاف کیجیے، 3 | 2 کی جگہ 3",
    },
}

NEAR_MISSES: dict[Signal, dict[str, str]] = {
    Signal.WANTS_PERSON: {
        "en": "a room for one person | no need to call me | i don't want to talk to anyone | a personal loan",
        "ar": "غرفة لشخص واحد | ما ابي اكلم احد | انا موظف في شركة",
        "es": "somos una persona | no quiero hablar con nadie | un cuarto para una persona",
        "fr": "une chambre pour une personne | je ne veux parler à personne | je suis agent immobilier",
        "pt": "quarto para uma pessoa | não quero falar com ninguém | sou consultor",
        "hi": "एक आदमी के लिए कमरा | मुझे कॉल मत करो",
        "hi-latn": "ek aadmi ke liye kamra | mujhe call mat karo | main manager hu",
        "ur": "ایک آدمی کے لیے کمرہ | مجھے کال مت کریں",
    },
    Signal.STOP: {
        "en": "i can't stop smiling | don't stop | the bus stop is near | stop by at 5 | nonstop flight",
        "ar": "لا تتوقف | متى توقف الحافلة",
        "es": "alto y moreno | cerca de la parada | quiero dar de baja mi linea con otra empresa",
        "fr": "un arrêt de bus à côté | j'ai arrêté de fumer",
        "pt": "vou sair às 5 | onde posso parar o carro | quero sair amanha",
        "hi": "बारिश बंद हो गई | दुकान कब बंद होती है",
        "hi-latn": "dukan kab band hoti hai | thodi der ruko main aata hu",
        "ur": "دکان کب بند ہوتی ہے | بارش بند ہو گئی",
    },
    Signal.START: {
        "en": "when can we start | start date is monday | starting tomorrow",
        "ar": "متى نبدأ | ابدأ العمل يوم الاحد",
        "es": "quiero empezar el lunes | para empezar, 2 cuartos",
        "fr": "on peut commencer lundi | pour commencer, 2 chambres",
        "pt": "quero começar segunda | pra começar, 2 quartos",
        "hi": "कब शुरू होगा | सोमवार से शुरू",
        "hi-latn": "kab shuru hoga | somvar se shuru",
        "ur": "کب شروع ہوگا | پیر سے شروع",
    },
    Signal.ANGRY: {
        "en": "i'm not angry | a terrible toothache | no complaints so far | the weather is horrible",
        "ar": "انا مو غاضب | الجو سيء",
        "es": "no estoy harto | tengo un dolor horrible | no es una estafa verdad",
        "fr": "j'ai mal | c'est pas nul | annule | nulle part",
        "pt": "não estou cansado | dor forte | não é golpe né",
        "hi": "मैं नाराज़ नहीं हूँ | दर्द बहुत है",
        "hi-latn": "main gussa nahi hu | dard bahut hai | bekar nahi hai",
        "ur": "میں ناراض نہیں ہوں | درد بہت ہے",
    },
    Signal.LEGAL_THREAT: {
        "en": "i am a lawyer | a flat near the court | i work for the police | tennis court",
        "ar": "انا محامي | قريب من المحكمة | اعمل في الشرطة",
        "es": "soy abogado | cerca de los tribunales | trabajo en la policia | hay mucha demanda",
        "fr": "je suis avocat | près du tribunal | une tartine d'avocat | je travaille à la police",
        "pt": "sou advogado | perto da delegacia de policia | trabalho na justiça",
        "hi": "मैं वकील हूँ | कोर्ट के पास कमरा | मैं पुलिस में हूँ",
        "hi-latn": "main vakil hu | court ke paas kamra | main police me hu",
        "ur": "میں وکیل ہوں | عدالت کے پاس کمرہ",
    },
    Signal.THANKS: {
        "en": "no thanksgiving plans | thirty",
        "ar": "شركة | شكل البيت",
        "es": "grasa | gratis | desgracia",
        "fr": "mercredi | mercredi prochain",
        "pt": "é obrigatorio | obrigação",
        "hi": "शुक्रवार | धन",
        "hi-latn": "shukravar | dhan",
        "ur": "شکر | شکل",
    },
    Signal.GOODBYE: {
        "en": "i will see the flat at 5 | buy | bypass road",
        "ar": "بايت | سلامة السيارة",
        "es": "hasta luego del lunes no puedo | chaoyang",
        "fr": "a plus de 3 chambres | une bonne adresse",
        "pt": "de ate 3 quartos | abraçado | nunca fui",
        "hi": "बाज़ार",
        "hi-latn": "bazaar | milenge kab",
        "ur": "خدا | حافظ آباد",
    },
    Signal.DONT_KNOW: {
        "en": "i know | you know what i want | i'm sure",
        "ar": "اعرف العنوان | انا متأكد",
        "es": "sí sé | se lo digo | no se puede | estoy segura",
        "fr": "je sais | je suis sûr | sur le port",
        "pt": "eu sei | tenho certeza | não é",
        "hi": "मुझे पता है | पता बताइए",
        "hi-latn": "mujhe pata hai | pata batao | address pata hai",
        "ur": "مجھے پتہ ہے | پتہ بتائیں",
    },
    Signal.LATER: {
        "en": "later today | two days later | no later than 5",
        "ar": "بعد يومين | بعد الظهر",
        "es": "después de las 5 | luego del lunes | más tarde de las 5",
        "fr": "après 17h | plus tard que 18h | après demain",
        "pt": "depois das 5 | mais tarde que as 6 | depois de amanhã",
        "hi": "दो दिन बाद | 5 बजे के बाद",
        "hi-latn": "do din baad | 5 baje ke baad",
        "ur": "دو دن بعد | 5 بجے کے بعد",
    },
    Signal.REFUSES: {
        "en": "a private room | i passed the test | skipper | private parking",
        "ar": "غرفة خاصة | سيارة خصوصي",
        "es": "paso por ahi a las 5 | una clinica privada | paso a paso",
        "fr": "une chambre privée | un parking privé | un passage",
        "pt": "quarto privado | um personal trainer | uso pessoal",
        "hi": "निजी कमरा",
        "hi-latn": "private kamra chahiye",
        "ur": "ذاتی کمرہ",
    },
    Signal.QUESTION: {
        "en": "2 rooms please | that is how it is | hello, how are you?",
        "ar": "غرفتين من فضلك | شكرا لك",
        "es": "2 habitaciones por favor | el lunes que viene | hola, qué tal?",
        "fr": "2 chambres svp | lundi qui vient | bonjour, ça va ?",
        "pt": "2 quartos por favor | segunda que vem | oi, tudo bem?",
        "hi": "2 कमरे चाहिए | धन्यवाद",
        "hi-latn": "2 kamre chahiye | theek hai",
        "ur": "2 کمرے چاہیے | شکریہ",
    },
    Signal.CORRECTS: {
        "en": "2 rooms | yes | monday works",
        "ar": "غرفتين | نعم",
        "es": "2 habitaciones | es lo mejor | el mejor cuarto",
        "fr": "2 chambres | le changement | oui",
        "pt": "2 quartos | o melhor quarto | sim",
        "hi": "2 कमरे | हाँ | पार्क करने की जगह है",
        "hi-latn": "2 kamre | haan | kaam kar do | park karne ki jagah hai",
        "ur": "2 کمرے | ہاں | پارک کرنے کی جگہ ہے",
    },
}

MIXED = [
    ("ar", "plz حولني على agent", Signal.WANTS_PERSON),
    ("ar", "thank you جدا", Signal.THANKS),
    ("es", "thanks amigo", Signal.THANKS),
    ("es", "i don't know la verdad", Signal.DONT_KNOW),
    ("fr", "thx, bye", Signal.GOODBYE),
    ("pt", "can i talk to someone por favor", Signal.WANTS_PERSON),
    ("hi", "sir मुझे manager से बात करनी है", Signal.WANTS_PERSON),
    ("hi-latn", "bhai this is a scam", Signal.ANGRY),
    ("hi-latn", "i will go to police bhai", Signal.LEGAL_THREAT),
    ("ur", "sorry میرا مطلب 3", Signal.CORRECTS),
    ("ur", "thanks بھائی", Signal.THANKS),
]

LOUD = frozenset({Signal.STOP, Signal.START, Signal.WANTS_PERSON, Signal.ANGRY, Signal.LEGAL_THREAT, Signal.REFUSES})
MEANT = {  # everyday words that, alone, do mean it in their own language
    "en": {"person", "start", "stop"},
    "ar": {"شخص", "موظف"},
    "es": {"paso", "persona"},
    "fr": {"quelqu'un"},
    "pt": {"pessoa"},
    "hi": {"इंसान", "मैनेजर"},
    "hi-latn": {"insaan"},
    "ur": {"گھٹیا"},
}


def signals(language: str, text: str) -> frozenset[Signal]:
    return read_text(flow_in(language), text, Context(now=NOW)).signals


def rows(table: dict[Signal, dict[str, str]]) -> list[tuple[Signal, str, str]]:
    return [
        (signal, language, " ".join(text.split()))
        for signal, languages in table.items()
        for language in LANGUAGES
        for text in languages[language].split("|")
    ]


@pytest.mark.parametrize(("signal", "language", "text"), rows(HEARD))
def test_a_signal_is_heard_as_it_is_written(signal: Signal, language: str, text: str) -> None:
    assert signal in signals(language, text)


@pytest.mark.parametrize(("signal", "language", "text"), rows(HEARD))
def test_a_signal_is_heard_whatever_the_letters_and_signs(signal: Signal, language: str, text: str) -> None:
    """Capitals, no signs, an emoji behind."""
    assert signal in signals(language, text.upper())
    assert signal in signals(language, f"{text} 🙏🏽" if signal is not Signal.STOP else f"{text} !")


@pytest.mark.parametrize(("signal", "language", "text"), rows(NEAR_MISSES))
def test_a_near_miss_is_no_signal(signal: Signal, language: str, text: str) -> None:
    assert signal not in signals(language, text)


@pytest.mark.parametrize(("language", "text", "signal"), MIXED)
def test_a_signal_is_heard_in_two_languages_at_once(language: str, text: str, signal: Signal) -> None:
    assert signal in signals(language, text)


@pytest.mark.parametrize("other", LANGUAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_common_word_of_one_language_is_a_loud_signal_in_another(language: str, other: str) -> None:
    """Nobody is handed over, let alone silenced, for an everyday word: `no`, `main`, `pour`, `sale`, `band`."""
    table = TABLES[language]
    spoken = tuple(dict.fromkeys((language.partition("-")[0], other.partition("-")[0])))
    both, foreign = flow_in(language).model_copy(update={"languages": spoken}), flow_in(other)
    caught = {
        (word, signal)
        for word in {*table.function_words, *table.common_words} - MEANT[language]
        for flow in (both, foreign)
        for signal in LOUD & read_text(flow, word, Context(now=NOW)).signals
    }

    assert caught == set()
