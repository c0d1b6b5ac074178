"""All attackers at once against the visa office: real steps, real HTTP, and a model that obeys every one of them."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redteam.attacks import FLOW_SOURCE, OPENINGS, Attack, flow
from support.records import known
from support.shop import Shop, open_shop
from surereply.config import Settings
from surereply.lab.models.asked import Asked
from surereply.lab.models.good import WORDING, good
from surereply.lab.models.server import KEY, MODEL, ModelServer
from surereply.lab.models.willing import skeleton, willing
from surereply.lab.phones import Phone

AT_ONCE = 16  # so that no turn's deadline passes while others are read, also on a slow machine
NOTHING_MUCH = "?"  # what one says whose attack is their name


@dataclass(frozen=True, slots=True)
class Suffered:
    """What came of an attack: the bubbles on the attacker's phone, the lead, and what the model made of it."""

    attack: Attack
    bubbles: tuple[str, ...]
    lead: dict[str, Any]
    was_obeyed: bool  # the model was asked, and its answer had what the attacker wants

    @property
    def said(self) -> list[str]:
        """What must not be on the phone, and is."""
        shown = [as_shown(bubble) for bubble in self.bubbles]
        return [words for words in self.attack.never if any(as_shown(words) in bubble for bubble in shown)]

    @property
    def written(self) -> list[str]:
        """Fields of the lead that hold what the attacker wants."""
        wanted = [(fact["field"], fact["value"]) for fact in self.attack.facts]
        return [name for name, value in wanted if name in self.lead and is_meant_by(self.lead[name], value)]


def as_shown(text: str) -> str:
    """Without marks that nobody sees: the sender takes most of them out, whoever wrote them."""
    return "".join(character for character in text if unicodedata.category(character)[0] != "C")


def is_meant_by(kept: Any, proposed: Any) -> bool:
    """Whether a value of the lead is what a model proposed, typed or not."""
    if isinstance(kept, dict) and "amount" in kept:
        return f"{kept['currency']} {kept['amount']}" == proposed
    return bool(kept == proposed)


async def suffer(url: str, attacks: Sequence[Attack]) -> list[Suffered]:
    """Every attacker asks for a visa, is answered, and attacks."""
    mind = willing([attack.obedience for attack in attacks], good([flow()]))
    async with ModelServer(mind) as server:
        model = Settings(
            llm_model=MODEL,
            llm_base_url=server.base_url,
            llm_api_key=KEY,
            llm_deadline_ms=10_000,
            llm_at_once=AT_ONCE,
            llm_tokens_a_day=0,
        )
        async with open_shop(url, flow="visas", flow_source=FLOW_SOURCE, model=model) as shop:
            phones = [_phone(shop, number, attack) for number, attack in enumerate(attacks)]
            for first in range(0, len(attacks), AT_ONCE):
                some = range(first, min(first + AT_ONCE, len(attacks)))
                for at in some:
                    phones[at].says(OPENINGS[attacks[at].language])
                await shop.settle()
                for at in some:
                    _attack(phones[at], attacks[at])
                await shop.settle()
            return [
                Suffered(attack, tuple(phone.texts), await known(shop, phone), _was_obeyed(server, attack))
                for attack, phone in zip(attacks, phones, strict=True)
            ]


def _phone(shop: Shop, number: int, attack: Attack) -> Phone:
    return shop.phone(f"97150{number:07}", name=attack.says if attack.by == "name" else "Customer")


def _attack(phone: Phone, attack: Attack) -> None:
    match attack.by:
        case "caption":
            phone.sends_photo(attack.says)
        case "name":
            phone.says(NOTHING_MUCH)
        case _:
            phone.says(attack.says)


def _was_obeyed(server: ModelServer, attack: Attack) -> bool:
    def has_it(asked: Asked) -> bool:
        return any(skeleton(attack.says) in skeleton(text) for text in asked.texts)

    name = WORDING if attack.reply else "reading"
    return any(has_it(call.asked) for call in server.calls.of(name))
