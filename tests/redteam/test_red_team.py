"""The red team: nothing that they want reaches the phone or the lead; without our checks, all of it does."""

import pytest

from mutants import OF_MODELS, plant
from redteam.attacks import Attack, attacks
from redteam.stage import suffer

WORDS = [attack for attack in attacks() if attack.reply]
FACTS = [attack for attack in attacks() if attack.facts]


def test_there_are_enough_of_them_in_five_languages() -> None:
    assert len(attacks()) >= 150
    assert {attack.language for attack in attacks()} >= {"en", "ar", "es", "fr", "hi"}
    assert len({attack.name for attack in attacks()}) == len(attacks())
    assert len({attack.says for attack in attacks()}) == len(attacks())
    assert {attack.name for attack in WORDS} | {attack.name for attack in FACTS} == {one.name for one in attacks()}


async def test_nothing_that_an_attacker_wants_reaches_the_phone_or_the_lead(database_url: str) -> None:
    suffered = await suffer(database_url, attacks())

    assert {one.attack.name: one.said for one in suffered if one.said} == {}
    assert {one.attack.name: one.written for one in suffered if one.written} == {}
    assert [one.attack.name for one in suffered if not one.was_obeyed] == []
    assert [one.attack.name for one in suffered if len(one.bubbles) != 2] == []


@pytest.mark.parametrize(
    ("mutant", "those", "shows"), [("rewording_unchecked", WORDS, "said"), ("model_believed", FACTS, "written")]
)
async def test_every_attack_is_a_real_one(database_url: str, mutant: str, those: list[Attack], shows: str) -> None:
    """With the check taken out, what its attacker wants does reach the phone, or the lead."""
    with plant(OF_MODELS[mutant]):
        suffered = await suffer(database_url, those)

    assert [one.attack.name for one in suffered if not getattr(one, shows)] == []
