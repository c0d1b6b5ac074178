"""docs/models.md says what the checker refuses, which settings there are, and how many attacks: as the code has it."""

import re
from pathlib import Path

import pytest

from redteam.attacks import attacks
from redteam.decided import decided
from support.shop import FLOWS
from surereply.config import PREFIX, Settings
from surereply.domain.flow_file import parse_flow
from surereply.domain.replies import ReplyType
from surereply.models.checker import check
from surereply.models.records import CallOutcome

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
FLOW = parse_flow((FLOWS / "business-services.yaml").read_text(encoding="utf-8"), "business-services.yaml")
ASKS = {text: name for name, field in FLOW.fields.items() for text in field.question.values()}


def rows(name: str) -> list[list[str]]:
    table = DOCUMENT.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]


@pytest.mark.parametrize(("text", "proposed", "told"), rows("refused"))
def test_the_reason_that_the_document_gives_is_one_of_the_checker(text: str, proposed: str, told: str) -> None:
    asks = ASKS.get(text)
    reply = decided(FLOW, "en", text, ReplyType.QUESTION if asks else ReplyType.ANSWER, asks)

    refusals = {one.value.replace("_", " ") for one in check([proposed], reply.offered, reply.bounds)}

    assert told in refusals if told != "sent" else not refusals


def test_every_setting_of_a_model_is_in_the_document() -> None:
    settings = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields if name.startswith("llm_")}

    assert set(re.findall(r"`(SUREREPLY_LLM_[A-Z_]+)`", DOCUMENT)) >= settings
    defaults = {f"{PREFIX}{name.upper()}": field.default for name, field in Settings.model_fields.items()}
    for name in ("DEADLINE_MS", "AT_ONCE", "TOKENS_A_DAY"):
        row = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| `{PREFIX}LLM_{name}`"))
        assert row.rstrip("| ").endswith(f"{defaults[f'{PREFIX}LLM_{name}']:,}")


def test_every_outcome_of_a_call_is_in_the_document() -> None:
    outcomes = {one.value for one in CallOutcome} - {CallOutcome.ANSWERED.value}

    assert outcomes <= set(re.findall(r"`([a-z_]+)`", DOCUMENT))


def test_the_document_counts_the_attacks() -> None:
    assert f"{len(attacks())} attacks in five languages" in DOCUMENT
