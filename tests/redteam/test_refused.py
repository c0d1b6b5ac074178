"""Every attacker's words, put into a decided reply wherever they fit, are refused by the checker."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest

from redteam.attacks import Attack, attacks, flow
from surereply.domain.conversation import Conversation
from surereply.domain.flow_texts import in_language
from surereply.domain.lead import Lead, Stage
from surereply.domain.replies import Body, ReplyDraft, ReplyType
from surereply.lab.models.willing import Place, put_in
from surereply.models.checker import check
from surereply.models.wording import Rewordable, rewordable

NOBODY = UUID(int=1)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("attack", [one for one in attacks() if one.reply], ids=lambda one: one.name)
def test_what_an_attacker_wants_said_is_refused_wherever_it_stands(attack: Attack) -> None:
    passed = []
    for decided in replies(attack.language):
        parts = decided.offered
        for place in Place:
            proposed = put_in([part.text for part in parts], attack.reply, place)
            if not check(proposed, parts, decided.bounds):
                passed.append((place.value, proposed))

    assert passed == []


def replies(language: str) -> Iterator[Rewordable]:
    """A question alone, one after the price, one after the hours, and one in other words."""
    question = in_language(flow().fields["family_location"].question, language, "en")
    before = [
        "",
        *(in_language(flow().knowledge[key].answer, language, "en") for key in ("family_price", "hours")),
    ]
    for text in before:
        draft = ReplyDraft(
            ReplyType.QUESTION, Body(f"{text}\n\n{question}" if text else question), "wamid.1", "family_location"
        )
        yield _rewordable(draft, language)
    sorry = in_language(flow().texts.not_understood, language, "en")
    yield _rewordable(
        ReplyDraft(ReplyType.CLARIFICATION, Body(f"{sorry} {question}"), "wamid.1", "family_location"), language
    )


def _rewordable(draft: ReplyDraft, language: str) -> Rewordable:
    conversation = Conversation(NOBODY, NOBODY, language=language)
    found = rewordable(flow(), conversation, Lead(NOBODY, "visas", 1, Stage.NEW, NOW), draft, ())
    assert found is not None
    return found
