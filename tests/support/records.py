"""What the tables say, for a test to compare with what the phones show."""

import json
from typing import Any

from support.shop import Shop
from surereply.lab.phones import Phone

EVERYTHING = (
    "delivery",
    "message",
    "inbound_key",
    "unread",
    "conversation_ticket",
    "contact",
    "conversation",
    "quarantine",
    "report",
)


async def count(shop: Shop, table: str, where: str = "true", *args: Any) -> int:
    found: int = await shop.value(f"SELECT count(*) FROM {table} WHERE {where}", *args)
    return found


async def counts(shop: Shop, *tables: str) -> dict[str, int]:
    return {table: await count(shop, table) for table in tables or EVERYTHING}


async def lead_of(shop: Shop, phone: Phone) -> Any:
    """The row of the lead that the phone's conversation is about; None where there is none."""
    conversation = await shop.conversation_of(phone)
    rows = await shop.fetch("SELECT * FROM lead WHERE id = $1", conversation["lead_id"])
    return rows[0] if rows else None


async def known(shop: Shop, phone: Phone) -> dict[str, Any]:
    """What is known of the customer's enquiry: field to value."""
    lead = await lead_of(shop, phone)
    return {name: field["value"] for name, field in json.loads(lead["fields"]).items()}


async def suggested(shop: Shop, phone: Phone) -> dict[str, Any]:
    lead = await lead_of(shop, phone)
    return {name: field["value"] for name, field in json.loads(lead["suggestions"]).items()}


async def unexplained(shop: Shop) -> list[str]:
    """Messages that name neither exactly one turn nor a reason why they need none; must stay empty."""
    rows = await shop.fetch(
        """
        SELECT m.wamid, m.needs_no_turn, (SELECT count(*) FROM turn t WHERE m.id = ANY(t.message_ids)) AS turns
          FROM message m
        """
    )
    return [row["wamid"] for row in rows if row["turns"] != (0 if row["needs_no_turn"] else 1)]


async def at_rest(shop: Shop) -> bool:
    """No message is unread, no reply is owed, and no copy of a reply was sent."""
    open_work = await counts(shop, "unread", "reply_ticket", "collision", "merge_ticket")
    return not any(open_work.values()) and not shop.world.graph.ledger.sent_twice()
