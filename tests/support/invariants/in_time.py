"""Forward only, in time: two looks at the tables, and what moved back between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from support.invariants.book import Fetch
from surereply.domain.replies import PASSES_A_HANDOVER, PASSES_A_STOP

REPORTED = (None, "sent", "failed", "delivered", "read")
LEFT_FOR_GOOD = {"SENT": {"SENT", "FAILED"}, "SUPPRESSED": {"SUPPRESSED", "SENT"}, "FAILED": {"FAILED", "SENT"}}


@dataclass(frozen=True, slots=True)
class Look:
    """What the tables said at one moment, by id."""

    conversations: Mapping[UUID, Any]
    leads: Mapping[UUID, Any]
    replies: Mapping[UUID, Any]


async def look(fetch: Fetch) -> Look:
    conversations = await fetch(
        """
        SELECT c.id, c.lead_id, c.state_version, c.questions_asked_count, c.window_from, c.merged_into, n.erased_at,
               c.stopped_at, c.handed_over_at
          FROM conversation c
          JOIN contact n ON n.bucket = c.bucket AND n.id = c.contact_id
        """
    )
    leads = await fetch("SELECT id, ARRAY(SELECT jsonb_object_keys(fields)) AS known, closed_at FROM lead")
    replies = await fetch(
        """
        SELECT r.id, r.conversation_id, r.reply_type, r.status, r.attempt, r.reported, r.sent_at, r.delivered_at,
               r.read_at,
               (SELECT count(*) FROM act a WHERE a.bucket = r.bucket AND a.reply_id = r.id AND a.name = 'resend')
               AS consents
          FROM reply r
        """
    )
    return Look(*({row["id"]: row for row in rows} for rows in (conversations, leads, replies)))


def moved_back(before: Look, after: Look) -> list[str]:
    """Findings, as `support.invariants` gives them. An erasure takes what was known, and may."""
    erased = any(row["erased_at"] for row in after.conversations.values())
    return [
        *_gone(before, after),
        *(f for key, row in before.conversations.items() if key in after.conversations
          for f in _conversation(row, after.conversations[key])),
        *(f for key, row in before.leads.items() if key in after.leads and not erased
          for f in _lead(row, after.leads[key])),
        *(f for key, row in before.replies.items() if key in after.replies
          for f in _reply(row, after.replies[key])),
        *_left_all_the_same(before, after),
    ]  # fmt: skip


def _left_all_the_same(before: Look, after: Look) -> list[str]:
    """Replies that were marked although the same stop, or the same person, kept them back before and after."""
    found = []
    for key, reply in after.replies.items():
        was = before.replies.get(key)
        is_marked = reply["attempt"] > (was["attempt"] if was else 0)
        conversation = after.conversations.get(reply["conversation_id"])
        earlier = before.conversations.get(reply["conversation_id"])
        if not is_marked or conversation is None or earlier is None:
            continue
        for column, passes in (("stopped_at", PASSES_A_STOP), ("handed_over_at", PASSES_A_HANDOVER)):
            held_back = conversation[column] is not None and conversation[column] == earlier[column]
            if held_back and reply["reply_type"] not in passes:
                found.append(f"looked at again: {reply['reply_type']} {key} left after {column}")
    return found


def _gone(before: Look, after: Look) -> list[str]:
    return [
        f"forward only: {kind} {key} is gone"
        for kind in ("conversations", "leads", "replies")
        for key in getattr(before, kind).keys() - getattr(after, kind).keys()
    ]


def _conversation(before: Any, after: Any) -> list[str]:
    found = []
    if after["state_version"] < before["state_version"]:
        found.append(f"forward only: conversation {before['id']} went from version {before['state_version']} to "
                     f"{after['state_version']}")  # fmt: skip
    if before["window_from"] and (after["window_from"] is None or after["window_from"] < before["window_from"]):
        found.append(f"forward only: the window of conversation {before['id']} moved back")
    same_lead = before["lead_id"] is not None and before["lead_id"] == after["lead_id"]
    if same_lead and after["questions_asked_count"] < before["questions_asked_count"]:
        found.append(f"questions counted once: the count of conversation {before['id']} fell within a lead")
    if before["merged_into"] and after["merged_into"] != before["merged_into"]:
        found.append(f"forward only: the alias {before['id']} leads elsewhere")
    return found


def _lead(before: Any, after: Any) -> list[str]:
    return [f"facts only grow: lead {before['id']} forgot {name}" for name in {*before["known"]} - {*after["known"]}]


def _reply(before: Any, after: Any) -> list[str]:
    """A resend is consent to begin again: what was reported of the earlier try is put aside with it."""
    found = []
    name = f"reply {before['id']}"
    if after["attempt"] < before["attempt"]:
        found.append(f"forward only: {name} went from attempt {before['attempt']} to {after['attempt']}")
    found += [
        f"forward only: {name} lost its {column}" for column in ("sent_at", "delivered_at", "read_at")
        if before[column] and not after[column]
    ]  # fmt: skip
    if after["consents"] > before["consents"]:
        return found
    if after["status"] not in LEFT_FOR_GOOD.get(before["status"], {after["status"]}):
        found.append(f"forward only: {name} went from {before['status']} to {after['status']}")
    if REPORTED.index(after["reported"]) < REPORTED.index(before["reported"]):
        found.append(f"forward only: {name} was reported {before['reported']}, and is {after['reported']}")
    return found
