"""What a person does in a conversation: one function of `admin/` each, and the page as it is afterwards."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from starlette.responses import PlainTextResponse, Response

from surereply.admin import handover, lease, settle
from surereply.admin.erase import NO_SECRET_KEY, erase_person
from surereply.admin.redelivering import Fault, Receive, Servers
from surereply.admin.refused import Refused
from surereply.admin.simulate_retry import simulate_retry
from surereply.receiver import Receiver
from surereply.store import listings
from surereply.store.database import Database
from surereply.store.delivered import Kept, Patience
from surereply.store.person import person_of
from surereply.web.asked import must_exist
from surereply.web.panel.asked import Asked
from surereply.web.panel.conversation import now
from surereply.web.panel.reading import Whole, read_whole
from surereply.web.panel.rendering import HEADERS, page, redirect
from surereply.web.parts import WebParts
from surereply.web.problems import Problem

SERVERS = 4  # that take the same delivery at the same moment


async def take_over(asked: Asked) -> Response:
    return await _done(asked, handover.take_over)


async def give_back(asked: Asked) -> Response:
    answer = await _done(asked, handover.give_back)
    asked.parts.due()
    return answer


async def release_lease(asked: Asked) -> Response:
    answer = await _done(asked, lease.release_lease)
    asked.parts.due()
    return answer


async def resend(asked: Asked) -> Response:
    return await _settled(asked, settle.resend)


async def discard(asked: Asked) -> Response:
    return await _settled(asked, settle.discard)


async def withdraw(asked: Asked) -> Response:
    return await _settled(asked, settle.withdraw)


Act = Callable[[Database, int, UUID, str, datetime], Awaitable[Refused | None]]


async def _done(asked: Asked, act: Act) -> Response:
    whole = await read_whole(asked.parts, asked.id("id"))
    refused = await act(asked.parts.db, whole.bucket, whole.row.id, asked.name, asked.parts.clock())
    return refused_now(asked, refused) if refused else await _as_it_is(asked, whole)


async def _settled(asked: Asked, act: Act) -> Response:
    """From a conversation its parts come back; from the list of problems the row that is left."""
    async with asked.parts.db.connection() as tx:
        found = await listings.reply(tx, asked.parts.directory.buckets(), asked.id("id"))
    bucket, reply = must_exist(found, "reply")
    refused = await act(asked.parts.db, bucket, reply.id, asked.name, asked.parts.clock())
    if refused:
        return refused_now(asked, refused)
    asked.parts.owed()
    if asked.form.get("from") == "problems":
        return Response("", headers={**HEADERS, "HX-Trigger": "problems-changed"})
    return now(asked, await read_whole(asked.parts, reply.conversation_id))


def refused_now(asked: Asked, refused: Refused) -> Response:
    """409 with a line for the screen."""
    sentence = asked.texts.table.get(f"refused.{refused.code}", refused.sentence)
    return PlainTextResponse(sentence, 409, headers={**HEADERS, "X-Code": refused.code})


async def _as_it_is(asked: Asked, whole: Whole) -> Response:
    return now(asked, await read_whole(asked.parts, whole.row.id))


async def simulate(asked: Asked) -> Response:
    """What the three layers did with a second copy; nothing is sent. `fault` is how it came: a live line is not harmed
    by any, but everything beyond a plain repetition is the lab's."""
    fault = asked.form.get("fault", Fault.REPEATED.value)
    if fault not in list(Fault):
        raise Problem(422, "invalid", "there is no such fault")
    if fault != Fault.REPEATED and not asked.parts.is_lab:
        raise Problem(409, "live_line", asked.texts("faults.live"))
    whole = await read_whole(asked.parts, asked.id("id"))
    parts = asked.parts
    line = must_exist(whole.line, "line")
    credentials = parts.directory.credentials(line.id)
    outcome = await simulate_retry(
        parts.db,
        whole.bucket,
        whole.row.id,
        line,
        credentials.app_secret if credentials else None,
        Servers(_receiving(parts.receiver), tuple(_receiving(one) for one in _servers(parts))),
        parts.directory.hash_of,
        parts.clock(),
        Fault(fault),
    )
    refused = outcome if isinstance(outcome, Refused) else None
    return page(asked, "simulated.html", fault=fault, outcome=None if refused else outcome, refused=refused)


def _servers(parts: WebParts) -> list[Receiver]:
    """As many as would run side by side: they share the database alone, so each takes a delivery in a transaction."""
    return [Receiver(parts.db, parts.directory, parts.clock, Patience()) for _ in range(SERVERS)]


def _receiving(receiver: Receiver) -> Receive:
    async def receive(raw: bytes, signature: str) -> Kept:
        return await receiver.receive(raw, signature, simulated=True)

    return receive


async def ask_erasure(asked: Asked) -> Response:
    whole = await read_whole(asked.parts, asked.id("id"))
    return page(asked, "erasure.html", whole=whole, problem=None)


async def erase(asked: Asked) -> Response:
    """Only with the number typed in: it cannot be taken back."""
    whole = await read_whole(asked.parts, asked.id("id"))
    if "".join(asked.form.get("number", "").split()) != whole.number:
        return page(asked, "erasure.html", 422, whole=whole, problem=asked.texts("erasure.other_number"))
    if not asked.parts.directory.has_secret_key:
        return page(asked, "erasure.html", 409, whole=whole, problem=NO_SECRET_KEY.sentence)
    async with asked.parts.db.connection() as tx:
        person = await person_of(tx, whole.bucket, whole.row.id)
    if person is None:
        raise Problem(404, "not_found", "there is no such contact")
    outcome = await erase_person(asked.parts.db, person, asked.parts.directory.hash_of, asked.name, asked.parts.clock())
    if isinstance(outcome, Refused):
        return page(asked, "erasure.html", 409, whole=whole, problem=outcome.sentence)
    return redirect("/inbox", by_htmx=asked.by_htmx)
