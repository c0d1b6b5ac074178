"""A question to a model, on a real socket and a real database: in time, in budget, or not at all, and on record."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from surereply.config import Price, Settings
from surereply.doctor import ask_models
from surereply.lab.models.asked import Asked
from surereply.lab.models.manners import GOOD, Manner, Trouble, failing, rubbish, slow
from surereply.lab.models.server import KEY, MODEL, ModelServer
from surereply.models.breaker import FAILURES_IN_A_ROW, OPEN_SECONDS
from surereply.models.budget import Budget
from surereply.models.calling import Answer, Caller
from surereply.models.providers import Prompt, open_models
from surereply.models.records import CallOutcome
from surereply.store import model_spending
from surereply.store.database import Database, connect
from surereply.store.model_spending import Account, Spent

ACCOUNT = Account(1, UUID(int=7), date(2026, 11, 23))
SCHEMA = {"type": "object", "properties": {"said": {"type": "string"}}, "required": ["said"]}
PROMPT = Prompt("reading", "Say it.", '{"texts": ["hello"]}', SCHEMA, most_tokens=50)
PRICE = Price(Decimal("1.5"), Decimal(6))


class Clock:
    """Seconds that pass when the test says so, beside those that really do."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return asyncio.get_running_loop().time() + self.ahead


class Office:
    """A caller with its clock, on a model server and a database."""

    def __init__(self, server: ModelServer, db: Database, **limits: Any) -> None:
        self.server = server
        self.db = db
        self.clock = Clock()
        self.budget = Budget(db, tokens_a_day=limits.get("tokens_a_day"), money_a_day=limits.get("money_a_day"))
        models = open_models(
            Settings(
                llm_model="first",
                llm_fallbacks=limits.get("fallbacks", ()),
                llm_base_url=server.base_url,
                llm_api_key=SecretStr(KEY),
                llm_prices={"first": PRICE},
            )
        )
        self.caller = Caller(models, self.budget, at_once=limits.get("at_once", 8), steady=self.clock)

    async def ask(self, *, seconds: float = 20.0) -> Answer:
        return await self.caller.ask(PROMPT, ACCOUNT, self.clock() + seconds)

    async def outcomes(self, *, seconds: float = 20.0) -> list[CallOutcome]:
        return [call.outcome for call in (await self.ask(seconds=seconds)).calls]

    async def spent(self) -> Spent:
        await self.budget.close()
        async with self.db.connection() as tx:
            return await model_spending.spent(tx, ACCOUNT)


@asynccontextmanager
async def office(url: str, manner: Manner | Callable[[Asked], Manner] = GOOD, **limits: Any) -> AsyncIterator[Office]:
    server = ModelServer(lambda asked: {"said": "hello"}, manner=manner, models=("first", "second"))
    db = await connect(url, name="test", most=8, for_steps=True)
    try:
        async with server:
            yield Office(server, db, **limits)
    finally:
        await db.close()


async def test_an_answer_comes_with_its_tokens_and_its_cost(database_url: str) -> None:
    async with office(database_url) as at:
        answer = await at.ask()

        (seen,) = at.server.calls.done
        (call,) = answer.calls
        assert answer.value == {"said": "hello"}
        assert (call.input_tokens, call.output_tokens) == (seen.input_tokens, seen.output_tokens)
        assert call.cost == (PRICE.input * seen.input_tokens + PRICE.output * seen.output_tokens) / 1_000_000
        assert await at.spent() == Spent(seen.input_tokens + seen.output_tokens, call.cost, 1)


async def test_what_is_said_to_the_model_is_ours_and_what_others_wrote_stands_apart(database_url: str) -> None:
    async with office(database_url) as at:
        await at.ask()

        (seen,) = at.server.calls.done
        assert (seen.asked.instructions, seen.asked.user) == (PROMPT.instructions, PROMPT.data)


