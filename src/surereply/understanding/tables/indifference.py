"""How people leave a field to us, by language: `any date will do`, `the airline doesn't matter`."""

from dataclasses import dataclass

from surereply.understanding.tables.shape import Phrases, listed


@dataclass(frozen=True, slots=True)
class Indifference:
    any_words: Phrases = ()  # "any date …"
    will_do: Phrases = ()  # "… is fine", behind it in the same sentence
    no_matter: Phrases = ()  # behind the field: "the date doesn't matter"
    indifferent_to: Phrases = ()  # before it: "don't care about the date"
    no_preference: Phrases = ()  # before "a date preference" and "a preference for the date"
    preference: Phrases = ()


INDIFFERENCE: dict[str, Indifference] = {
    "en": Indifference(
        any_words=listed("any | any kind of | any type of | any sort of | whatever | whichever | either"),
        will_do=listed(
            """is fine | are fine | will do | would do | works | work | is ok | is okay | are ok | are okay | is good |
            are good | would be fine | will be fine | would work | will work | would be good | would be great | is
            alright | is great | would be ok | would be okay | fine by me | fine with me | of the week | i don't
            mind"""
        ),
        no_matter=listed(
            """doesn't matter | does not matter | doesnt matter | don't matter | do not matter | dont matter | won't
            matter | isn't important | is not important | is unimportant | makes no difference | is up to you | is
            flexible | are flexible | can be anything | is irrelevant | does n't matter"""
        ),
        indifferent_to=listed(
            """don't care about | don't care what | don't care which | dont care about | do not care about | don't
            really care about | dont really care about | don't mind what | don't mind which | not concerned about |
            not really concerned about | not picky about | not particular about | not fussy about | flexible on |
            flexible with | flexible about | flexible regarding | doesn't matter what | doesn't matter which | does
            not matter what | does not matter which | not worried about | indifferent about | indifferent to | don't
            worry about | don't mind about | don't mind the | don't care for the | open to any"""
        ),
        no_preference=listed("no | don't have | dont have | do not have | without | have no | not have | n't have"),
        preference=listed("preference | preferences"),
    ),
    "ar": Indifference(
        any_words=listed("اي | أي"),
        will_do=listed("يناسبني | مناسب | يمشي | عادي | ما يفرق | تمام | زين | كويس | يناسب"),
        no_matter=listed("مو مهم | مش مهم | لا يهم | غير مهم | ما يهم | مب مهم | ما يفرق | لا تهم"),
        indifferent_to=listed("لا يهمني | ما يهمني | ما تهمني | مش فارق معي"),
    ),
    "es": Indifference(
        any_words=listed("cualquier | cualquiera"),
        will_do=listed("está bien | esta bien | me sirve | me va bien | vale | me da igual | funciona | está perfecto"),
        no_matter=listed("no importa | me da igual | da igual | es indiferente | no es importante | me es indiferente"),
        indifferent_to=listed("no me importa | me da igual | no importa | sin preferencia de | soy flexible con"),
        no_preference=listed("no tengo | sin | ninguna"),
        preference=listed("preferencia | preferencias"),
    ),
    "fr": Indifference(
        any_words=listed("n'importe quel | n'importe quelle | n importe quel | n importe quelle | peu importe"),
        will_do=listed("me va | convient | me convient | fera l'affaire | c'est bon | ira | va bien"),
        no_matter=listed("n'a pas d'importance | n'est pas important | m'est égal | m'est égale | est flexible"),
        indifferent_to=listed("peu importe | peu m'importe | je suis flexible sur | n'importe"),
        no_preference=listed("pas de | aucune | sans"),
        preference=listed("préférence | préférences"),
    ),
    "pt": Indifference(
        any_words=listed("qualquer"),
        will_do=listed("serve | está bom | ta bom | tá bom | tudo bem | está ótimo | me atende | funciona | pode ser"),
        no_matter=listed("não importa | nao importa | tanto faz | é indiferente | não é importante"),
        indifferent_to=listed("não me importo com | nao me importo com | tanto faz | não importa | não ligo para"),
        no_preference=listed("não tenho | nao tenho | sem"),
        preference=listed("preferência | preferencia | preferências"),
    ),
    "hi": Indifference(
        any_words=listed("कोई भी"),
        will_do=listed("चलेगा | चलेगी | ठीक है | ठीक रहेगा | चल जाएगा"),
        no_matter=listed("से फर्क नहीं पड़ता | से कोई फर्क नहीं पड़ता | मायने नहीं रखता | मायने नहीं रखती"),
    ),
    "hi-latn": Indifference(
        any_words=listed("koi bhi"),
        will_do=listed("chalega | chalegi | theek hai | thik hai | chal jayega | theek rahega"),
        no_matter=listed("se farak nahi padta | se fark nahi padta | se koi farak nahi padta | matter nahi karta"),
    ),
    "ur": Indifference(
        any_words=listed("کوئی بھی"),
        will_do=listed("چلے گا | چلے گی | ٹھیک ہے"),
        no_matter=listed("سے فرق نہیں پڑتا | سے کوئی فرق نہیں پڑتا"),
    ),
}
