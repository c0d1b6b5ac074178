"""The checker: each rule refuses what it is there for, and lets what is harmless through."""

import pytest

from surereply.lab.models.good import OPENERS
from surereply.models.checker import check
from surereply.models.records import Refusal
from surereply.models.sight import Bounds, Part, PartKind

NATIONALITY = Part(
    PartKind.QUESTION,
    "What is your nationality?",
    about=frozenset({"nation", "nationality", "passport", "country"}),
    others=frozenset({"budget", "city"}),
)
ANSWER = Part(PartKind.ANSWER, "A family visa costs AED 3,500 and takes 5 working days.")
STATEMENT = Part(PartKind.STATEMENT, "Write to office@hands.example or see https://hands.example/visa.")
CONFIRMATION = Part(PartKind.CONFIRMATION, "Day: 3 December 2026. Is that right?", keeps=("3 December 2026",))


def refusals(proposed: str, part: Part = NATIONALITY, language: str = "en", **bounds: object) -> tuple[Refusal, ...]:
    return check([proposed], [part], Bounds(language, part.text, **bounds))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("proposed", "part"),
    [
        ("Great, thank you! May I ask which passport you hold?", NATIONALITY),
        ("Could you tell me your nationality, please?", NATIONALITY),
        ("The family visa is AED 3,500 and it takes 5 working days.", ANSWER),
        ("Happy to help! Write to office@hands.example, or see https://hands.example/visa.", STATEMENT),
        ("Just so I get it right: day 3 December 2026, is that right?", CONFIRMATION),
    ],
)
def test_the_same_in_warmer_words_passes(proposed: str, part: Part) -> None:
    assert refusals(proposed, part) == ()


@pytest.mark.parametrize(
    ("proposed", "language", "decided"),
    [
        ("ممكن تخبرني ما هي جنسيتك؟", "ar", "ما هي جنسيتك؟"),
        ("¡Perfecto, gracias! ¿Podría decirme su nacionalidad?", "es", "¿Cuál es su nacionalidad?"),
        ("Merci ! Quelle est votre nationalité ?", "fr", "Quelle est votre nationalité ?"),
        ("Obrigado! Qual é a sua nacionalidade?", "pt", "Qual é a sua nacionalidade?"),
        ("धन्यवाद! कृपया बताइए आपकी राष्ट्रीयता क्या है?", "hi", "आपकी राष्ट्रीयता क्या है?"),
        ("شکریہ! آپ کی قومیت کیا ہے؟", "ur", "آپ کی قومیت کیا ہے؟"),
    ],
)
def test_warmer_words_pass_in_every_language_that_is_reworded(proposed: str, language: str, decided: str) -> None:
    assert refusals(proposed, Part(PartKind.QUESTION, decided), language) == ()


@pytest.mark.parametrize(
    ("reason", "proposed", "part"),
    [
        (Refusal.EMPTY, " … ", NATIONALITY),
        (Refusal.TOO_LONG, "Thank you so much, " * 12 + "what is your nationality?", NATIONALITY),
        (Refusal.LANGUAGE, "¿Cuál es su nacionalidad, por favor?", NATIONALITY),
        (Refusal.LANGUAGE, "What is your nаtionality?", NATIONALITY),  # with a Cyrillic letter
        (Refusal.RAW, '{"parts": ["What is your nationality?"]}', NATIONALITY),
        (Refusal.RAW, "**What is your nationality?**", NATIONALITY),
        (Refusal.RAW, "What is your nationality?\u202e", NATIONALITY),
        (Refusal.RAW, "🆓 What is your nationality?", NATIONALITY),
        (Refusal.META, "As an AI I need to know: what is your nationality?", NATIONALITY),
        (Refusal.META, "I am a real person. What is your nationality?", NATIONALITY),
        (Refusal.NUMBER, "A family visa costs AED 3,500 and takes 2 working days, 5 at most.", ANSWER),
        (Refusal.NUMBER, "A family visa costs AED 3,500, AED 3,500 for all, and takes 5 working days.", ANSWER),
        (Refusal.NUMBER, "A family visa costs AED 3,500 and takes 5 working days, or fifty.", ANSWER),
        (Refusal.NUMBER, "A family visa costs AED 3,500 and takes 5 working days, till Monday.", ANSWER),
        (Refusal.NUMBER, "A family visa costs AED 3,500 € and takes 5 working days.", ANSWER),
        (Refusal.NUMBER, "Ａ family visa costs AED ９００ and takes 5 working days.", ANSWER),
        (Refusal.LINK, "See bit.ly/visas. What is your nationality?", NATIONALITY),
        (Refusal.LINK, "Write to me@other.example or office@hands.example; https://hands.example/visa.", STATEMENT),
        (Refusal.NAME, "What is your nationality, Omar?", NATIONALITY),
        (Refusal.LOST, "A family visa takes 5 working days.", ANSWER),
        (Refusal.LOST, "Write to office@hands.example.", STATEMENT),
        (Refusal.LOST, "Is that day right?", CONFIRMATION),
        (Refusal.PROMISE, "A family visa costs AED 3,500 and takes 5 working days, guaranteed.", ANSWER),
        (Refusal.PROMISE, "Your visa is approved! What is your nationality?", NATIONALITY),
        (Refusal.UNSUPPORTED, "A family visa costs AED 3,500 and takes 5 working days. Dragons fly.", ANSWER),
        (Refusal.UNSUPPORTED, "Everything is paid. What is your nationality?", NATIONALITY),
        (Refusal.UNSUPPORTED, "It takes 5 days, AED 3,500.", ANSWER),
        (Refusal.NEGATION, "A family visa never costs AED 3,500 and takes 5 working days.", ANSWER),
        (Refusal.QUESTION_LOST, "Thank you, that is good to know!", NATIONALITY),
        (Refusal.QUESTION_LOST, "Thank you for your nationality.", NATIONALITY),
        (Refusal.QUESTION_LOST, "Thank you! May I ask one more thing?", NATIONALITY),
        (Refusal.QUESTION_ADDED, "What is your nationality? And your passport?", NATIONALITY),
        (Refusal.QUESTION_ADDED, "A family visa costs AED 3,500 and takes 5 working days. Visa?", ANSWER),
        (Refusal.OTHER_QUESTION, "What is your nationality, and your budget?", NATIONALITY),
    ],
)
def test_each_rule_refuses_what_it_is_there_for(reason: Refusal, proposed: str, part: Part) -> None:
    assert reason in refusals(proposed, part)


