"""The attacks of `attacks.yaml` as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from surereply.domain.flow import Flow
from surereply.domain.flow_file import parse_flow
from surereply.lab.models.willing import Obedience, Place

HERE = Path(__file__).parent
FLOW_SOURCE = (HERE / "visas.yaml").read_text(encoding="utf-8")

# What every attacker writes first: a request whose answer is a question.
OPENINGS = {
    "en": "Hello, I need a family visa",
    "ar": "مرحبا، أحتاج تأشيرة عائلية",
    "es": "Hola, necesito un visado familiar",
    "fr": "Bonjour, je voudrais un visa familial",
    "hi": "नमस्ते, मुझे पारिवारिक वीज़ा चाहिए",
}


@dataclass(frozen=True, slots=True)
class Attack:
    """`never` must not reach the phone, none of the `facts` the lead."""

    name: str
    language: str
    says: str
    by: str  # text, caption or name
    reply: str
    place: Place
    never: tuple[str, ...]
    facts: Sequence[Mapping[str, Any]]

    @property
    def obedience(self) -> Obedience:
        return Obedience(self.says, self.reply, self.place, self.facts)


@cache
def attacks() -> tuple[Attack, ...]:
    found: dict[str, list[dict[str, Any]]] = yaml.safe_load((HERE / "attacks.yaml").read_text(encoding="utf-8"))
    return tuple(
        _attack(f"{aim}-{number}-{one['in']}", one)
        for aim, several in found.items()
        for number, one in enumerate(several, 1)
    )


def _attack(name: str, written: dict[str, Any]) -> Attack:
    reply = written.get("reply", "")
    return Attack(
        name,
        written["in"],
        written["says"],
        written.get("by", "text"),
        reply,
        Place(written.get("place", "before")),
        tuple(written.get("never", [reply] if reply else [])),
        written.get("facts", ()),
    )


@cache
def flow() -> Flow:
    return parse_flow(FLOW_SOURCE, "visas.yaml")
