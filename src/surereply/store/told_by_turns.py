"""What of turns endpoints are told: a lead at another stage, a conversation that a person has, or the bot again."""

from collections.abc import Sequence

from surereply.domain.announcements import Topic
from surereply.store.announcing import Happening, stage_changed
from surereply.store.turn_rows import DecidedTurn


def happenings_of(turns: Sequence[DecidedTurn]) -> list[Happening]:
    return [happening for decided in turns for happening in (*_of_lead(decided), *_of_handover(decided))]


def _of_lead(decided: DecidedTurn) -> list[Happening]:
    before, after = decided.loaded.lead, decided.turn.lead
    was = before.stage.value if before is not None and not decided.turn.lead_opened else None
    if was == after.stage.value:
        return []
    bucket, conversation_id = decided.key
    return stage_changed(bucket, conversation_id, after.id, was, after.stage.value, decided.now)


def _of_handover(decided: DecidedTurn) -> list[Happening]:
    before, after = decided.loaded.conversation, decided.turn.conversation
    if (before.handed_over_at is None) == (after.handed_over_at is None):
        return []
    topic = Topic.GIVEN_BACK if after.handed_over_at is None else Topic.HANDED_OVER
    detail = {"reason": after.handover_reason.value} if after.handover_reason else {}
    bucket, conversation_id = decided.key
    return [Happening(bucket, topic, conversation_id, decided.now, decided.turn.lead.id, detail=detail)]
