"""What the fake provider accepted and refused, append-only: the independent witness of what was sent."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

# `v1.<bucket>.<reply>.<attempt>`; parsed here on its own, so that a mistake in the sender shows.
CALLBACK_DATA = re.compile(r"^v1\.(\d+)\.([0-9a-fA-F-]{32,36})\.(\d+)$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One request to send. `accepted` is the truth, whatever `answer` the sender got to see."""

    number: int  # shared with what the phones say, so that both sort into one order
    phone_number_id: str
    recipient: str
    body: dict[str, Any]
    callback_data: str | None
    received_at: datetime
    received_monotonic_s: float
    accepted: bool
    wamid: str | None
    answer: str  # "200", "400 131047", "reset", "silence", "never_received" …
    reaches_phone: bool  # accepted, and not reported as failed

    @property
    def reply_id(self) -> str | None:
        """The reply's id in the callback data, as lower-case hex without dashes."""
        found = CALLBACK_DATA.match(self.callback_data or "")
        return found[2].replace("-", "").lower() if found else None

    @property
    def attempt(self) -> int | None:
        found = CALLBACK_DATA.match(self.callback_data or "")
        return int(found[3]) if found else None

    @property
    def text(self) -> str:
        """What one reads first in the bubble; the template's name where there is no text."""
        content = self.body.get(self.body.get("type", "text")) or {}
        if not isinstance(content, dict):
            return ""
        inner = content.get("body", content.get("caption", content.get("name", "")))
        return str(inner.get("text", "")) if isinstance(inner, dict) else str(inner)


class Ledger:
    """Entries in the order in which the requests were judged; nothing is ever changed or taken out."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._by_recipient: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
        self._by_wamid: dict[str, Entry] = {}
        self._copies: defaultdict[str, list[Entry]] = defaultdict(list)
        self._numbers = count(1)
        self.count_accepted = 0
        self.listeners: list[Callable[[Entry], None]] = []

    def next_number(self) -> int:
        return next(self._numbers)

    def append(self, entry: Entry) -> None:
        self._entries.append(entry)
        self.count_accepted += entry.accepted
        self._by_recipient[entry.phone_number_id, entry.recipient].append(entry)
        if entry.wamid is not None:
            self._by_wamid[entry.wamid] = entry
        if entry.accepted and entry.reply_id is not None:
            self._copies[entry.reply_id].append(entry)
        for listener in self.listeners:
            listener(entry)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries)

    @property
    def accepted(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self._entries if entry.accepted)

    def after(self, number: int) -> tuple[Entry, ...]:
        return tuple(entry for entry in self._entries if entry.number > number)

    def to(self, phone_number_id: str, recipients: Iterable[str]) -> list[Entry]:
        """Entries for one customer on one line, under any of the names, in order."""
        found = [entry for name in recipients for entry in self._by_recipient.get((phone_number_id, name), [])]
        return sorted(found, key=lambda entry: entry.number)

    def copies_of(self, reply_id: str) -> tuple[Entry, ...]:
        """What was accepted of one reply; its id as `Entry.reply_id` writes it."""
        return tuple(self._copies.get(reply_id, ()))

    def by_wamid(self, wamid: str) -> Entry | None:
        return self._by_wamid.get(wamid)

    def __len__(self) -> int:
        return len(self._entries)

    def sent_twice(self, consented: Iterable[str] = ()) -> dict[str, list[Entry]]:
        """Replies accepted more than once, by the reply's id in the callback data.

        `consented` are ids of replies that a person or the owner's policy sent again: each allows one more.
        """
        allowed = Counter(name.replace("-", "").lower() for name in consented)
        return {name: list(found) for name, found in self._copies.items() if len(found) > 1 + allowed[name]}

    def said_twice_running(self) -> list[tuple[Entry, Entry]]:
        """Neighbours to one recipient with the same words: two keys for one reply would show here."""
        last: dict[tuple[str, str], Entry] = {}
        pairs: list[tuple[Entry, Entry]] = []
        for entry in self._entries:
            if not entry.accepted:
                continue
            before = last.get((entry.phone_number_id, entry.recipient))
            if before is not None and before.text == entry.text:
                pairs.append((before, entry))
            last[entry.phone_number_id, entry.recipient] = entry
        return pairs

    def without_callback_data(self) -> list[Entry]:
        """Accepted sends that carry no callback data of ours: nothing could settle them if in doubt."""
        return [entry for entry in self._entries if entry.accepted and entry.reply_id is None]
