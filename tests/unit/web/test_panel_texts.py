"""Every text that a page asks for is in the table, in every language, and none is there for nothing."""

import re
import string
from pathlib import Path

import pytest

import surereply.domain.flow_graph
import surereply.web.panel
from surereply.domain.conversation import HandoverReason
from surereply.domain.facts import Signal, Source
from surereply.domain.flow import FieldType
from surereply.domain.health import REASONS
from surereply.domain.lead import Stage
from surereply.domain.message import MessageKind
from surereply.domain.operators import Role
from surereply.domain.outcome import Verdict
from surereply.domain.replies import ReplyType, Resolution, Status, Suppression
from surereply.domain.turn_values import Silence
from surereply.models.records import CallOutcome, Fate, Refusal
from surereply.models.transcribing import NotTranscribed
from surereply.web.panel.phrases import PREFIX
from surereply.web.panel.texts import UnknownText, texts_in, whole_table
from surereply.whatsapp.media import MediaProblem

PANEL = Path(surereply.web.panel.__file__).parent
GRAPH = Path(surereply.domain.flow_graph.__file__)
SOURCES = [*PANEL.glob("templates/*.html"), *PANEL.glob("*.py"), GRAPH]
ASKED = re.compile(r"""(?:\bt|texts|say)\(\s*["']([a-z0-9_.A-Z]*[a-z0-9_A-Z])["']""")
ASKED_WITH_END = re.compile(r"""["']([a-z0-9_.A-Z]+\.)["'] ~""")
KINDS = {
    "stage": Stage, "kind": MessageKind, "source": Source, "signal": Signal, "status": Status, "type": ReplyType,
    "resolution": Resolution, "suppressed": Suppression, "silence": Silence, "reason": HandoverReason,
    "verdict": Verdict, "role": Role, "means": REASONS, "do": REASONS, "media": MediaProblem,
    "transcript": NotTranscribed, "outcome": CallOutcome, "fate_of": Fate, "refusal": Refusal,
    "graph.type": FieldType,
}  # fmt: skip


def asked() -> set[str]:
    return {key for path in SOURCES for key in ASKED.findall(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("key", sorted(asked()))
def test_what_a_page_asks_for_is_there(key: str) -> None:
    assert key in whole_table()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_state_has_its_name(kind: str) -> None:
    missing = [str(one) for one in KINDS[kind] if f"{kind}.{one}" not in whole_table()]

    assert missing == []


@pytest.mark.parametrize("key", sorted(whole_table()))
def test_both_languages_fill_in_the_same(key: str) -> None:
    texts = whole_table()[key]
    names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts.values()]

    assert all(texts.values())
    assert names[0] == names[1]


def test_no_text_is_there_for_nothing() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    begun = {end for path in SOURCES for end in ASKED_WITH_END.findall(path.read_text(encoding="utf-8"))}
    begun |= {f"{kind}." for kind in re.findall(r'named\(\s*"([a-z_]+)"', source)} | {f"{kind}." for kind in KINDS}
    begun |= {"refused.", "sign_in.", "media.", "chart.", "http.", "span.", PREFIX}
    unused = [
        key for key in whole_table() if f'"{key}"' not in source and f"'{key}'" not in source
        and not any(key.startswith(one) for one in begun)
    ]  # fmt: skip

    assert unused == []


def test_a_key_that_is_not_there_is_a_mistake_and_a_language_we_do_not_speak_is_english() -> None:
    with pytest.raises(UnknownText):
        texts_in("en")("no.such.text")
    assert texts_in("tlh")("sign_in") == "Sign in"
