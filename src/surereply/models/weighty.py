"""Words that weigh, per language: what promises, prices and decides, what speaks of itself, and what is mere courtesy.

A word with a star stands for all that begin with it. In a language that is not here nothing is reworded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from surereply.understanding.normalise import folded
from surereply.understanding.phrases import PhraseTable
from surereply.understanding.tables.shape import listed

# What a business is held to, by what it is about: whoever says a word of a group needs one of the same group in what
# was decided. The same groups in every language.
COMMITMENTS: dict[str, dict[str, str]] = {
    "en": {
        "secrets": "password* | pin | card number | cvv | otp | iban | bank | passcode",
        "free": "free | complimentary | waive* | no cost | on the house | gratis | no charge",
        "discount": """discount* | rebate* | voucher* | coupon* | promo* | cashback | reduced | special price | offer*
            | deal""",
        "price": """price* | cost* | fee | fees | charge* | pay | pays | paid | payable | payment* | deposit* |
            invoice* | rate | rates""",
        "refund": "refund* | money back | reimburs* | compensat*",
        "guarantee": """guarantee* | promise* | assur* | ensur* | certain* | definite* | without fail | no matter what |
            risk free | always | never | make sure""",
        "approval": "approv* | grant* | accepted | eligib* | qualif* | entitled",
        "booking": "booked | reserved | confirmed | scheduled | secured | your appointment | all set | arranged",
        "soon": """immediate* | instant* | right away | asap | shortly | soon | quickly | fast* | in no time | same
            day | urgent*""",
        "contact": """call you | phone you | ring you | email you | e-mail you | write to you | text you | visit you |
            contact you | get back to you | reach out | in touch | send you""",
        "law": "legal* | illegal* | lawful* | lawyer* | court | tax | taxes",
        "health": "cure* | heals | diagnos* | safe | safely | harmless | painless | side effect | side effects",
        "best": "best | cheap* | lowest | number one | leading | exclusive* | unlimited",
        "authority": "government | official* | ministry | authori* | licensed | certified",
    },
    "ar": {
        "secrets": "كلمة السر | كلمة المرور | رقم البطاقة | رمز | البنك | بنك*",
        "free": "مجان* | بدون رسوم | بلا مقابل",
        "discount": "خصم* | الخصم | تخفيض* | عرض خاص | عروض",
        "price": "سعر* | السعر | اسعار | رسوم | الرسوم | تكلف* | التكلفة | ادفع | تدفع | الدفع | مدفوع*",
        "refund": "استرداد | استرجاع | تعويض*",
        "guarantee": "ضمان* | نضمن | اضمن | وعد* | نعدك | مضمون* | بالتأكيد | أكيد | دائما | أبدا",
        "approval": "موافق* | الموافقة | قبول* | مقبول* | مؤهل*",
        "booking": "محجوز* | حجزنا | تم الحجز | تم التأكيد | مؤكد* | موعدك",
        "soon": "فورا | حالا | قريبا | بسرعة | سريعا",
        "contact": "نتصل بك | سنتصل | نتواصل معك | سيتواصل | سنتواصل | سنرسل | نرسل لك",
        "law": "قانون* | القانون | محام* | محكمة | ضرائب",
        "health": "علاج* | تشخيص* | آمن | بدون ألم",
        "best": "الأفضل | الأرخص | الأسرع | حصري* | غير محدود",
        "authority": "حكوم* | الحكومة | رسمي* | وزار* | مرخص* | معتمد*",
    },
    "es": {
        "secrets": "número de tarjeta | contraseña* | clave | tarjeta* | banco | banca* | pin | cvv",
        "free": "gratis | gratuit* | sin costo | sin coste | sin cargo",
        "discount": "descuento* | rebaj* | oferta* | promo*",
        "price": "precio* | cuest* | costo* | coste* | costar* | tarifa* | pagar* | pagad* | pago* | tasa | tasas",
        "refund": "reembols* | devolución | indemniz*",
        "guarantee": "garant* | promet* | promes* | asegur* | siempre | nunca | sin falta | seguro que",
        "approval": "aprob* | acept* | elegib* | califica*",
        "booking": "reservad* | confirmad* | agendad* | su cita | programad*",
        "soon": "inmediat* | pronto | en breve | rápid* | enseguida",
        "contact": "llamar* | escribir* | contactar* | enviar* | comunicar*",
        "law": "legal* | ilegal* | abogad* | impuesto*",
        "health": "cura* | diagnóstic* | indolor* | sin riesgo",
        "best": "mejor* | más barato | más barata | exclusiv* | ilimitad*",
        "authority": "gobierno | oficial* | ministerio | autorizad* | certificad*",
    },
    "fr": {
        "secrets": "mot de passe | numéro de carte | carte bancaire | banque | bancaire* | pin | cvv",
        "free": "gratuit* | sans frais | offert*",
        "discount": "remise* | réduction* | rabais | promo*",
        "price": "prix | coût* | tarif* | payer | payé* | paie* | frais",
        "refund": "rembours* | dédommag*",
        "guarantee": "garanti* | promet* | promess* | assur* | toujours | jamais | certainement",
        "approval": "approuv* | accept* | éligib* | qualifi*",
        "booking": "réservé* | confirmé* | programmé* | votre rendez vous",
        "soon": "immédiat* | bientôt | rapid* | sous peu",
        "contact": "appeler* | écrir* | contact* | enverr* | recontact*",
        "law": "légal* | illégal* | avocat* | impôt*",
        "health": "guéri* | diagnosti* | sans danger | sans douleur | indolore",
        "best": "meilleur* | moins cher | moins chère | exclusi* | illimité*",
        "authority": "gouvernement | officiel* | ministère | agréé* | certifié*",
    },
    "pt": {
        "secrets": "senha* | cartão | banco | bancári* | pin | cvv",
        "free": "grátis | gratuit* | de graça | sem custo",
        "discount": "desconto* | oferta* | promo*",
        "price": "preço* | custa* | custo* | taxa* | pagar* | pagamento*",
        "refund": "reembols* | devolução | indeniza*",
        "guarantee": "garant* | promet* | promess* | assegur* | sempre | nunca | com certeza",
        "approval": "aprov* | aceit* | elegív* | qualific*",
        "booking": "reservad* | confirmad* | agendad* | marcad*",
        "soon": "imediat* | em breve | logo | rápid*",
        "contact": "ligar* | escrever* | contato | contatar* | mandar* | enviar*",
        "law": "legal* | ilegal* | advogad* | imposto*",
        "health": "cura* | diagnóstic* | indolor* | sem risco",
        "best": "melhor* | mais barato | mais barata | exclusiv* | ilimitad*",
        "authority": "governo | oficial* | ministério | autorizad* | certificad*",
    },
    "hi": {
        "secrets": "पासवर्ड | पिन | बैंक | कार्ड | password | pin | bank | card | otp",
        "free": "मुफ्त | मुफ़्त | निःशुल्क | muft | free",
        "discount": "छूट | डिस्काउंट | ऑफर | chhoot | discount | offer",
        "price": "कीमत | क़ीमत | शुल्क | फीस | फ़ीस | भुगतान | दाम | kimat | fees | paise | daam",
        "refund": "रिफंड | वापसी | refund",
        "guarantee": "गारंटी | वादा | पक्का | हमेशा | कभी नहीं | guarantee | pakka | waada | hamesha",
        "approval": "स्वीकृत | मंज़ूर | मंजूर | योग्य | manzoor | approved",
        "booking": "बुक | पक्की | कन्फर्म | अपॉइंटमेंट | book | confirm",
        "soon": "तुरंत | जल्दी | शीघ्र | turant | jaldi",
        "contact": "कॉल | संपर्क | भेजेंगे | call | sampark | bhejenge",
        "law": "कानून* | क़ानून* | वकील | टैक्स | kanoon | vakeel",
        "health": "इलाज | सुरक्षित | निदान | ilaaj",
        "best": "सबसे | असीमित | sabse",
        "authority": "सरकार* | आधिकारिक | sarkar*",
    },
    "ur": {
        "secrets": "پاس ورڈ | پن | بینک | کارڈ",
        "free": "مفت | بلا معاوضہ",
        "discount": "رعایت | ڈسکاؤنٹ",
        "price": "قیمت | فیس | ادائیگی",
        "refund": "رقم کی واپسی | ریفنڈ",
        "guarantee": "ضمانت | وعدہ | یقینی | ہمیشہ | کبھی نہیں",
        "approval": "منظور* | اہل",
        "booking": "بک | تصدیق",
        "soon": "فوری | فورا | جلد",
        "contact": "کال | رابطہ | بھیجیں گے",
        "law": "قانون* | وکیل | ٹیکس",
        "health": "علاج | محفوظ",
        "best": "سب سے",
        "authority": "حکومت | سرکاری",
    },
}  # fmt: skip

# Of itself, of its orders, or as a person: never said, in whatever language.
META = """as an ai | an ai | language model | ai model | ai assistant | chatgpt | openai | chatbot | i am a bot |
    i'm a bot | virtual assistant | robot | robots | instructions | system prompt | prompt | developer mode
    | jailbreak* | i cannot assist | i can't assist | i cannot help with | i can't help with | i am human |
    i'm human | i am a human | i'm a human | human being | real person | real human | not a bot | not a
    robot | i am a person | i'm a person | rewritten | reworded | rephrased | json | undefined | null |
    نموذج لغوي | ذكاء اصطناعي | الذكاء الاصطناعي | تعليماتي | تعليمات النظام | أنا إنسان | انا بشر | شخص
    حقيقي | لست روبوتا | روبوت | modelo de lenguaje | inteligencia artificial | instrucciones | soy humano |
    soy humana | persona real | modèle de langage | intelligence artificielle | je suis humain | je suis
    humaine | vraie personne | personne réelle | modelo de linguagem | inteligência artificial | instruções
    | sou humano | sou humana | pessoa real | भाषा मॉडल | कृत्रिम बुद्धिमत्ता | निर्देश | निर्देशों | मैं
    इंसान | असली इंसान | रोबोट | robot | main insaan | asli insaan | زبان کا ماڈل | مصنوعی ذہانت | ہدایات |
    میں انسان | اصلی انسان"""

# What turns a sentence round.
NEGATIONS: dict[str, str] = {
    "en": """no | not | never | nothing | nobody | none | neither | nor | without | cannot | can't | don't | doesn't |
        didn't | won't | isn't | aren't | wasn't | haven't | hasn't | wouldn't | couldn't | unable""",
    "ar": "لا | لم | لن | ليس* | لست | غير | بدون | مش | مو | بلا",
    "es": "no | nunca | jamás | nada | nadie | sin | ningun* | ningún | tampoco | ni",
    "fr": "ne | n' | pas | jamais | rien | personne ne | aucun* | sans | ni",
    "pt": "não | nunca | nada | ninguém | sem | nenhum* | nem",
    "hi": "नहीं | नही | मत | बिना | nahi | nahin | nahee | mat | bina",
    "ur": "نہیں | مت | بغیر | بنا",
}