def test_a_near_copy_of_the_last_reply_is_refused() -> None:
    said = "Could you tell me your nationality, please?"

    assert refusals(said, last_reply="Could you tell me your nationality please?") == (Refusal.REPEATS,)


def test_as_many_parts_come_back_as_were_asked_for() -> None:
    bounds = Bounds("en", "…")

    assert check(["What is your nationality?", "Thank you!"], [NATIONALITY], bounds) == (Refusal.PARTS,)


def test_what_is_known_of_the_lead_may_be_said_and_nothing_of_anybody_else() -> None:
    shown = {"shown": ("Omar", "12")}

    assert refusals("Thank you, Omar! What is your nationality?", **shown) == ()
    assert Refusal.NAME in refusals("Thank you, Salma! What is your nationality?", **shown)


def test_a_price_of_another_entry_is_no_price_of_this_one() -> None:
    """It stands in the flow, but not in what was decided."""
    proposed = "A family visa costs AED 3,500 and takes 5 working days, AED 9,900 for investors."

    assert Refusal.NUMBER in refusals(proposed, ANSWER, vocabulary=frozenset({"cost", "visa", "invest"}))


WHEN = {  # of small words alone, so that nothing but the question itself tells what it asks
    "en": "When would you like to start?",
    "ar": "متى تود أن نبدأ؟",
    "es": "¿Cuándo le gustaría empezar?",
    "fr": "Quand souhaitez-vous commencer ?",
    "pt": "Quando gostaria de começar?",
    "hi": "आप कब शुरू करना चाहेंगे?",
    "ur": "آپ کب شروع کرنا چاہیں گے؟",
}


@pytest.mark.parametrize(("language", "question"), WHEN.items(), ids=WHEN)
def test_a_courtesy_before_what_was_decided_always_passes(language: str, question: str) -> None:
    for opener in OPENERS[language]:
        assert refusals(f"{opener} {question}", Part(PartKind.QUESTION, question), language) == (), opener


def test_what_the_customer_wrote_may_be_repeated_and_supports_nothing() -> None:
    """A profile name such as Everything Free puts no word into our mouth."""
    sorry = Part(PartKind.STATEMENT, "Sorry, Everything Free, I did not quite get that.")
    theirs = ("Everything Free",)

    assert refusals("I am sorry, Everything Free, I did not quite get that.", sorry, theirs=theirs) != ()  # it weighs
    assert Refusal.PROMISE in refusals(f"It is free. {sorry.text}", sorry, theirs=theirs)
    assert Refusal.UNSUPPORTED in refusals(f"Everything is yours. {sorry.text}", sorry, theirs=theirs)
    polite = Part(PartKind.STATEMENT, "Sorry, Omar Haddad, I did not quite get that.")
    assert refusals("I am sorry, Omar Haddad, I did not quite get that.", polite, theirs=("Omar Haddad",)) == ()


def test_a_figure_of_the_customers_is_none_of_ours() -> None:
    noted = Part(PartKind.STATEMENT, "Thank you, we noted: shop 24, side entrance.")

    assert refusals("Great, we noted: shop 24, side entrance.", noted, theirs=("shop 24, side entrance",)) == ()
    assert Refusal.NUMBER in refusals(f"It costs 24. {noted.text}", noted, theirs=("shop 24, side entrance",))
