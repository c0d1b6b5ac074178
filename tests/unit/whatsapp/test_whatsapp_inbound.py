"""Reading a delivery that is not as it should be: nothing raises, nothing is lost, nothing spoils another."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.faults import fault
from surereply.domain.message import Identifier, IdentifierKind, MessageKind
from surereply.whatsapp.delivery import Delivery, InboundMessage
from surereply.whatsapp.inbound import parse_delivery

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LINE = "106540352242922"
TEXT = {
    "from": "971500000042",
    "id": "wamid.1",
    "timestamp": "1795420000",
    "type": "text",
    "text": {"body": "hello"},
}


def read(raw: bytes) -> Delivery:
    return parse_delivery(raw, NOW, uuid4)


def body(*messages: Any, **value: Any) -> bytes:
    value = {"metadata": {"phone_number_id": LINE}, "messages": list(messages)} | value
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def read_one(*messages: Any, **value: Any) -> InboundMessage:
    delivery = read(body(*messages, **value))
    assert len(delivery.messages) == 1
    return delivery.messages[0]


def test_everything_in_a_batch_is_read_and_a_bad_item_spoils_no_other(payload: Any) -> None:
    """IN-4, IN-8, IN-9."""
    delivery = read(payload("batch"))

    assert [inbound.message.text for inbound in delivery.messages] == ["first", "third", "fourth", "fifth"]
    assert [report.status for report in delivery.reports] == ["sent", "read"]
    assert [inbound.phone_number_id[-1] for inbound in delivery.messages] == ["2", "2", "2", "3"]
    assert [inbound.profile_name for inbound in delivery.messages][:2] == ["Layla Haddad", "Omar"]
    assert [quarantined.reason for quarantined in delivery.quarantined] == [
        "message without a sender",
        "status that cannot be read",
        "change of an unknown field",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from(
    [
        "from",
        "from_user_id",
        "id",
        "timestamp",
        "type",
        "text",
        "image",
        "interactive",
        "system",
        "context",
        "referral",
        "contacts",
        "location",
        "reaction",
        "order",
        "errors",
        "status",
        "recipient_id",
        "to",
    ]
)
TYPES = st.sampled_from(["text", "image", "interactive", "system", "contacts", "location", "reaction", "order"])
ITEM = st.dictionaries(MEMBERS, JSON | TYPES, max_size=8) | JSON
VALUES = st.dictionaries(
    st.sampled_from(["metadata", "contacts", "messages", "statuses", "errors", "message_echoes", "user_preferences"]),
    st.lists(ITEM, max_size=3) | st.just({"phone_number_id": LINE}) | JSON,
    max_size=5,
)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    """IN-8. A delivery of nothing, which chance may find where it looks for words in our code, holds nothing odd."""
    assert read(raw).quarantined or json.loads(raw)["entry"] == []


@given(JSON)
def test_no_json_makes_it_raise(value: Any) -> None:
    """IN-8."""
    assert read(json.dumps(value).encode()).quarantined


@given(st.lists(VALUES | JSON, max_size=3), st.sampled_from(["messages", "smb_message_echoes", "other"]))
def test_whatever_a_change_holds_is_read_or_quarantined(values: list[Any], field: str) -> None:
    """IN-8."""
    changes = [{"field": field, "value": value} for value in values]
    raw = json.dumps({"object": "whatsapp_business_account", "entry": [{"changes": changes}]}).encode()

    found = read(raw)

    items = len(found.messages) + len(found.reports) + len(found.notices) + len(found.quarantined)
    assert items >= len(values)


@given(ITEM)
def test_whatever_stands_beside_a_message_does_not_spoil_it(item: Any) -> None:
    """IN-4."""
    delivery = read(body(item, TEXT))

    assert "wamid.1" in [inbound.message.wamid for inbound in delivery.messages]


@given(st.text(st.sampled_from("a\x00\\u0😀") | st.characters(categories=("Cs",)), max_size=20))
def test_every_text_comes_out_storable_and_its_bytes_stay(text: str) -> None:
    """IN-8: PostgreSQL's text holds neither NUL nor lone surrogates."""
    raw = body(TEXT | {"text": {"body": text}}, contacts=[{"wa_id": "971500000042", "profile": {"name": text}}])

    [inbound] = read(raw).messages

    kept = inbound.message.text
    assert "\x00" not in kept
    kept.encode()
    assert json.loads(inbound.raw)["text"]["body"] == json.loads(json.dumps(text))
    assert inbound.raw in raw
    assert (inbound.profile_name or "") == kept