# What warms a sentence and says nothing.
COURTESY: dict[str, str] = {
    "en": """happy | glad | great | good | nice | lovely | wonderful | perfect | fantastic | excellent | sure |
        course | please | kindly | thank* | welcome | hello | hi | hey | dear | help* | let | know | knowing
        | tell | share | sharing | ask | asking | may | might | could | would | just | so | also | really |
        much | very | quick | one | more | thing* | next | step* | then | now | here | there | question* |
        answer* | understand* | understood | got | get | see | sorry | apolog* | appreciate* | pleasure |
        start* | begin* | continu* | go | going | ahead | move | forward | look* | love | like | need | want
        | note* | noted | right | detail* | info* | about | regarding | work* | well | ready | chat |
        message | reaching | writing | interest* | choice | don't | worry | moment | away | take | give |
        proceed | bit | enquiry | inquiry | absolutely | assist* | noted | that's | it's | we're | i'm |
        i'll | we'll | you're""",
    "ar": """كيف | يسعدنا | يسعدني | سعداء | سعيد | تمام | ممتاز | رائع | شكر* | أهلا | مرحبا | من فضلك | فضلك |
        لو سمحت | سمحت | ممكن | تخبرنا | تخبرني | أخبرنا | أخبرني | نعرف | أعرف | مساعدتك | نساعدك | أساعدك
        | خدمتك | حضرتك | عزيزي | بس | الآن | جيد | جميل | طبعا | العفو | يرجى | نرجو | سؤال* | معلومة |
        نكمل | نبدأ | حياك | الله | بكل | سرور | لك | لكم | بك | بكم | منك | معك | ذلك | الرحب | السعة""",
    "es": """gusto | encantad* | perfecto | genial | excelente | gracias | hola | claro | favor | podría* |
        puede* | decir* | indicar* | saber | ayudar* | bien | buen* | ahora | entendido | bienvenid* |
        cuénte* | dígame | díganos | comparti* | necesit* | continuar | seguir | empezar | pregunta* |
        encanta""",
    "fr": """plaisir | ravi* | parfait | merci | bonjour | bien | sûr | pourriez | pouvez | dire | indiquer |
        savoir | aider | maintenant | compris | bienvenue | excellent* | super | dites | partager | besoin |
        continuer | commencer | question* | volontiers | plaît""",
    "pt": """prazer | ótimo | perfeito | excelente | obrigad* | olá | oi | claro | poderia* | pode* | dizer |
        informar | saber | ajudar* | bem | agora | entendi | vindo | conte | compartilh* | precis* |
        continuar | começar | pergunta* | favor""",
    "hi": """खुशी | ख़ुशी | बहुत | धन्यवाद | शुक्रिया | नमस्ते | कृपया | बताइए | बताएं | बताएँ | सकते | सकती |
        मदद | अच्छा | ठीक | ज़रूर | जरूर | होगी | होगा | khushi | bahut | dhanyavaad | shukriya | namaste | kripya |
        bataiye | batayein | madad | accha | theek | zaroor | please | thank*""",
    "ur": "خوشی | بہت | خوب | شکریہ | براہ کرم | کرم | بتائیں | بتائیے | مدد | اچھا | ٹھیک | ضرور | سکتے",
}  # fmt: skip

