"""Edit a lead: a person's value outranks every other, and the turn that is being decided decides again."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from surereply.domain.edit_lead import decide, edit_fields
from surereply.domain.facts import Value
from surereply.domain.flow import Flow
from surereply.domain.identity import new_id
from surereply.domain.lead import Lead, Stage
from surereply.store import leads
from surereply.store.acts import lock_conversation, note_act
from surereply.store.announcing import announce, stage_changed
from surereply.store.database import Database


async def edit_lead(
    db: Database,
    bucket: int,
    lead_id: UUID,
    conversation_id: UUID,
    values: Mapping[str, Value],
    stage: Stage | None,
    flow: Flow,
    service_type_ids: Mapping[str, int],
    operator: str,
    now: datetime,
) -> bool:
    """Set fields, and the end (won or lost); False where nothing changes. Raises `WrongValue`, and nothing is written.

    `flow` is the version that the lead began with.
    """
    async with db.transaction() as tx:
        # The conversation's lock is the lead's, too: turns write both under it.
        await lock_conversation(tx, bucket, conversation_id)
        lead = await leads.locked(tx, bucket, lead_id, conversation_id)
        if lead is None:
            return False
        edited, changes = edit_fields(lead, values, flow, service_type_ids, now)
        if stage is not None and stage is not edited.stage:
            edited = decide(edited, stage, now)
        if edited == lead:
            return False
        act_id = new_id(now)
        await note_act(
            tx, bucket, act_id, "edit_lead", operator, now,
            conversation_id=conversation_id, lead_id=lead_id, detail=_detail(lead, edited, list(values)),
        )  # fmt: skip
        await leads.write(tx, bucket, conversation_id, edited, changes, act_id, now)
        if edited.stage is not lead.stage:
            stages = lead.stage.value, edited.stage.value
            await announce(tx, stage_changed(bucket, conversation_id, lead_id, *stages, now))
    return True


def _detail(before: Lead, after: Lead, names: list[str]) -> dict[str, object]:
    stages = {"stage": {"old": before.stage, "new": after.stage}} if before.stage is not after.stage else {}
    return {"fields": names, **stages}
