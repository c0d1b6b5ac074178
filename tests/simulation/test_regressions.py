"""Bugs that seeds have found, each as the shortest way to it."""

from datetime import timedelta

from support.records import at_rest, counts
from support.shop import open_shop
from support.talk import replies
from surereply.admin.handover import give_back, take_over


async def test_what_a_set_time_gives_back_is_answered_also_after_a_person_gave_the_conversation_back(
    database_url: str,
) -> None:
    """Seed 39: the act of the first giving back stayed on the ticket, so the second one owed its reply under a used
    key, and the customer's question was never put again."""
    async with open_shop(database_url, flow="clinic") as shop:
        phone = shop.phone()
        phone.says("hi, it is about pull a tooth")
        await shop.settle()
        conversation = await shop.conversation_of(phone)
        await take_over(shop.process.db, shop.bucket, conversation["id"], "Nadia", shop.clock())
        shop.clock.advance(minutes=10)
        await give_back(shop.process.db, shop.bucket, conversation["id"], "Nadia", shop.clock())
        await shop.settle()
        phone.says("can I speak to a person please?")
        await shop.settle()
        said_so_far = len(phone.texts)

        shop.clock.advance(hours=12)
        await shop.settle(wait=timedelta(minutes=1))

        assert len(phone.texts) == said_so_far + 1
        assert "pain" in phone.texts[-1]
        assert {row["status"] for row in await replies(shop, phone)} == {"SENT"}
        assert (await counts(shop, "collision"))["collision"] == 0
        assert await at_rest(shop)