LANGUAGES = frozenset(COMMITMENTS)


@dataclass(frozen=True, slots=True)
class WordList:
    """Words, phrases and beginnings of words, folded."""

    phrases: PhraseTable[bool]
    beginnings: tuple[str, ...]

    def stands_in(self, texts: Sequence[str]) -> bool:
        """Whether any of them is among the tokens."""
        return bool(self.phrases.find(texts)) or any(text.startswith(self.beginnings) for text in texts)

    def count_in(self, texts: Sequence[str]) -> int:
        """How often any of them is among the tokens."""
        return len(self.phrases.find(texts)) + sum(text.startswith(self.beginnings) for text in texts)

    def has(self, text: str) -> bool:
        """Whether a word is one of them."""
        return self.phrases.has(text) or text.startswith(self.beginnings)


def word_list(entries: Iterable[str]) -> WordList:
    """Entries as they stand above. Only single words have a star: the tokens of a text are looked at one by one."""
    whole, beginnings = [], []
    for entry in entries:
        if entry.endswith("*"):
            beginnings.append(folded(entry.removesuffix("*")))
        else:
            whole.append(entry)
    return WordList(PhraseTable((phrase, True) for phrase in whole), tuple(beginnings))


@lru_cache(maxsize=16)
def commitments(language: str) -> dict[str, WordList]:
    return {group: word_list(listed(words)) for group, words in COMMITMENTS[language].items()}


@lru_cache(maxsize=16)
def courtesy(language: str) -> WordList:
    return word_list(listed(COURTESY[language]))


@lru_cache(maxsize=16)
def negations(language: str) -> WordList:
    return word_list(listed(NEGATIONS[language]))


@lru_cache(maxsize=1)
def meta() -> WordList:
    return word_list(listed(META))
