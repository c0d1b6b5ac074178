"""One question to the first model that answers in time: slots, budget, breakers and fallbacks, and a record of all."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import structlog

from surereply.models.breaker import Breaker
from surereply.models.budget import Budget, BudgetUnknown, NoBudget, Reserved, cost_of
from surereply.models.pace import Pace
from surereply.models.providers import Answered, NamedModel, Prompt
from surereply.models.records import Call, CallOutcome
from surereply.store.model_spending import Account
from surereply.telemetry import MODEL_CALLS, MODEL_COST, MODEL_SECONDS, MODEL_TOKENS

log = structlog.get_logger()

SHARE_BEFORE_FALLBACK = 0.6  # of the time that is left, for a model that has another one behind it

# What the next model is asked after; with the others, another model would fare no better, or may not be asked.
_NEXT = frozenset({CallOutcome.TIMED_OUT, CallOutcome.BROKEN, CallOutcome.FAILED, CallOutcome.RUBBISH})
_TROUBLE_OF_ITS_OWN = frozenset({CallOutcome.TIMED_OUT, CallOutcome.FAILED})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question: the JSON object of the model that answered, else None; every call on the way."""

    value: dict[str, object] | None
    calls: tuple[Call, ...]


class Caller:
    """Asks models in their order, so many at once in this process; never raises for what a model does."""

    def __init__(
        self,
        models: Sequence[NamedModel],
        budget: Budget | NoBudget,
        *,
        at_once: int,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """`steady`: a clock that never goes back, in seconds; a call's `until` is read off it."""
        self._models = tuple((model, Breaker(), Pace()) for model in models)
        self._budget = budget
        self._slots = asyncio.Semaphore(at_once)
        self._steady = steady

    async def ask(self, prompt: Prompt, account: Account, until: float) -> Answer:
        """Holds no transaction and no connection while a model thinks. `until`: when an answer comes too late."""
        calls: list[Call] = []
        for place, (model, breaker, pace) in enumerate(self._models):
            left = until - self._steady()
            is_last = place == len(self._models) - 1
            value, call = await self._ask_one(
                model, breaker, pace, prompt, account, left if is_last else left * SHARE_BEFORE_FALLBACK
            )
            calls.append(call)
            _count(call)
            if call.outcome not in _NEXT:
                return Answer(value, tuple(calls))
        return Answer(None, tuple(calls))

    async def _ask_one(
        self, model: NamedModel, breaker: Breaker, pace: Pace, prompt: Prompt, account: Account, seconds: float
    ) -> tuple[dict[str, object] | None, Call]:
        started = self._steady()

        def became(outcome: CallOutcome, answered: Answered | None = None, error: str | None = None) -> Call:
            tokens = (answered.input_tokens, answered.output_tokens) if answered else (0, 0)
            cost = cost_of(model.price, *tokens) if answered else None
            ms = round((self._steady() - started) * 1000, 1)
            return Call(prompt.name, model.name, outcome, ms, *tokens, cost, error)

        if pace.comes_too_late(seconds):
            return None, became(CallOutcome.TIMED_OUT)
        if not breaker.lets_through(started):
            return None, became(CallOutcome.BROKEN)
        reserved: Reserved | None = None
        asked_at: float | None = None
        try:
            async with asyncio.timeout(seconds):
                # Before there is a slot: none stands idle while the books are written.
                reserved = await self._budget.reserve(account, prompt, model.price)
                if reserved is None:
                    return None, became(CallOutcome.OVER_BUDGET)
                async with self._slots:
                    asked_at = self._steady()
                    if pace.comes_too_late(seconds - (asked_at - started)):
                        self._budget.settle(reserved, 0, 0)
                        return None, became(CallOutcome.BUSY)
                    answered = await model.ask(prompt)
        except BudgetUnknown:
            return None, became(CallOutcome.NO_BUDGET_KNOWN)
        except TimeoutError:
            if reserved is None:
                return None, became(CallOutcome.NO_BUDGET_KNOWN)
            if asked_at is None:
                self._budget.settle(reserved, 0, 0)
                return None, became(CallOutcome.BUSY)
            # What a call took that was cut off is not known: it stays counted as reserved.
            if asked_at - started <= seconds / 2:  # else it had no fair chance: we are slow, not the model
                breaker.failed(self._steady())
            return None, became(CallOutcome.TIMED_OUT)
        except Exception as error:  # whatever a provider's library raises; its text may quote the customer
            breaker.failed(self._steady())
            if reserved is not None:
                self._budget.settle(reserved, 0, 0)
            return None, became(CallOutcome.FAILED, error=type(error).__name__)
        breaker.succeeded()
        pace.took(self._steady() - asked_at)
        self._budget.settle(reserved, answered.input_tokens, answered.output_tokens)
        if answered.was_refused:
            return None, became(CallOutcome.REFUSED, answered)
        if answered.value is None:
            return None, became(CallOutcome.RUBBISH, answered)
        return answered.value, became(CallOutcome.ANSWERED, answered)


def _count(call: Call) -> None:
    MODEL_CALLS.labels(call.purpose, call.model, call.outcome.value).inc()
    if call.outcome in (CallOutcome.ANSWERED, CallOutcome.RUBBISH, CallOutcome.REFUSED):
        MODEL_SECONDS.labels(call.purpose, call.model).observe(call.ms / 1000)
        MODEL_TOKENS.labels(call.model, "input").inc(call.input_tokens)
        MODEL_TOKENS.labels(call.model, "output").inc(call.output_tokens)
        MODEL_COST.labels(call.model).inc(float(call.cost or Decimal(0)))
    elif call.outcome in _TROUBLE_OF_ITS_OWN:
        log.info("model.failed", model=call.model, purpose=call.purpose, outcome=call.outcome.value, error=call.error)