def test_nul_and_lone_surrogates_become_the_replacement_character() -> None:
    """IN-8."""
    text = "a\x00b \ud83d c \ude00\ud83d d 😀 \\u0000"

    assert read_one(TEXT | {"text": {"body": text}}).message.text == "a�b � c �� d 😀 \\u0000"


def test_a_lone_surrogate_spoils_no_other_message() -> None:
    """IN-8: it alone makes the whole body unreadable to a strict reader."""
    first, second = read(body(TEXT | {"text": {"body": "hi \ud83d"}}, TEXT | {"id": "wamid.2"})).messages

    assert (first.message.text, second.message.text) == ("hi �", "hello")
    assert b"\\ud83d" in first.raw


def test_broken_utf8_spoils_no_other_message() -> None:
    """IN-8."""
    raw = body(TEXT, TEXT | {"id": "wamid.2"}).replace(b"hello", b"he\xff\xedlo", 1)

    first, second = read(raw).messages

    assert (first.message.text, second.message.text) == ("he??lo", "hello")
    assert b"he\xff\xedlo" in first.raw


def test_equal_items_keep_their_own_bytes_beside_a_dirty_one() -> None:
    raw = body(TEXT | {"text": {"body": "\x00"}}, TEXT | {"text": {"body": "\ufffd"}}, TEXT)

    assert [inbound.raw.count(b"\\u0000") for inbound in read(raw).messages] == [1, 0, 0]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"object":"page","entry":[]}',
        b'{"object":"whatsapp_business_account","entry":{}}',
        b'{"object":"whatsapp_business_account","entry":[' + b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_delivery_is_quarantined_whole(raw: bytes) -> None:
    """IN-8."""
    delivery = read(raw)

    assert [(quarantined.raw, quarantined.phone_number_id) for quarantined in delivery.quarantined] == [(raw, None)]


@fault(8)
@pytest.mark.parametrize(
    "timestamp", [None, "", "soon", "-5", "0", "99999999999999999999", "1795420000000", [], True, 1e300]
)
def test_an_absurd_timestamp_counts_as_now(timestamp: Any) -> None:
    """IN-13."""
    assert read_one(TEXT | {"timestamp": timestamp}).message.sent_at == NOW


def test_a_late_message_keeps_its_time() -> None:
    """IN-12: seven days of retries are no absurd time."""
    late = NOW - timedelta(days=7)

    assert read_one(TEXT | {"timestamp": str(int(late.timestamp()))}).message.sent_at == late


def test_a_number_is_a_timestamp_too() -> None:
    assert read_one(TEXT | {"timestamp": 1795420000}).message.sent_at.timestamp() == 1795420000


@pytest.mark.parametrize(
    "content", [None, 5, {}, {"body": 5}, {"body": None}, [], "hello"], ids=lambda content: repr(content)
)
def test_a_customer_whose_message_cannot_be_read_has_still_written(content: Any) -> None:
    """IN-8: answered as UNSUPPORTED, and quarantined."""
    delivery = read(body(TEXT | {"text": content}))

    assert [inbound.message.kind for inbound in delivery.messages] == [MessageKind.UNSUPPORTED]
    assert [quarantined.reason for quarantined in delivery.quarantined] == [
        "content of the text message cannot be read"
    ]


