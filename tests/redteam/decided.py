"""Replies as the flow decides them, for the checker to compare with what a model makes of them."""

from datetime import UTC, datetime
from uuid import UUID

from surereply.domain.conversation import Conversation
from surereply.domain.flow import Flow
from surereply.domain.lead import Lead, Stage
from surereply.domain.replies import Body, ReplyDraft, ReplyType
from surereply.models.wording import Rewordable, rewordable

NOBODY = UUID(int=1)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def decided(flow: Flow, language: str, text: str, kind: ReplyType, asks: str | None = None) -> Rewordable:
    """A reply of this type; `asks` is the field of its question."""
    conversation = Conversation(NOBODY, NOBODY, language=language)
    draft = ReplyDraft(kind, Body(text), "wamid.1", asks)
    found = rewordable(flow, conversation, Lead(NOBODY, flow.name, 1, Stage.NEW, NOW), draft, ())
    assert found is not None
    return found
