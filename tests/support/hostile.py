"""Customers who mean harm: names and words that are markup, scripts, endless, unseen, or turn the writing round."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from support.showcase import Business
from surereply.admin.assignment import assign
from surereply.admin.handover import take_over
from surereply.lab.faults import Harm, code, lost
from surereply.lab.phones import Phone
from surereply.store.database import connect

OWNS = "window.owned=true"
MARKUP = (
    f"<script>{OWNS}</script>",
    f'<img src=x onerror="{OWNS}">',
    f'"><svg onload="{OWNS}">',
    f"' autofocus onfocus='{OWNS}' x='",
    f'[look](javascript:{OWNS}) javascript:{OWNS} <a href="javascript:{OWNS}">look</a>',
    f'</textarea></title></style><iframe srcdoc="<script>parent.{OWNS}</script>"></iframe>',
    "{{7*7}} ${7*7} <%= 7*7 %> {% raw %} #{7*7} &lt;b&gt; &#0;",
)
ENDLESS = "W" * 4096
LONG = ("many words " * 373)[:4096]
OVERRIDE, ISOLATE, END_OF_ISOLATE = "\u202e", "\u2067", "\u2069"
TURNING = f"{END_OF_ISOLATE}{OVERRIDE}turned {ISOLATE}round"  # ends what it did not begin, begins what it never ends
UNSEEN = "\u200b\u2060\ufeff\u3164"
# As WhatsApp may write them in JSON: NUL, a lone surrogate, controls, what is no character, ends of lines.
ODD = "a\u0000b\ud800c\u001bd\ufffee\u2028f\u200bg\r\nh\ti"
OPERATOR = f"<b onclick={OWNS}>{'M' * 50}"


@dataclass(frozen=True)
class Hostile:
    """`pages`: address to words that must stand on it, each as it is."""

    pages: dict[str, tuple[str, ...]]
    scribe: Phone
    turning: Phone


async def hostile_day(business: Business) -> Hostile:
    """They write, over the webhook, and everything goes wrong with them that a page has to tell of."""
    faults = business.world.graph.faults
    scribe = business.phone("971501110001", MARKUP[2])
    turning = business.phone("971501110002", TURNING)
    endless = business.phone("971501110003", ENDLESS)
    unseen = business.phone("971501110004", UNSEEN)
    doubtful = business.phone("971501110005", MARKUP[1])
    faults.script(turning.address, [code(131026)])
    faults.script(doubtful.address, [lost(Harm.RESET, accepted=False)])
    await business.talk(scribe, "Hello, I need a PRO service to attest documents")
    for text in MARKUP:
        scribe.says(text)
    scribe.sends_document(f"{MARKUP[0]}{OVERRIDE}gpj.exe", MARKUP[1])
    scribe.sends_location(25.2, 55.3, MARKUP[2])
    for phone, texts in {
        turning: (TURNING,),
        endless: (ENDLESS, LONG),
        unseen: (UNSEEN, ODD),
        doubtful: ("hi",),
    }.items():
        for text in texts:
            phone.says(text)
    await business.world.meta.post_raw(f'{{"entry": "{MARKUP[1]} {ENDLESS}"'.encode())
    await business.until_value("SELECT count(*) FROM reply_ticket WHERE status IN ('FAILED', 'UNKNOWN')", 2)
    await business.until_value("SELECT count(*) FROM message", 1 + len(MARKUP) + 2 + 1 + 2 + 2 + 1)
    await business.until_value("SELECT count(*) FROM unread", 0)
    await business.until_value("SELECT count(*) FROM conversation_card", 5)
    await _worked_on(business, await business.conversation(scribe))
    await _fails(business, await business.conversation(turning))
    return Hostile(await _pages(business, scribe, turning, endless, unseen), scribe, turning)


async def _worked_on(business: Business, conversation_id: str) -> None:
    """An operator with a hostile name has it, and it is theirs."""
    await business.link(OPERATOR)
    operator_id = await business.value("SELECT id FROM operator")
    bucket = await business.value("SELECT bucket FROM conversation WHERE id = $1", UUID(conversation_id))
    db = await connect(business.database_url, name="test", most=1)
    try:
        now = datetime.now(UTC)
        assert await take_over(db, bucket, UUID(conversation_id), OPERATOR, now) is None
        assert await assign(db, bucket, UUID(conversation_id), operator_id, OPERATOR, now) is None
    finally:
        await db.close()


async def _fails(business: Business, conversation_id: str) -> None:
    """As if turns of it had failed; not due for years."""
    await business.execute(
        """
        INSERT INTO conversation_ticket (bucket, conversation_id, line_id, wake_at, wake_cause, attempts, last_error)
        SELECT bucket, id, line_id, now() + interval '9 years', 'follow_up', 4, 'no answer'
          FROM conversation
         WHERE id = $1
        ON CONFLICT (bucket, conversation_id) DO UPDATE SET attempts = 4, last_error = 'no answer'
        """,
        UUID(conversation_id),
    )


async def _pages(
    business: Business, scribe: Phone, turning: Phone, endless: Phone, unseen: Phone
) -> dict[str, tuple[str, ...]]:
    number = f"+{unseen.number}"
    return {
        "/": (),
        "/inbox": (MARKUP[2], OPERATOR, number),
        f"/conversations/{await business.conversation(scribe)}": (*MARKUP, OPERATOR),
        f"/conversations/{await business.conversation(turning)}": (TURNING,),
        f"/conversations/{await business.conversation(endless)}": (ENDLESS, LONG.strip()),
        f"/conversations/{await business.conversation(unseen)}": (number,),
        "/leads": (MARKUP[1], MARKUP[2], number),
        "/leads?view=board": (MARKUP[1], MARKUP[2], number),
        "/problems": (MARKUP[1],),
        "/flow": (),
        "/settings": (OPERATOR,),
    }
