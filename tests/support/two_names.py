"""One customer whom we take for two: by number here, by BSUID there, until a message shows both."""

from support.shop import Shop
from surereply.lab.phones import Phone

NUMBER = "971501234567"
BSUID = "AE.13491208655302741918"
FAMILY = "Hello, I need a family visa"
MAIL = "My e-mail is a@example.com"


async def two_conversations(shop: Shop) -> tuple[Phone, Phone]:
    """One customer whom we take for two: asked twice under the number, once under the BSUID."""
    by_number, by_bsuid = shop.phone(NUMBER), shop.phone(None, bsuid=BSUID)
    for phone, words in ((by_number, FAMILY), (by_number, "I am employed"), (by_bsuid, MAIL)):
        phone.says(words)
        await shop.settle()
    return by_number, by_bsuid


def with_both(shop: Shop, phone: Phone) -> Phone:
    """The same customer, whose messages now show both names."""
    phone.bsuid, phone.shows_bsuid = BSUID, True
    shop.world.moved(phone)
    return phone
