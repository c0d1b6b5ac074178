"""The demo's counters, each shown what it has to find, on phones and a ledger without any business behind them."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from surereply.lab.customers import Customer
from surereply.lab.demo.lists import Lists
from surereply.lab.demo.proposals import rows_of
from surereply.lab.demo.verdict import Verdict, judge
from surereply.lab.personas import Temper, make_persona
from surereply.lab.reading import Sense
from surereply.lab.stage.business import Business, make_businesses
from surereply.lab.stage.office import AdminApi, LeadWatcher, Operator, Unanswered, known_fields
from surereply.lab.witness import waiting
from surereply.lab.world import World

NUMBER = "971500000001"
REPLY = "01930000-0000-7000-8000-00000000000{}"


class Office:
    """The admin API's rows, as a test wants them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict]] = {"leads": [], "replies": []}
        self.resent: list[str] = []
        self.answers = True

    async def all(self, resource: str, **query: str) -> list[dict]:
        if not self.answers:
            raise Unanswered
        return self.rows[resource]

    async def resend(self, reply_id: str) -> bool:
        self.resent.append(reply_id)
        return True


class Talk:
    """One customer, and a business that is played by the test."""

    def __init__(self, business: Business) -> None:
        self.world = World(deliver=self._deliver, lines=[business.line], by_hand=True)
        self.flow = business.flow
        self.office = Office()
        self.watcher = LeadWatcher(self.office)  # type: ignore[arg-type]
        persona = make_persona(business.flow, 0, 1, datetime(2026, 11, 23, tzinfo=UTC).date(), Temper.PLAIN)
        self.customer = Customer(self.world.phone(NUMBER, line=business.line), business.flow, persona, 1)
        self.consented: set[str] = set()
        self.lists: dict = {}

    async def _deliver(self, body: bytes, headers: Mapping[str, str]) -> int:
        return 200

    async def says(self, text: str = "hello") -> str:
        said = self.customer.phone.says(text)
        await self.world.deliver()
        return said.wamid

    async def answers(self, text: str, reply: int, attempt: int = 1) -> None:
        line = self.world.lines[0]
        body = {
            "messaging_product": "whatsapp",
            "to": NUMBER,
            "type": "text",
            "text": {"body": text},
            "biz_opaque_callback_data": f"v1.7.{REPLY.format(reply)}.{attempt}",
        }
        answer = await self.world.post_message(line.phone_number_id, line.access_token, body)
        assert answer.http_status == 200

    def verdict(self) -> Verdict:
        kept = frozenset(said.wamid for said in self.customer.phone.said)
        lists = Lists(**{"kept": kept, "customers": {"c1": NUMBER}, **self.lists})
        return judge(self.world, [self.customer], lists, self.watcher, self.consented)


@pytest.fixture(scope="module")
def business() -> Business:
    return make_businesses()[0]


@pytest.fixture
def talk(business: Business) -> Talk:
    return Talk(business)


def lead(**fields: object) -> dict:
    return {
        "id": "l1",
        "conversation_id": "c1",
        "service_type_enum": "FAMILY_VISA",
        "fields": {name: {"value": value} for name, value in fields.items()},
    }


async def test_an_answer_to_each_message_holds(talk: Talk) -> None:
    await talk.says()
    await talk.answers("What is your name?", 1)
    await talk.says("Sara")
    await talk.answers("Thank you", 2)

    assert talk.verdict().held


async def test_a_reply_accepted_twice_counts_unless_a_person_consented(talk: Talk) -> None:
    await talk.says()
    await talk.answers("What is your name?", 1)
    await talk.answers("What is your name?", 1, attempt=2)

    assert len(talk.verdict().sent_twice) == 1
    talk.consented.add(REPLY.format(1).replace("-", ""))
    assert talk.verdict().held


async def test_two_replies_to_one_message_count_whatever_their_ids(talk: Talk) -> None:
    await talk.says()
    await talk.answers("What is your name?", 1)
    await talk.answers("Where do you live?", 2)
    await talk.says("Sara")
    await talk.says("in Dubai")

    assert len(talk.verdict().sent_twice) == 1


async def test_a_message_without_an_answer_is_lost_unless_it_stands_on_a_list(talk: Talk) -> None:
    await talk.says()

    assert waiting([talk.customer]) == [talk.customer]
    assert len(talk.verdict().lost) == 1
    talk.lists["open_work"] = frozenset({NUMBER})
    assert talk.verdict().held


async def test_a_message_that_was_acknowledged_and_not_kept_is_lost(talk: Talk) -> None:
    await talk.says()
    await talk.answers("What is your name?", 1)
    talk.lists["kept"] = frozenset()

    assert [finding.partition(":")[0] for finding in talk.verdict().lost] == ["acknowledged, and not kept"]


