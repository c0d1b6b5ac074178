"""Every body we owe fits what WhatsApp takes, and every request is what the Cloud API expects."""

import unicodedata
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from surereply.domain.callback import CallbackData, callback_data, parse_callback_data
from surereply.domain.message import Identifier, IdentifierKind
from surereply.domain.replies import Body, Choice, Template
from surereply.whatsapp.clip import clip, length
from surereply.whatsapp.outbound import fit, request_body

PHONE = Identifier(IdentifierKind.PHONE, "971500000042")
BSUID = Identifier(IdentifierKind.BSUID, "AE.13491208655302741918")
USERNAME = Identifier(IdentifierKind.USERNAME, "omar.writes")
REPLY = UUID("01937e2a-6c00-7000-8000-000000000001")
YES_NO = (Choice("yes", "Yes"), Choice("no", "No"))


def test_a_text_is_sent_without_preview() -> None:
    assert request_body(PHONE, Body("Hello"), "v1.1.x.1") == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "971500000042",
        "type": "text",
        "text": {"body": "Hello", "preview_url": False},
        "biz_opaque_callback_data": "v1.1.x.1",
    }


def test_buttons_are_an_interactive_message() -> None:
    body = request_body(PHONE, Body("Is that right?", buttons=YES_NO), "cb")

    assert body["type"] == "interactive"
    assert body["interactive"] == {
        "type": "button",
        "body": {"text": "Is that right?"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "yes", "title": "Yes"}},
                {"type": "reply", "reply": {"id": "no", "title": "No"}},
            ]
        },
    }


def test_rows_are_a_list_in_one_section() -> None:
    rows = (Choice("a", "Family visa", "for a spouse"), Choice("b", "Golden visa"))

    body = request_body(PHONE, Body("Which one?", rows=rows, list_button="Services"), "cb")

    assert body["interactive"] == {
        "type": "list",
        "body": {"text": "Which one?"},
        "action": {
            "button": "Services",
            "sections": [
                {
                    "rows": [
                        {"id": "a", "title": "Family visa", "description": "for a spouse"},
                        {"id": "b", "title": "Golden visa"},
                    ]
                }
            ],
        },
    }


def test_a_template_carries_its_parameters_on_one_line_each() -> None:
    template = Template("visa_ready", "en", ("Layla\n Haddad", " "))

    body = request_body(PHONE, Body("", template=template), "cb")

    assert body["template"] == {
        "name": "visa_ready",
        "language": {"code": "en"},
        "components": [
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "Layla Haddad"}, {"type": "text", "text": "-"}],
            }
        ],
    }
    bare = request_body(PHONE, Body("", template=Template("hello", "en")), "cb")
    assert "components" not in bare["template"]


def test_a_bsuid_is_a_recipient_and_a_phone_is_preferred() -> None:
    """IN-11."""
    by_user_id = request_body((BSUID, USERNAME), Body("Hi"), "cb")
    by_phone = request_body((BSUID, PHONE), Body("Hi"), "cb")

    assert by_user_id["recipient"] == "AE.13491208655302741918"
    assert "to" not in by_user_id
    assert by_phone["to"] == "971500000042"
    assert "recipient" not in by_phone


def test_a_username_is_no_address() -> None:
    with pytest.raises(ValueError, match="neither a phone number nor"):
        request_body(USERNAME, Body("Hi"), "cb")


def test_callback_data_that_whatsapp_would_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="512"):
        request_body(PHONE, Body("Hi"), "x" * 513)


def test_a_text_too_long_for_buttons_lists_its_options() -> None:
    fitted = fit(Body("x" * 1025, buttons=YES_NO))

    assert fitted.buttons == ()
    assert fitted.text == "x" * 1025 + "\n\n• Yes\n• No"


@pytest.mark.parametrize(
    "body",
    [
        Body("Pick", buttons=tuple(Choice(str(n), f"Option {n}") for n in range(4))),
        Body("Pick", rows=tuple(Choice(str(n), f"Option {n}") for n in range(11)), list_button="See"),
        Body("Pick", rows=YES_NO),
        Body("Pick", buttons=(Choice("i" * 257, "Long id"),)),
        Body(" ", buttons=YES_NO),
    ],
)
def test_options_that_cannot_be_tapped_are_written_out(body: Body) -> None:
    fitted = fit(body)

    assert (fitted.buttons, fitted.rows) == ((), ())
    assert all(f"• {choice.title}" in fitted.text for choice in body.buttons or body.rows)


def test_when_all_is_too_long_the_options_stay() -> None:
    fitted = fit(Body("word " * 2000, buttons=YES_NO))

    assert length(fitted.text) <= 4096
    assert fitted.text.endswith("…\n\n• Yes\n• No")


