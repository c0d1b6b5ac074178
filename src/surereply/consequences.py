"""What a refusal asks beside the fate of its reply: the line stops, a person gets the conversation."""

from datetime import datetime
from uuid import UUID

import structlog

from surereply.domain.conversation import HandoverReason
from surereply.domain.outcome import Action, Rule
from surereply.store import handovers, lines
from surereply.store.contacts import mark_undeliverable
from surereply.store.database import Tx

log = structlog.get_logger()


async def draw_consequences(
    tx: Tx, rule: Rule, code: int | None, bucket: int, line_id: UUID, conversation_id: UUID, now: datetime
) -> None:
    """The same whether WhatsApp refused at once, or reported it later."""
    match rule.action:
        case Action.STOP_LINE_UNTIL_TOKEN | Action.STOP_LINE:
            if await lines.stop(tx, bucket, line_id, rule.hint, now):
                log.error("line.stopped", line_id=str(line_id), code=code, hint=rule.hint)
        case Action.STOP_WHAT_COSTS:
            await lines.stop_templates(tx, bucket, line_id, now)
        case Action.FAIL_HAND_OVER:
            by = "WhatsApp refused a reply"
            await handovers.take_over(tx, bucket, conversation_id, HandoverReason.REJECTED, by, now)
        case Action.FAIL_MARK_CONTACT:
            await mark_undeliverable(tx, bucket, conversation_id, now)
        case _:
            pass