@pytest.mark.parametrize(("name", "kind"), [("reaction", MessageKind.REACTION), ("system", MessageKind.SYSTEM)])
def test_a_reaction_or_notice_that_cannot_be_read_starts_no_turn(name: str, kind: MessageKind) -> None:
    """IN-10."""
    assert read_one(TEXT | {"type": str(kind), str(kind): 5}).message.kind is kind


@pytest.mark.parametrize("hint", ["context", "referral"])
def test_a_broken_hint_does_not_spoil_the_message(hint: str) -> None:
    message = read_one(TEXT | {hint: "rubbish"}).message

    assert (message.kind, message.text) == (MessageKind.TEXT, "hello")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": None}, "message without an id"),
        ({"id": ""}, "message without an id"),
        ({"id": "w" * 513}, "message without an id"),
        ({"from": None}, "message without a sender"),
        ({"from": "not a number"}, "message without a sender"),
    ],
)
def test_a_message_that_cannot_be_kept_is_quarantined(change: dict[str, Any], reason: str) -> None:
    """IN-8."""
    delivery = read(body(TEXT | change))

    assert delivery.messages == ()
    assert [quarantined.reason for quarantined in delivery.quarantined] == [reason]


def test_a_message_of_no_line_is_quarantined() -> None:
    """IN-8."""
    delivery = read(body(TEXT, metadata={}))

    assert [(q.phone_number_id, q.reason) for q in delivery.quarantined] == [(None, "message without a line")]


def test_a_reason_holds_no_words_of_the_customer() -> None:
    delivery = read(body(TEXT | {"type": "my secret"}, {"id": "my secret"}, "my secret", errors="my secret"))

    assert len(delivery.quarantined) == 4
    assert not [quarantined for quarantined in delivery.quarantined if "secret" in quarantined.reason]


def test_another_customers_card_never_names_the_sender() -> None:
    """IN-11: without evidence nothing is merged."""
    other = {"wa_id": "971500000099", "user_id": "AE.999", "profile": {"name": "Somebody else"}}
    mixed = {"wa_id": "971500000042", "user_id": "AE.999", "profile": {"name": "Somebody else"}}

    assert read_one(TEXT, contacts=[other]).identifiers == (Identifier(IdentifierKind.PHONE, "971500000042"),)
    assert read_one(TEXT, contacts=[other]).profile_name is None
    own = read_one(TEXT | {"from_user_id": "AE.111"}, contacts=[mixed])
    assert Identifier(IdentifierKind.BSUID, "AE.999") not in own.identifiers
    assert own.profile_name is None


def test_a_user_id_in_the_place_of_the_phone_is_taken_as_what_it_is() -> None:
    """IN-11."""
    inbound = read_one(TEXT | {"from": "US.13491208655302741918"})

    assert inbound.identifiers == (Identifier(IdentifierKind.BSUID, "US.13491208655302741918"),)


def test_a_form_given_as_an_object_is_kept_as_text() -> None:
    form = {"type": "nfm_reply", "nfm_reply": {"response_json": {"a": 1}}}

    assert read_one(TEXT | {"type": "interactive", "interactive": form}).message.form == '{"a":1}'


def test_ids_are_given_by_the_caller() -> None:
    ids = [UUID(int=1), UUID(int=2)]

    delivery = parse_delivery(body(TEXT, TEXT | {"id": "wamid.2"}), NOW, iter(ids).__next__)

    assert [inbound.message.id for inbound in delivery.messages] == ids


def test_a_failed_report_is_shown_without_the_customers_number() -> None:
    error = {"code": 131026, "title": "No", "error_data": {"details": "+971 50 000 0042 cannot be reached"}}
    status = {"id": "wamid.9", "status": "failed", "timestamp": "1795420000", "errors": [error, "rubbish"]}

    [report] = read(body(statuses=[status])).reports

    assert [tuple(found) for found in report.errors] == [(131026, "No", "… cannot be reached")]
