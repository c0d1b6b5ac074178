"""The lab without sockets, for tests: a business that only listens, and sends to one customer."""

import json
from collections.abc import Mapping

from surereply.lab.graph import Answer
from surereply.lab.world import World

NUMBER = "971500000001"


class Inbox:
    """A business that keeps every item it is told of."""

    def __init__(self) -> None:
        self.messages: list[dict] = []
        self.statuses: list[dict] = []
        self.echoes: list[dict] = []
        self.contacts: list[dict] = []

    async def deliver(self, body: bytes, headers: Mapping[str, str]) -> int:
        for entry in json.loads(body)["entry"]:
            for change in entry["changes"]:
                self.messages += change["value"].get("messages", [])
                self.statuses += change["value"].get("statuses", [])
                self.echoes += change["value"].get("message_echoes", [])
                self.contacts += change["value"].get("contacts", [])
        return 200


async def send(world: World, text: str = "Hello", **more: object) -> Answer:
    body = {
        "messaging_product": "whatsapp",
        **({} if "recipient" in more else {"to": NUMBER}),
        "type": "text",
        "text": {"body": text},
        "biz_opaque_callback_data": "v1.7.01930000-0000-7000-8000-000000000001.1",
        **more,
    }
    line = world.lines[0]
    return await world.post_message(line.phone_number_id, line.access_token, body)