async def test_a_model_that_is_silent_is_left_at_the_deadline_and_hung_up_on(database_url: str) -> None:
    async with office(database_url, Manner(Trouble.SILENCE)) as at:
        answer = await at.ask(seconds=0.3)

        assert answer.value is None
        assert [call.outcome for call in answer.calls] == [CallOutcome.TIMED_OUT]
        assert (await at.spent()).tokens >= PROMPT.most_tokens  # what it took is not known, and stays counted


async def test_with_no_time_left_nobody_is_asked(database_url: str) -> None:
    async with office(database_url) as at:
        assert await at.outcomes(seconds=0.05) == [CallOutcome.TIMED_OUT]
        assert at.server.calls.begun == 0


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        (Trouble.NOT_JSON, CallOutcome.RUBBISH),
        (Trouble.FENCED, CallOutcome.RUBBISH),
        (Trouble.EMPTY, CallOutcome.RUBBISH),
        (Trouble.CUT, CallOutcome.RUBBISH),
        (Trouble.REFUSES, CallOutcome.REFUSED),
        (Trouble.FILTERED, CallOutcome.REFUSED),
        (Trouble.HTTP_STATUS, CallOutcome.FAILED),
        (Trouble.RESET, CallOutcome.FAILED),
        (Trouble.HALF_SENT, CallOutcome.FAILED),
        (Trouble.NO_CHOICE, CallOutcome.FAILED),
        (Trouble.PAGE, CallOutcome.FAILED),
    ],
)
async def test_whatever_goes_wrong_is_an_outcome_and_no_error(
    database_url: str, trouble: Trouble, outcome: CallOutcome
) -> None:
    async with office(database_url, rubbish(trouble)) as at:
        assert await at.outcomes() == [outcome]
        assert at.server.calls.begun == 1  # and never asked a second time


async def test_another_model_answers_where_the_first_fails(database_url: str) -> None:
    def manner(asked: Asked) -> Manner:
        return failing(503) if asked.model == "first" else GOOD

    async with office(database_url, manner, fallbacks=("second",)) as at:
        answer = await at.ask()

        assert answer.value == {"said": "hello"}
        assert [(call.model, call.outcome) for call in answer.calls] == [
            ("first", CallOutcome.FAILED),
            ("second", CallOutcome.ANSWERED),
        ]


async def test_a_silent_model_leaves_its_fallback_time_to_answer(database_url: str) -> None:
    def manner(asked: Asked) -> Manner:
        return Manner(Trouble.SILENCE) if asked.model == "first" else GOOD

    async with office(database_url, manner, fallbacks=("second",)) as at:
        assert await at.outcomes(seconds=3.0) == [CallOutcome.TIMED_OUT, CallOutcome.ANSWERED]


async def test_who_fails_again_and_again_is_left_alone_then_tried_by_one(database_url: str) -> None:
    async with office(database_url, failing(500)) as at:
        for _ in range(FAILURES_IN_A_ROW):
            assert await at.outcomes() == [CallOutcome.FAILED]

        assert await at.outcomes() == [CallOutcome.BROKEN]
        assert at.server.calls.begun == FAILURES_IN_A_ROW

        at.clock.ahead += OPEN_SECONDS + 1
        at.server.manner = slow(0.2)
        first, other = await asyncio.gather(at.outcomes(), at.outcomes())
        assert sorted([*first, *other]) == [CallOutcome.ANSWERED, CallOutcome.BROKEN]
        assert await at.outcomes() == [CallOutcome.ANSWERED]


async def test_a_filter_that_a_customer_can_set_off_opens_no_breaker(database_url: str) -> None:
    async with office(database_url, rubbish(Trouble.FILTERED)) as at:
        for _ in range(FAILURES_IN_A_ROW + 1):
            assert await at.outcomes() == [CallOutcome.REFUSED]


