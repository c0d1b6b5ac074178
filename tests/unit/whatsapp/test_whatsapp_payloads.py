"""Every message type and field that WhatsApp delivers, read from a delivery of its shape."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from surereply.domain.message import (
    NEEDS_NO_TURN,
    Identifier,
    IdentifierKind,
    Location,
    Media,
    MessageKind,
)
from surereply.domain.replies import Reported
from surereply.whatsapp.delivery import AccountNotice, Delivery, IdentityNotice, InboundMessage, MarketingNotice, Report
from surereply.whatsapp.inbound import parse_delivery

Payload = Callable[[str], bytes]
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SENT_AT = datetime.fromtimestamp(1795420000, UTC)
LINE = "106540352242922"
PHONE = Identifier(IdentifierKind.PHONE, "971500000042")
BSUID = Identifier(IdentifierKind.BSUID, "AE.13491208655302741918")


def read(raw: bytes) -> Delivery:
    numbers = iter(range(1, 10_000))
    return parse_delivery(raw, NOW, lambda: UUID(int=next(numbers)))


def only_message(raw: bytes) -> InboundMessage:
    delivery = read(raw)
    assert (len(delivery.messages), delivery.quarantined) == (1, ())
    return delivery.messages[0]


def only_report(raw: bytes) -> Report:
    delivery = read(raw)
    assert (len(delivery.reports), delivery.quarantined) == (1, ())
    return delivery.reports[0]


KINDS = {
    "message_text": (MessageKind.TEXT, "Hello, I need a family visa for my wife and two children"),
    "message_text_arabic": (MessageKind.TEXT, "مرحبا، أريد تأشيرة عائلية 😀"),
    "message_text_reply": (MessageKind.TEXT, "this one"),
    "message_text_from_ad": (MessageKind.TEXT, "Can I get more info on this?"),
    "message_text_username": (MessageKind.TEXT, "Hi"),
    "message_button": (MessageKind.TAP, "Where is my visa?"),
    "message_button_reply": (MessageKind.TAP, "Family visa"),
    "message_list_reply": (MessageKind.TAP, "Golden visa"),
    "message_form": (MessageKind.FORM, ""),
    "message_image": (MessageKind.IMAGE, "my passport"),
    "message_audio": (MessageKind.AUDIO, ""),
    "message_video": (MessageKind.VIDEO, "the flat"),
    "message_document": (MessageKind.DOCUMENT, ""),
    "message_sticker": (MessageKind.STICKER, ""),
    "message_location": (MessageKind.LOCATION, ""),
    "message_contacts": (MessageKind.CONTACTS, ""),
    "message_reaction": (MessageKind.REACTION, "👍"),
    "message_reaction_removed": (MessageKind.REACTION, ""),
    "message_order": (MessageKind.ORDER, "Please call before delivery"),
    "message_request_welcome": (MessageKind.WELCOME, ""),
    "message_unsupported": (MessageKind.UNSUPPORTED, ""),
    "smb_message_echoes": (MessageKind.ECHO, "Hi Layla, it is Sara, I take over from here"),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_type_of_message_is_read(payload: Payload, name: str) -> None:
    message = only_message(payload(name)).message

    assert (message.kind, message.text) == KINDS[name]


def test_a_message_comes_with_all_that_keeping_it_needs(payload: Payload) -> None:
    inbound = only_message(payload("message_text"))

    assert inbound.phone_number_id == LINE
    assert inbound.identifiers == (PHONE,)
    assert inbound.profile_name == "Layla Haddad"
    assert inbound.message.id == UUID(int=1)
    assert inbound.message.wamid.startswith("wamid.")
    assert (inbound.message.sent_at, inbound.message.received_at) == (SENT_AT, NOW)
    assert inbound.raw in payload("message_text")
    assert b"wife" in inbound.raw
    assert b"Layla" not in inbound.raw


@pytest.mark.parametrize(
    ("name", "tap"),
    [
        ("message_button", "visa_status"),
        ("message_button_reply", "service:FAMILY_VISA"),
        ("message_list_reply", "service:GOLDEN_VISA"),
    ],
)
def test_a_tap_names_what_was_tapped(payload: Payload, name: str, tap: str) -> None:
    """TURN-9."""
    assert only_message(payload(name)).message.tap == tap


def test_a_form_is_kept_as_its_json_text(payload: Payload) -> None:
    form = only_message(payload("message_form")).message.form

    assert form == '{"flow_token":"lead-1","name":"Layla","email":"layla@example.com"}'


def test_media_are_named_with_their_type_and_file(payload: Payload) -> None:
    assert only_message(payload("message_image")).message.media == Media("1479537139650973", "image/jpeg")
    voice = Media("1908647269898587", "audio/ogg; codecs=opus", voice=True)
    assert only_message(payload("message_audio")).message.media == voice
    document = Media("1029384756101112", "application/pdf", "trade-licence.pdf")
    assert only_message(payload("message_document")).message.media == document


def test_a_location_and_shared_contacts_are_read(payload: Payload) -> None:
    place = only_message(payload("message_location")).message.location
    assert place == Location(25.0772, 55.1398, "Dubai Marina", "Dubai Marina, Dubai")
    shared = only_message(payload("message_contacts")).message.shared_phones
    assert shared == ("+971500000077", "+971 4 000 0000")


def test_a_reply_and_a_reaction_name_the_message_they_answer(payload: Payload) -> None:
    reply = only_message(payload("message_text_reply")).message
    assert reply.reply_to == "wamid.HBgMOTcxNTAwMDAwMDQyFQIAERgSQkJCMDAwMDAwMDAwMDAwMQA="
    assert only_message(payload("message_reaction")).message.reply_to == "wamid.OURS01"


def test_a_click_on_an_ad_is_kept(payload: Payload) -> None:
    referral = only_message(payload("message_text_from_ad")).referral

    assert referral is not None
    assert (referral.source_type, referral.source_id) == ("ad", "120214000000000001")
    assert referral.headline == "Company formation in 3 days"


def test_a_customer_without_a_phone_number_is_known_by_the_user_id(payload: Payload) -> None:
    """IN-11."""
    inbound = only_message(payload("message_text_username"))

    assert inbound.identifiers == (BSUID, Identifier(IdentifierKind.USERNAME, "omar.writes"))
    assert inbound.profile_name == "Omar"


def test_a_message_that_carries_both_names_is_evidence_that_they_are_one(payload: Payload) -> None:
    """IN-11."""
    assert only_message(payload("message_text_phone_and_bsuid")).identifiers == (PHONE, BSUID)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("system_user_changed_number", (PHONE,), (Identifier(IdentifierKind.PHONE, "971500000099"),)),
        (
            "system_user_changed_user_id",
            (PHONE, BSUID),
            (Identifier(IdentifierKind.BSUID, "AE.99912208655302745555"),),
        ),
    ],
)
def test_a_changed_identity_names_the_old_and_the_new(
    payload: Payload, name: str, old: tuple[Identifier, ...], new: tuple[Identifier, ...]
) -> None:
    """IN-11."""
    delivery = read(payload(name))

    [notice] = delivery.notices
    assert isinstance(notice, IdentityNotice)
    assert (notice.old, notice.new, notice.phone_number_id) == (old, new, LINE)
    assert [inbound.message.kind for inbound in delivery.messages] == [MessageKind.SYSTEM]


def test_an_unknown_type_is_a_message_and_quarantined(payload: Payload) -> None:
    """IN-8: the customer is answered, and the operator sees what it was."""
    delivery = read(payload("message_unknown_type"))

    assert [inbound.message.kind for inbound in delivery.messages] == [MessageKind.UNSUPPORTED]
    [quarantined] = delivery.quarantined
    assert quarantined.reason == "message of an unknown type"
    assert quarantined.phone_number_id == LINE
    assert b"hologram" in quarantined.raw


@pytest.mark.parametrize(
    ("name", "word", "reported"),
    [
        ("status_sent", "sent", Reported.SENT),
        ("status_delivered", "delivered", Reported.DELIVERED),
        ("status_read", "read", Reported.READ),
        ("status_played", "played", Reported.READ),
        ("status_deleted", "deleted", None),
        ("status_failed", "failed", Reported.FAILED),
    ],
)
def test_every_status_is_a_report(payload: Payload, name: str, word: str, reported: Reported | None) -> None:
    report = only_report(payload(name))

    assert (report.status, report.reported) == (word, reported)
    assert report.phone_number_id == LINE
    assert report.wamid.startswith("wamid.")
    assert report.callback_data == "v1.17.01937e2a-6c00-7000-8000-000000000001.1"
    assert report.at == datetime.fromtimestamp(1795420060, UTC)
    assert report.recipients[0] == PHONE


def test_a_failed_report_says_why(payload: Payload) -> None:
    """OUT-18."""
    assert only_report(payload("status_failed")).errors == (
        (131026, "Message undeliverable", "Message Undeliverable."),
    )


def test_a_status_names_the_recipients_user_id(payload: Payload) -> None:
    assert only_report(payload("status_read")).recipients == (PHONE, BSUID)


def test_an_echo_belongs_to_the_customers_conversation(payload: Payload) -> None:
    """TURN-16, IN-10."""
    inbound = only_message(payload("smb_message_echoes"))

    assert inbound.identifiers == (PHONE,)
    assert inbound.message.kind in NEEDS_NO_TURN


@pytest.mark.parametrize(("name", "wants"), [("stop", False), ("resume", True)])
def test_a_wish_about_marketing_is_a_notice(payload: Payload, name: str, wants: bool) -> None:
    [notice] = read(payload(f"user_preferences_{name}")).notices

    assert isinstance(notice, MarketingNotice)
    assert (notice.wants_marketing, notice.identifiers) == (wants, (PHONE,))


@pytest.mark.parametrize(
    ("name", "field", "event"),
    [
        ("account_update", "account_update", "ACCOUNT_RESTRICTION"),
        ("phone_number_quality_update", "phone_number_quality_update", "FLAGGED"),
        ("message_template_status_update", "message_template_status_update", "REJECTED"),
        ("errors", "errors", "130429"),
    ],
)
def test_news_of_the_account_start_no_turn(payload: Payload, name: str, field: str, event: str) -> None:
    """IN-10."""
    delivery = read(payload(name))

    [notice] = delivery.notices
    assert isinstance(notice, AccountNotice)
    assert (notice.field, notice.event, notice.account_id) == (field, event, "102290129340398")
    assert delivery.messages == ()
    assert delivery.quarantined == ()