async def test_a_promised_person_of_whom_nobody_was_told_is_a_loss(talk: Talk) -> None:
    await talk.says()
    await talk.answers(talk.flow.texts.handover["en"], 1)
    assert talk.customer.reacts()
    assert talk.customer.ended is Sense.HANDOVER

    assert len(talk.verdict().lost) == 1
    talk.lists["with_person"] = frozenset({NUMBER})
    assert talk.verdict().held


@pytest.mark.parametrize("empty", [None, "", [], {}])
async def test_a_field_that_was_known_and_is_empty_later_is_wiped(talk: Talk, empty: object) -> None:
    talk.office.rows["leads"] = [lead(full_name="Sara Khan")]
    await talk.watcher.look()
    talk.office.rows["leads"] = [lead(full_name=empty)]
    await talk.watcher.look()
    talk.office.rows["leads"] = [lead(full_name="Sara Khan")]
    await talk.watcher.look()

    assert len(talk.verdict().wiped) == 1


async def test_a_look_that_nobody_answers_wipes_nothing(talk: Talk) -> None:
    talk.office.rows["leads"] = [lead(full_name="Sara Khan")]
    await talk.watcher.look()
    talk.office.answers = False
    await talk.watcher.look()

    assert talk.verdict().held
    assert known_fields(talk.watcher.leads[0]) == {"full_name": "Sara Khan"}


async def test_a_known_field_that_the_summary_leaves_out_is_wiped(talk: Talk) -> None:
    closing = talk.flow.texts.closing["en"].replace("{name}", "Sara")
    talk.office.rows["leads"] = [lead(full_name="Sara Khan")]
    await talk.watcher.look()
    await talk.says()
    await talk.answers(closing.replace("{summary}", "• Service: Family visa"), 1)
    assert talk.customer.reacts()

    assert talk.customer.ended is Sense.CLOSING
    assert [finding.partition(" ")[0] for finding in talk.verdict().wiped] == ["full_name"]


async def test_more_questions_than_the_flow_allows_are_counted_on_the_phone(talk: Talk) -> None:
    fields = [field for field in talk.flow.fields.values() if "en" in field.question]
    asked = [field.question["en"] for field in fields[: talk.flow.limits.max_questions + 1]]
    for number, question in enumerate(asked):
        await talk.says(str(number))
        await talk.answers(question, number)

    assert len(talk.verdict().over_limit) == 1


async def test_the_same_question_in_other_words_is_no_further_question(talk: Talk) -> None:
    name = talk.flow.fields["full_name"]
    for number in range(talk.flow.limits.max_questions + 1):
        await talk.says(str(number))
        await talk.answers((name.clarification if number % 2 else name.question)["en"], number)

    assert talk.verdict().held


async def test_the_operator_waits_for_the_echo_and_looks_at_the_phone_before_sending_again() -> None:
    office, told = Office(), list[str]()
    on_phone = {REPLY.format(1).replace("-", "")}
    api: AdminApi = office  # type: ignore[assignment]
    patient = Operator(api, 60.0, lambda name: name in on_phone, told.append)
    operator = Operator(api, 0.0, lambda name: name in on_phone, told.append)
    office.rows["replies"] = [{"id": REPLY.format(number), "status": "UNKNOWN"} for number in (1, 2)]

    await patient.look()
    assert office.resent == []
    await operator.look()
    assert office.resent == [REPLY.format(2)]
    assert operator.resent == [REPLY.format(2).replace("-", "")]


async def test_a_reply_on_its_way_is_left_alone() -> None:
    office, told = Office(), list[str]()
    operator = Operator(office, 0.0, lambda name: False, told.append)  # type: ignore[arg-type]
    office.rows["replies"] = [{"id": REPLY.format(1), "status": status} for status in ("SENDING",)]

    await operator.look()

    assert office.resent == []
    assert told == []


def test_the_table_counts_what_a_model_proposed_and_what_became_of_it() -> None:
    first = {
        "calls": [{"outcome": "answered"}, {"outcome": "timed_out"}],
        "proposals": [{"kind": "fact", "fate": fate} for fate in ("taken", "agreed", "unsure", "not_quoted")]
        + [{"kind": "signal", "fate": "taken"}],
        "wordings": [{"refusals": []}, {"refusals": ["number", "promise"]}],
    }
    second = {"calls": [{"outcome": "answered"}], "proposals": [], "wordings": [{"refusals": ["number"]}]}

    assert rows_of([first, second]) == [
        ("model calls, answered", "3, 2"),
        ("  not answered", "timed out 1"),
        ("facts proposed, taken, known already", "4, 1, 1"),
        ("  asked about, refused", "1, 1"),
        ("rewordings proposed, sent, refused", "3, 1, 2"),
        ("  refused for", "number 2, promise 1"),
    ]