def test_titles_that_would_be_cut_to_the_same_stay_apart() -> None:
    buttons = (Choice("a", "Renew a residence visa inside"), Choice("b", "Renew a residence visa outside"))

    titles = [button.title for button in fit(Body("?", buttons=buttons)).buttons]

    assert titles == ["Renew a residence v…", "Renew a residence… 2"]


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
LONG = st.builds(lambda text, times: text * times, TEXT, st.sampled_from([1, 30, 200]))
CHOICES = st.lists(
    st.builds(Choice, TEXT | st.just("i" * 300), TEXT | st.just("Same title"), st.none() | LONG), max_size=12
).map(tuple)
BODIES = st.builds(Body, LONG, buttons=st.just(()) | CHOICES, rows=st.just(()) | CHOICES, list_button=st.none() | TEXT)


@given(BODIES)
def test_every_body_fits(body: Body) -> None:
    fitted = fit(body)

    choices = fitted.buttons or fitted.rows
    limit = 1024 if choices else 4096
    assert length(fitted.text) <= limit
    assert not (fitted.buttons and fitted.rows)
    assert len(fitted.buttons) <= 3
    assert len(fitted.rows) <= 10
    assert all(1 <= length(button.title) <= 20 and length(button.id) <= 256 for button in fitted.buttons)
    assert all(1 <= length(row.title) <= 24 and length(row.id) <= 200 for row in fitted.rows)
    assert all(length(row.description or "") <= 72 for row in fitted.rows)
    assert len({choice.title for choice in choices}) == len({choice.id for choice in choices}) == len(choices)
    assert not fitted.rows or 1 <= length(fitted.list_button or "") <= 20


@given(BODIES)
def test_fitting_twice_changes_nothing(body: Body) -> None:
    assert fit(fit(body)) == fit(body)


@given(TEXT.filter(str.strip), CHOICES)
def test_no_option_is_lost_in_a_short_body(text: str, choices: tuple[Choice, ...]) -> None:
    assume(all(choice.title.strip() for choice in choices))
    wanted = {choice.id: " ".join(choice.title.split()) for choice in reversed(choices)}

    fitted = fit(Body(text, buttons=choices))

    shown = {button.id for button in fitted.buttons}
    assert shown == wanted.keys() or all(f"• {title}" in fitted.text for title in wanted.values())


@given(LONG, st.integers(2, 100))
def test_a_cut_text_is_a_beginning_with_an_ellipsis(text: str, limit: int) -> None:
    cut = clip(text, limit)

    assert length(cut) <= limit
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))


FAMILY = "👨\u200d👩\u200d👧"


@pytest.mark.parametrize("whole", [FAMILY, "👍🏽", "🇦🇪", "é", "كِتَاب"[:2], "❤\ufe0f"])
def test_no_character_is_cut_in_two(whole: str) -> None:
    text = whole * 30
    for limit in range(2, 60):
        kept = clip(text, limit).removesuffix("…")

        assert kept == whole * (len(kept) // len(whole))


def test_flags_are_cut_between_pairs() -> None:
    assert clip("🇦🇪🇸🇦🇶🇦", 9) == "🇦🇪🇸🇦…"


def test_a_mark_never_begins_what_is_left_out() -> None:
    text = "e\u0301" * 40

    kept = clip(text, 10).removesuffix("…")

    assert unicodedata.combining(text[len(kept)]) == 0


def test_emoji_count_as_two() -> None:
    assert length("😀a") == 3


@given(st.integers(0, 256), st.uuids(), st.integers(0, 999_999_999))
def test_callback_data_come_back_as_they_went(bucket: int, reply_id: UUID, attempt: int) -> None:
    """OUT-2."""
    text = callback_data(bucket, reply_id, attempt)

    assert parse_callback_data(text) == CallbackData(bucket, reply_id, attempt)
    assert len(text) <= 512


@given(st.none() | st.text(max_size=80))
def test_callback_data_of_others_are_none_of_ours(text: str | None) -> None:
    assert parse_callback_data(text) is None


@pytest.mark.parametrize(
    "text",
    [
        f"v2.1.{REPLY}.1",
        f"v1.257.{REPLY}.1",
        f"v1.1.{REPLY}.1\n",
        f"v1.١.{REPLY}.1",
        f"v1.1.{str(REPLY).upper().replace('-', '')}.1",
        f"v1.1.{REPLY}.",
    ],
)
def test_callback_data_that_only_look_like_ours_are_none(text: str) -> None:
    assert parse_callback_data(text) is None
