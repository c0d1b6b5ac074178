"""Who reads the bench's messages: the embedded reader and, where SUREREPLY_LLM_MODEL is set, a model beside it."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from surereply.config import read_settings
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.message import Message
from surereply.models.alone import LoneReader
from surereply.models.providers import open_models
from surereply.models.records import Call, CallOutcome, Proposal
from surereply.understanding import reader
from surereply.understanding.reader import FlowReader
from surereply.understanding.stages import UNTIMED, Stages

calls: list[Call] = []  # of the whole run
proposals: list[Proposal] = []


def read_text(
    flow: Flow, text: str, context: Context, stages: Stages = UNTIMED, rules: FlowReader | None = None
) -> Reading:
    """`stages` take the embedded reader's time; a model's is in its calls. `rules`: another reader than the flow's."""
    model = _model()
    if model is None:
        return (rules or reader.reader_for(flow)).read_text(text, context, stages)
    reading, record = model.read(flow, text, context)
    calls.extend(record.calls)
    proposals.extend(record.proposals)
    return reading


def read(flow: Flow, message: Message, context: Context) -> Reading:
    """A message of a replayed conversation, which is all text."""
    return read_text(flow, message.text, context) if _model() else reader.read(flow, message, context)


@cache
def _model() -> LoneReader | None:
    settings = read_settings()
    models = open_models(settings)
    return LoneReader(models, settings.llm_deadline_ms / 1000) if models else None


def name_of_model() -> str:
    return ", ".join(read_settings().llm_models) or "none"


def model_figures() -> dict[str, float | str]:
    """What the model cost, and how often it answered; nothing where none is set."""
    if not calls:
        return {}
    answered = [call for call in calls if call.outcome is CallOutcome.ANSWERED]
    fates = [proposal.fate.value for proposal in proposals]
    figures: dict[str, float | str] = {
        "calls": len(calls),
        "answered": len(answered),
        "input_tokens": sum(call.input_tokens for call in calls),
        "output_tokens": sum(call.output_tokens for call in calls),
        "median_ms": sorted(call.ms for call in answered)[len(answered) // 2] if answered else 0.0,
        **{f"proposals_{fate}": fates.count(fate) for fate in sorted(set(fates))},
    }
    cost = _total_cost(calls)
    return figures if cost is None else figures | {"cost": str(cost)}


def _total_cost(calls: Iterable[Call]) -> Decimal | None:
    """Of the calls that have a price; None where none has."""
    costs = [call.cost for call in calls if call.cost is not None]
    return sum(costs, Decimal(0)) if costs else None
