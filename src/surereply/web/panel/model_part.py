"""What a language model did in a turn, as the debug panel shows it."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelPart:
    """`calls`, `proposals` and `wordings` are as the turn's row keeps them; `cost` None where no price was given."""

    prompt_version: str
    calls: list[dict[str, Any]]
    proposals: list[dict[str, Any]]
    wordings: list[dict[str, Any]]
    tokens: int
    ms: float
    cost: str | None


def model_part(kept: Any) -> ModelPart | None:
    """None where no model took part, or where the row is odd."""
    if not isinstance(kept, dict):
        return None
    calls, proposals, wordings = (_listed(kept.get(name)) for name in ("calls", "proposals", "wordings"))
    costs = [call["cost"] for call in calls if call.get("cost") is not None]
    return ModelPart(
        str(kept.get("prompt_version", "")),
        calls,
        proposals,
        wordings,
        sum(call.get("input_tokens", 0) + call.get("output_tokens", 0) for call in calls),
        sum(call.get("ms", 0.0) for call in calls),
        _sum(costs) if costs else None,
    )


def _listed(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _sum(costs: list[Any]) -> str | None:
    try:
        return f"{sum((Decimal(str(cost)) for cost in costs), Decimal(0)):.6f}".rstrip("0").rstrip(".")
    except InvalidOperation:
        return None