async def test_no_more_calls_are_in_flight_than_may_be_and_who_waits_too_long_goes_on_without(
    database_url: str,
) -> None:
    async with office(database_url, slow(0.5), at_once=2) as at:
        many = await asyncio.gather(*(at.outcomes(seconds=0.9) for _ in range(6)))

        outcomes = [outcome for one in many for outcome in one]
        assert at.server.calls.most_in_flight == 2
        assert outcomes.count(CallOutcome.ANSWERED) == 2
        assert set(outcomes) <= {CallOutcome.ANSWERED, CallOutcome.BUSY, CallOutcome.TIMED_OUT}


async def test_a_failed_call_costs_nothing(database_url: str) -> None:
    async with office(database_url, failing(500)) as at:
        await at.ask()

        assert await at.spent() == Spent(0, Decimal(0), 1)


async def test_processes_together_never_spend_more_than_the_day_has(database_url: str) -> None:
    """Two processes with connections of their own, forty calls at a time; a third one starts when all is spent."""
    async with office(database_url) as one, office(database_url) as other:
        reserved = await one.budget.reserve(ACCOUNT, PROMPT, None)
        assert reserved is not None
        day = reserved.tokens * 11
        budgets = [Budget(at.db, tokens_a_day=day, money_a_day=None) for at in (one, other)]

        got = await asyncio.gather(*(budgets[n % 2].reserve(ACCOUNT, PROMPT, None) for n in range(40)))

        assert sum(one is not None for one in got) == 10  # and the first one before
        assert (await one.spent()).tokens == day
        assert await Budget(other.db, tokens_a_day=day, money_a_day=None).reserve(ACCOUNT, PROMPT, None) is None


async def test_money_is_a_limit_of_its_own_and_another_line_has_its_own(database_url: str) -> None:
    async with office(database_url) as at:
        budget = Budget(at.db, tokens_a_day=None, money_a_day=Decimal("0.0005"))

        assert await budget.reserve(ACCOUNT, PROMPT, PRICE) is not None
        assert await budget.reserve(ACCOUNT, PROMPT, PRICE) is None
        assert await budget.reserve(Account(1, UUID(int=8), ACCOUNT.day), PROMPT, PRICE) is not None
        assert await budget.reserve(Account(1, ACCOUNT.line_id, date(2026, 11, 24)), PROMPT, PRICE) is not None


async def test_the_books_wait_for_no_disk_and_nothing_else_is_relaxed(database_url: str) -> None:
    """Every call of a line locks one row: who waited there for a standby would hold up all of its customers."""
    writes = (
        lambda tx: model_spending.reserve(tx, ACCOUNT, 10, Decimal(0), None, None),
        lambda tx: model_spending.settle(tx, ACCOUNT, -5, Decimal(0)),
    )
    async with office(database_url) as at:
        for write in writes:
            async with at.db.transaction() as tx:
                await write(tx)
                assert await tx.fetchval("SHOW synchronous_commit") == "off"
            async with at.db.connection() as tx:
                assert await tx.fetchval("SHOW synchronous_commit") == "on"
        assert (await at.spent()).tokens == 5


async def test_over_budget_nobody_is_asked(database_url: str) -> None:
    async with office(database_url, tokens_a_day=10, fallbacks=("second",)) as at:
        assert await at.outcomes() == [CallOutcome.OVER_BUDGET]
        assert at.server.calls.begun == 0


async def test_without_the_database_nobody_is_asked(database_url: str) -> None:
    async with office(database_url) as at:
        at.db.terminate()

        assert await at.outcomes() == [CallOutcome.NO_BUDGET_KNOWN]
        assert at.server.calls.begun == 0


