"""Names as WhatsApp makes them, from a seed, so that a run replays."""

import base64
import random
from itertools import count


class Ids:
    """Makes ids of messages, media, users and traces; the same seed gives the same sequence."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"ids:{seed}")
        self._numbers = count(1)

    def wamid(self) -> str:
        # The number keeps ids apart even if two random parts should meet.
        raw = self._random.randbytes(12) + next(self._numbers).to_bytes(6, "big")
        return "wamid.HBgM" + base64.b64encode(raw).decode()

    def media_id(self) -> str:
        return str(self._random.randrange(10**14, 10**15))

    def bsuid(self, country: str = "US") -> str:
        """A business-scoped user id: the customer's country, a dot, digits."""
        return f"{country}.{self._random.randrange(10**19, 10**20)}"

    def trace(self) -> str:
        return "A" + base64.b64encode(self._random.randbytes(15)).decode().replace("/", "_").replace("+", "-")
