"""`surereply serve` with one bug planted in it, as a process: what a demo has to catch. `planted.py BUG`."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from surereply import cli, thinking
from surereply.domain.flow import Flow
from surereply.domain.outcome import Outcome, Verdict
from surereply.domain.turn import take_turn
from surereply.domain.turn_values import Turn, TurnInput
from surereply.store import directory
from surereply.whatsapp.client import WhatsAppClient

send_once = WhatsAppClient.send
parse_flow = directory.parse_flow
numbers = count(1)


async def send_again(
    self: WhatsAppClient, phone_number_id: str, token: str, body: Mapping[str, Any], deadline: float
) -> Outcome:
    """A doubt is taken for a failure, and the reply is sent once more."""
    outcome = await send_once(self, phone_number_id, token, body, deadline)
    if outcome.verdict is Verdict.UNKNOWN:
        return await send_once(self, phone_number_id, token, body, deadline)
    return outcome


async def swallow(
    self: WhatsAppClient, phone_number_id: str, token: str, body: Mapping[str, Any], deadline: float
) -> Outcome:
    """Every fourth reply is written down as sent, and is not."""
    number = next(numbers)
    if number % 4 == 0:
        return Outcome(Verdict.ACCEPTED, wamid=f"wamid.swallowed.{number}")
    return await send_once(self, phone_number_id, token, body, deadline)


def forget(given: TurnInput) -> Turn:
    """What was known is forgotten with the third question."""
    turn = take_turn(given)
    if turn.conversation.questions_asked_count == 3:
        return replace(turn, lead=replace(turn.lead, fields={}))
    return turn


def ask_on(source: str, name: str) -> Flow:
    """Everything is asked, and the flow's limit does not count."""
    flow = parse_flow(source, name)
    services = {key: one.model_copy(update={"needs": tuple(flow.fields)}) for key, one in flow.services.items()}
    limits = flow.limits.model_copy(update={"max_questions": 20})
    return flow.model_copy(update={"limits": limits, "services": services})


BUGS: dict[str, Callable[[], None]] = {
    "sends_again": lambda: setattr(WhatsAppClient, "send", send_again),
    "swallows": lambda: setattr(WhatsAppClient, "send", swallow),
    "forgets": lambda: setattr(thinking, "take_turn", forget),
    "asks_on": lambda: setattr(directory, "parse_flow", ask_on),
}

if __name__ == "__main__":
    BUGS[sys.argv[1]]()
    sys.argv[1:] = ["serve"]
    cli.main()