async def test_a_model_holds_no_connection_while_it_thinks(database_url: str) -> None:
    """One connection in all: it is free while the model is silent."""
    thinks = asyncio.Event()

    def manner(_: Asked) -> Manner:
        thinks.set()
        return slow(0.5)

    async with office(database_url, manner) as at:
        db = await connect(database_url, name="one", most=1, for_steps=True)
        caller = Caller(
            open_models(Settings(llm_model="first", llm_base_url=at.server.base_url, llm_api_key=SecretStr(KEY))),
            Budget(db, tokens_a_day=None, money_a_day=None),
            at_once=1,
        )
        thinking = asyncio.create_task(caller.ask(PROMPT, ACCOUNT, at.clock() + 20))
        await thinks.wait()

        async with db.connection() as tx:
            assert await tx.fetchval("SELECT 1") == 1
            assert at.server.calls.in_flight == 1
        assert (await thinking).value is not None
        await db.close()


@pytest.mark.parametrize(
    ("manner", "key", "ok", "line"),
    [
        (GOOD, KEY, True, "answers in "),
        (failing(503), KEY, False, "it does not answer ("),
        (GOOD, "wrong", False, "HTTP 401"),
        (rubbish(), KEY, False, "not with the JSON that it is asked for"),
        (slow(0.4), KEY, False, "a turn has 0.5 s for two calls"),
    ],
)
async def test_doctor_says_whether_the_model_answers(manner: Manner, key: str, ok: bool, line: str) -> None:
    async with ModelServer(lambda asked: {"greeting": "hello"}, manner=manner) as server:
        settings = Settings(
            llm_model=MODEL, llm_base_url=server.base_url, llm_api_key=SecretStr(key), llm_deadline_ms=500
        )

        (check,) = await ask_models(settings)

    assert (check.ok, check.name) == (ok, f"language model {MODEL}")
    assert line in check.line
    assert "wrong" not in check.line


async def test_doctor_says_nothing_of_models_where_none_is_set() -> None:
    assert await ask_models(Settings()) == []


async def test_who_waited_for_a_slot_too_long_is_not_asked_any_more_and_it_is_not_the_models_fault(
    database_url: str,
) -> None:
    """What a model cannot answer in the time that is left would hold a slot for nothing, and open its breaker."""
    async with office(database_url, slow(0.4), at_once=1) as at:
        for _ in range(3):
            assert await at.outcomes() == [CallOutcome.ANSWERED]

        waited = await asyncio.gather(*(at.outcomes(seconds=0.6) for _ in range(2 * FAILURES_IN_A_ROW)))

        assert sorted(outcome for one in waited for outcome in one).count(CallOutcome.BUSY) == len(waited) - 1
        assert at.server.calls.begun == 4
        assert await at.outcomes() == [CallOutcome.ANSWERED]
        assert (await at.spent()).tokens == sum(call.input_tokens + call.output_tokens for call in at.server.calls.done)


async def test_a_model_that_got_its_question_late_is_not_at_fault_and_one_that_had_its_time_is(
    database_url: str,
) -> None:
    many = FAILURES_IN_A_ROW
    async with office(database_url, Manner(Trouble.SILENCE), at_once=many) as at:
        holding = [asyncio.create_task(at.outcomes()) for _ in range(many)]
        await under_way(at, many)
        waiting = [asyncio.create_task(at.outcomes(seconds=3.0)) for _ in range(many)]
        await asyncio.sleep(0)  # each of them looks at the clock
        at.clock.ahead += 1.6
        for task in holding:
            task.cancel()
        assert await asyncio.gather(*waiting) == [[CallOutcome.TIMED_OUT]] * many
        at.server.script(GOOD)
        assert await at.outcomes() == [CallOutcome.ANSWERED]

        assert (
            await asyncio.gather(*(at.outcomes(seconds=0.5) for _ in range(many))) == [[CallOutcome.TIMED_OUT]] * many
        )
        assert await at.outcomes(seconds=0.5) == [CallOutcome.BROKEN]


async def under_way(at: Office, count: int) -> None:
    async with asyncio.timeout(10):
        while at.server.calls.in_flight < count:  # noqa: ASYNC110 - counted on the other side of a socket
            await asyncio.sleep(0.01)
