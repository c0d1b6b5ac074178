"""What happened, in order, in words: so that a failing seed can be read like a story."""

import re
from dataclasses import dataclass
from datetime import datetime

from simulation.trail import Change

WAMID = re.compile(r"wamid\.[\w+/=]+")
NAMED = re.compile(rf"[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}|{WAMID.pattern}|\b9715\d{{8}}\b")


def named_in(body: bytes) -> list[str]:
    """The messages that a delivery holds, or reports on."""
    return sorted(set(WAMID.findall(body.decode("utf-8", "replace").replace("\\/", "/"))))


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the story; `about`: names of conversations and customers, none where it concerns everybody."""

    at: datetime
    who: str
    what: str
    about: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.at:%d %H:%M:%S.%f}"[:-3] + f"  {self.who:<14} {self.what}"


class History:
    """Knows of everything that has an id (reply, message, lead, turn, customer) which conversation it belongs to."""

    def __init__(self) -> None:
        self.happened: list[Event] = []
        self._conversation_of: dict[str, str] = {}

    def note(self, at: datetime, who: str, what: str, *about: str) -> None:
        self.happened.append(Event(at, who, what, frozenset(about)))

    def note_change(self, at: datetime, who: str, change: Change) -> None:
        row = change.row
        conversation: str = row.get("conversation_id") or row["id"]
        if change.table not in ("act", "report"):
            for name in ("id", "wamid", "lead_id", "message_id", "turn_id", "reply_id", "provider_message_id"):
                if row.get(name):
                    self._conversation_of.setdefault(row[name], conversation)
        if change.table == "conversation":
            for name in ("phone", "bsuid"):
                if row.get(name):
                    self._conversation_of[row[name]] = conversation
        said = _IN_WORDS[change.table](change) if change.table in _IN_WORDS else None
        if said is not None:
            about = row["wamid"] if change.table == "report" else conversation
            self.note(at, who, said, *([about] if about else []))

    def about(self, text: str) -> list[Event]:
        """The events that the ids and numbers in a text have to do with; those that concern everybody among them."""
        named = set(NAMED.findall(text))
        named |= {self._conversation_of[one] for one in named if one in self._conversation_of}
        family = named | {one for one, conversation in self._conversation_of.items() if conversation in named}
        return [event for event in self.happened if not event.about or event.about & family]


def _message(change: Change) -> str | None:
    if change.before is None and change.after is not None:
        reason = f", needs no turn: {change.after['needs_no_turn']}" if change.after["needs_no_turn"] else ""
        return f"keeps a {change.after['kind']} {_quoted(change.after['text'])}{reason}  ({change.after['wamid'][-8:]})"
    return None


def _turn(change: Change) -> str | None:
    if change.before is None and change.after is not None:
        turn = change.after
        return f"turn to version {turn['state_version']} on {len(turn['message_ids'])} messages: {turn['why']}"
    return None


def _ticket(change: Change) -> str | None:
    if change.after is not None and change.became("lease_token"):
        return f"leases the conversation until {change.after['lease_until'][11:23]}, try {change.after['attempts']}"
    if change.after is None:
        return "deletes the conversation's ticket"
    if change.before is None:
        return f"makes a ticket, due {(change.after['due_at'] or '')[11:23]}"
    return None


def _reply(change: Change) -> str | None:
    row = change.row
    name = f"reply {row['id'][-6:]} ({row['reply_type']}{' ' + row['question_key'] if row['question_key'] else ''})"
    if change.after is None:
        return f"{name} is taken out of its table"
    if change.before is None:
        return f"{name} is owed: {_quoted(change.after['body'].get('text', ''))}"
    parts = [
        f"{column} {change.before[column]} → {change.after[column]}"
        for column in ("status", "attempt", "reported", "suppression", "resolution", "conversation_id")
        if change.before[column] != change.after[column]
    ]
    return f"{name}: {', '.join(parts)}" if parts else None


def _conversation(change: Change) -> str | None:
    if change.after is None or change.before is None:
        return "makes the conversation" if change.before is None else None
    parts = [
        f"{column} {change.before[column]} → {change.after[column]}"
        for column in ("state_version", "questions_asked_count", "last_question_key", "handover_reason", "stopped_at",
                       "merged_into")
        if change.before[column] != change.after[column]
    ]  # fmt: skip
    return f"conversation: {', '.join(parts)}" if parts else None


def _lead(change: Change) -> str | None:
    if change.after is None:
        return None
    before = change.before["fields"] if change.before else {}
    after = change.after["fields"]
    parts = [f"{name} = {after[name]['value']}" for name in after if before.get(name) != after[name]]
    parts += [f"{name} is gone" for name in before if name not in after]
    if change.became("stage"):
        parts.append(f"stage {change.after['stage']}")
    return f"lead: {', '.join(parts)}" if parts else None


def _act(change: Change) -> str | None:
    return f"act: {change.row['name']} by {change.row['operator']}" if change.before is None else None


def _report(change: Change) -> str | None:
    if change.before is not None:
        return None
    return f"keeps the report {change.row['reported']} of {change.row['wamid'][-8:]}"


def _quoted(text: str) -> str:
    words = " ".join(text.split())
    return f"“{words[:60]}{'…' if len(words) > 60 else ''}”"


_IN_WORDS = {
    "message": _message,
    "turn": _turn,
    "conversation_ticket": _ticket,
    "reply": _reply,
    "conversation": _conversation,
    "lead": _lead,
    "act": _act,
    "report": _report,
}
