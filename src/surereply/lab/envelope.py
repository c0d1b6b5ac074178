"""Updates folded into one webhook body, and the body's signature, as Meta makes them."""

import hashlib
import hmac
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from surereply.lab.lines import LabLine
from surereply.lab.payloads import Json, metadata

MESSAGES = "messages"
STATUSES = "statuses"


@dataclass(slots=True, eq=False)
class Update:
    """One thing Meta has to tell: it is told again until somebody answers 200. Its attempts are the book."""

    key: str  # a message's wamid, or "wamid stage" of a report
    line: LabLine
    content: Json
    part: str = MESSAGES  # the list in `value`: messages, statuses, errors, message_echoes …
    topic: str = MESSAGES  # the webhook field that the app subscribed to
    contact: Json | None = None
    made_at: datetime | None = None
    attempts: int = 0
    acknowledgements: int = 0
    acknowledged_at: datetime | None = None
    answers: list[int | None] = field(default_factory=list)  # HTTP status; None: no answer


def body_of(updates: Sequence[Update], chance: random.Random, *, escaped: bool = True) -> bytes:
    """One POST for these updates: entries by account, changes by line and field, sometimes split further."""
    entries: dict[str, list[Json]] = {}
    open_values: dict[tuple[str, str, str], Json] = {}
    for update in updates:
        part = update.part if chance.random() < 0.5 else ""
        place = (update.line.phone_number_id, update.topic, part)
        changes = entries.setdefault(update.line.waba_id, [])
        if place not in open_values or chance.random() < 0.3:
            open_values[place] = _new_value(update)
            changes.append({"value": open_values[place], "field": update.topic})
        _put(update, open_values[place])
    document = {
        "object": "whatsapp_business_account",
        "entry": [{"id": account, "changes": changes} for account, changes in entries.items()],
    }
    return encoded(document, chance, escaped=escaped)


def encoded(document: Any, chance: random.Random, *, escaped: bool = True) -> bytes:
    """JSON as Meta writes it: unicode and slashes escaped. A retry may have other white space."""
    separators = (",", ":") if chance.random() < 0.7 else (", ", ": ")
    made = json.dumps(document, ensure_ascii=escaped, separators=separators)
    if escaped:
        made = made.replace("/", "\\/").replace("@", "\\u0040")
    return made.encode("utf-8", "surrogatepass")


def signature_of(body: bytes, app_secret: str) -> str:
    """`X-Hub-Signature-256` over the raw bytes."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def _new_value(update: Update) -> Json:
    return {"messaging_product": "whatsapp", "metadata": metadata(update.line)}


def _put(update: Update, value: Json) -> None:
    value.setdefault(update.part, []).append(update.content)
    if update.contact is not None and update.contact not in value.setdefault("contacts", []):
        value["contacts"].append(update.contact)
