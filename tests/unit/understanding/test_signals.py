"""What a message wants beyond fields, with the near misses that want nothing."""

from collections.abc import Callable

import pytest

from surereply.domain.facts import Reading, Signal

Say = Callable[..., Reading]


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("I want to talk to a human", Signal.WANTS_PERSON),
        ("can i speak with someone please", Signal.WANTS_PERSON),
        ("agent", Signal.WANTS_PERSON),
        ("give me a real person now", Signal.WANTS_PERSON),
        ("can someone call me", Signal.WANTS_PERSON),
        ("let me talk to your typist", Signal.WANTS_PERSON),
        ("ابي اكلم موظف", Signal.WANTS_PERSON),
        ("أريد التحدث مع شخص", Signal.WANTS_PERSON),
        ("STOP", Signal.STOP),
        ("stop.", Signal.STOP),
        ("Unsubscribe!", Signal.STOP),
        ("basta", Signal.STOP),
        ("توقف", Signal.STOP),
        ("arrêter", Signal.STOP),
        ("Стоп!", Signal.STOP),
        ("band karo", Signal.STOP),
        ("START", Signal.START),
        ("ابدأ", Signal.START),
        ("how much is it", Signal.QUESTION),
        ("هل عندكم موقف", Signal.QUESTION),
        ("is it furnished?", Signal.QUESTION),
        ("i dont know", Signal.DONT_KNOW),
        ("not sure yet", Signal.DONT_KNOW),
        ("ما ادري", Signal.DONT_KNOW),
        ("later", Signal.LATER),
        ("i'll let you know", Signal.LATER),
        ("بعدين", Signal.LATER),
        ("prefer not to say", Signal.REFUSES),
        ("skip", Signal.REFUSES),
        ("this is ridiculous", Signal.ANGRY),
        ("خدمة سيئة", Signal.ANGRY),
        ("you will hear from my lawyer", Signal.LEGAL_THREAT),
        ("سأرفع قضية في المحكمة", Signal.LEGAL_THREAT),
        ("any discount for me", Signal.WANTS_DISCOUNT),
        ("ممكن خصم", Signal.WANTS_DISCOUNT),
        ("thank you so much", Signal.THANKS),
        ("شكرا", Signal.THANKS),
        ("good morning", Signal.GREETING),
        ("السلام عليكم", Signal.GREETING),
        ("bye", Signal.GOODBYE),
        ("مع السلامة", Signal.GOODBYE),
        ("sorry i meant two", Signal.CORRECTS),
        ("قصدي دبي", Signal.CORRECTS),
        ("yes please", Signal.YES),
        ("yesss", Signal.YES),
        ("👍", Signal.YES),
        ("ايوه", Signal.YES),
        ("nope", Signal.NO),
        ("i don't", Signal.NO),
        ("لا", Signal.NO),
    ],
)
def test_a_signal_is_heard(say: Say, text: str, signal: Signal) -> None:
    """TURN-15, TURN-18, LEAD-10: what hands over, stops or skips."""
    assert signal in say(text).signals


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("I want a personal trainer visa", Signal.WANTS_PERSON),
        ("i want an agent licence", Signal.WANTS_PERSON),
        ("a visa for one person", Signal.WANTS_PERSON),
        ("i don't want to talk to a human", Signal.WANTS_PERSON),
        ("STOP this bill", Signal.STOP),
        ("please stop the payment of my bill", Signal.STOP),
        ("don't stop", Signal.STOP),
        ("when can we start", Signal.START),
        ("what a nice day", Signal.NO),
        ("i don't know", Signal.NO),
        ("i do need a visa", Signal.YES),
        ("i would like a visa", Signal.YES),
        ("right now", Signal.YES),
        ("later today", Signal.LATER),
        ("i passed the test", Signal.REFUSES),
        ("i need a lawyer licence", Signal.LEGAL_THREAT),
        ("i have a terrible toothache", Signal.ANGRY),
        ("i'm not angry", Signal.ANGRY),
        ("hello, how are you?", Signal.QUESTION),
        ("high street", Signal.GREETING),
    ],
)
def test_a_near_miss_is_no_signal(say: Say, text: str, signal: Signal) -> None:
    assert signal not in say(text).signals


def test_stop_in_any_language_is_heard_in_every_flow(say: Say, flow: object) -> None:
    """TURN-18: only as the whole message."""
    assert Signal.STOP in say("  Stop! ").signals
    assert Signal.STOP not in say("stop and go").signals
