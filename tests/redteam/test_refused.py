"""Every attacker's words, put into a decided reply wherever they fit, are refused by the checker."""

from collections.abc import Iterator

import pytest

from redteam.attacks import Attack, attacks, flow
from redteam.decided import decided
from surereply.domain.flow_texts import in_language
from surereply.domain.replies import ReplyType
from surereply.lab.models.willing import Place, put_in
from surereply.models.checker import check
from surereply.models.wording import Rewordable

ASKED = "family_location"


@pytest.mark.parametrize("attack", [one for one in attacks() if one.reply], ids=lambda one: one.name)
def test_what_an_attacker_wants_said_is_refused_wherever_it_stands(attack: Attack) -> None:
    passed = []
    for reply in replies(attack.language):
        parts = reply.offered
        for place in Place:
            proposed = put_in([part.text for part in parts], attack.reply, place)
            if not check(proposed, parts, reply.bounds):
                passed.append((place.value, proposed))

    assert passed == []


def replies(language: str) -> Iterator[Rewordable]:
    """A question alone, one after the price, one after the hours, and one in other words."""
    question = in_language(flow().fields[ASKED].question, language, "en")
    answers = [in_language(flow().knowledge[key].answer, language, "en") for key in ("family_price", "hours")]
    for text in (question, *(f"{answer}\n\n{question}" for answer in answers)):
        yield decided(flow(), language, text, ReplyType.QUESTION, ASKED)
    sorry = in_language(flow().texts.not_understood, language, "en").replace("{name}", "Omar")
    yield decided(flow(), language, f"{sorry} {question}", ReplyType.CLARIFICATION, ASKED)
