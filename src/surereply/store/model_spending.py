"""What language models took of a line's day, in tokens and money: one row that all processes share.

All calls of a line lock that row, so neither statement waits for disk or standby: what commits here is seen by
everybody at once, and a crash of the database forgets at most the last moment of a day's books.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from surereply.store.database import Tx


@dataclass(frozen=True, slots=True)
class Account:
    """Whose budget a call is taken from: a line's, on a day in its time zone."""

    bucket: int
    line_id: UUID
    day: date


@dataclass(frozen=True, slots=True)
class Spent:
    tokens: int
    money: Decimal
    calls: int


async def reserve(
    tx: Tx, account: Account, tokens: int, money: Decimal, most_tokens: int | None, most_money: Decimal | None
) -> bool:
    """Set aside what a call may take at most; False where that is more than is left of the day.

    Reserved first and settled later: no two processes spend the same rest, and one that dies overspends nothing.
    """
    if (most_tokens is not None and tokens > most_tokens) or (most_money is not None and money > most_money):
        return False
    row = await tx.fetchval(
        """
        INSERT INTO model_spending AS s (bucket, line_id, day, tokens, money, calls)
        SELECT $1::smallint, $2::uuid, $3::date, $4::bigint, $5::numeric, 1
          FROM set_config('synchronous_commit', 'off', true)
            ON CONFLICT (bucket, line_id, day) DO UPDATE
           SET tokens = s.tokens + excluded.tokens, money = s.money + excluded.money, calls = s.calls + 1
         WHERE s.tokens + excluded.tokens <= coalesce($6::bigint, s.tokens + excluded.tokens)
           AND s.money + excluded.money <= coalesce($7::numeric, s.money + excluded.money)
        RETURNING true
        """,
        account.bucket,
        account.line_id,
        account.day,
        tokens,
        money,
        most_tokens,
        most_money,
    )
    return row is True


async def settle(tx: Tx, account: Account, tokens: int, money: Decimal) -> None:
    """Put right what was reserved: `tokens` and `money` are the difference, mostly less than nothing."""
    await tx.execute(
        """
        UPDATE model_spending SET tokens = GREATEST(tokens + $4, 0), money = GREATEST(money + $5, 0)
          FROM set_config('synchronous_commit', 'off', true)
         WHERE bucket = $1 AND line_id = $2 AND day = $3
        """,
        account.bucket,
        account.line_id,
        account.day,
        tokens,
        money,
    )


async def spent(tx: Tx, account: Account) -> Spent:
    """What the day has taken so far, what is in flight included."""
    row = await tx.fetchrow(
        "SELECT tokens, money, calls FROM model_spending WHERE bucket = $1 AND line_id = $2 AND day = $3",
        account.bucket,
        account.line_id,
        account.day,
    )
    return Spent(row["tokens"], row["money"], row["calls"]) if row else Spent(0, Decimal(0), 0)
