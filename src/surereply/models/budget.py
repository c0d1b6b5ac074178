"""A line's budget for a day, in tokens and in money, held in the database so that all processes share it."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal

import asyncpg
import structlog

from surereply.config import Price
from surereply.models.providers import Prompt
from surereply.store import model_spending
from surereply.store.database import CONNECTION_LOST, Database
from surereply.store.model_spending import Account

log = structlog.get_logger()

CHARACTERS_A_TOKEN = 2  # fewer than any language takes on average: what is reserved is rather too much
A_MILLION = 1_000_000
DATABASE_TROUBLE = (*CONNECTION_LOST, asyncpg.PostgresError, TimeoutError)


class BudgetUnknown(Exception):
    """The database does not answer, so nobody knows what is left of the day."""


@dataclass(frozen=True, slots=True)
class Reserved:
    account: Account
    tokens: int
    money: Decimal
    price: Price | None


class Budget:
    """Reserves before a call what it may take, and settles afterwards what it took."""

    def __init__(self, db: Database, *, tokens_a_day: int | None, money_a_day: Decimal | None) -> None:
        """None: no limit; it is counted all the same."""
        self._db = db
        self._tokens_a_day = tokens_a_day
        self._money_a_day = money_a_day
        self._settling: set[asyncio.Task[None]] = set()

    async def reserve(self, account: Account, prompt: Prompt, price: Price | None) -> Reserved | None:
        """None where the day's rest is too small. Raises `BudgetUnknown`."""
        sent = len(prompt.instructions) + len(prompt.data) + len(str(prompt.schema))
        reading = sent // CHARACTERS_A_TOKEN
        money = cost_of(price, reading, prompt.most_tokens) or Decimal(0)
        reserved = Reserved(account, reading + prompt.most_tokens, money, price)
        try:
            async with self._db.statement() as tx:
                fits = await model_spending.reserve(
                    tx, account, reserved.tokens, money, self._tokens_a_day, self._money_a_day
                )
        except DATABASE_TROUBLE as error:
            raise BudgetUnknown from error
        return reserved if fits else None

    def settle(self, reserved: Reserved, input_tokens: int, output_tokens: int) -> None:
        """Beside the turn: no customer waits for our books."""
        money = cost_of(reserved.price, input_tokens, output_tokens) or Decimal(0)
        difference = input_tokens + output_tokens - reserved.tokens, money - reserved.money
        task = asyncio.create_task(self._settle(reserved.account, *difference))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _settle(self, account: Account, tokens: int, money: Decimal) -> None:
        try:
            async with self._db.statement() as tx:
                await model_spending.settle(tx, account, tokens, money)
        except DATABASE_TROUBLE as error:
            # What was reserved stays counted: rather too much than too little.
            log.info("model.not_settled", line_id=str(account.line_id), error=type(error).__name__)

    async def close(self) -> None:
        """Return when everything is settled."""
        while self._settling:
            await asyncio.wait(self._settling)


class NoBudget:
    """For an owner who tries a model at a terminal: nothing is counted, nothing is refused."""

    async def reserve(self, account: Account, prompt: Prompt, price: Price | None) -> Reserved | None:
        return Reserved(account, 0, Decimal(0), price)

    def settle(self, reserved: Reserved, input_tokens: int, output_tokens: int) -> None:
        """There are no books."""

    async def close(self) -> None:
        """There is nothing to wait for."""


def cost_of(price: Price | None, input_tokens: int, output_tokens: int) -> Decimal | None:
    """In the currency of the price; None without one."""
    if price is None:
        return None
    return (price.input * input_tokens + price.output * output_tokens) / A_MILLION
