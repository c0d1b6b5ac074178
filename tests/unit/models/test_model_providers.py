"""Models by name: what can be used is opened, what cannot is told in one line, and without a name nothing is loaded."""

import subprocess
import sys

import pytest
from pydantic import SecretStr

from surereply.config import Settings, WrongSettings, read_settings
from surereply.models.providers import ModelUnusable, open_models

HERE = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def _no_keys_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_name_there_is_no_model() -> None:
    assert open_models(Settings()) == ()


@pytest.mark.parametrize("name", ["openai:gpt-5-mini", "anthropic:claude-haiku-4-5", "google:gemini-3-flash"])
def test_a_provider_s_model_opens_with_the_settings_key(name: str) -> None:
    (model,) = open_models(Settings(llm_model=name, llm_api_key=SecretStr("k")))

    assert model.name == name


@pytest.mark.parametrize("name", ["llama3.2:3b", "ollama:llama3.2", "openai:house-model", "Qwen/Qwen3-8B"])
def test_any_name_opens_at_a_base_url_with_or_without_a_key(name: str) -> None:
    assert open_models(Settings(llm_model=name, llm_base_url=HERE))[0].name == name


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (Settings(llm_model="gpt-5-mini"), "SUREREPLY_LLM_MODEL: 'gpt-5-mini' names no provider; write it as"),
        (Settings(llm_model="acme:gpt"), "SUREREPLY_LLM_MODEL: 'acme:gpt' names no provider; write it as"),
        (Settings(llm_model="openai:gpt-5-mini"), "SUREREPLY_LLM_MODEL: 'openai:gpt-5-mini' needs a key: set "),
        (Settings(llm_model="groq:llama"), "SUREREPLY_LLM_MODEL: 'groq:llama': Please install the `groq` package"),
        (
            Settings(llm_model="house", llm_base_url=HERE, llm_fallbacks=("anthropic:claude",)),
            "SUREREPLY_LLM_FALLBACKS: 'anthropic:claude' needs a key",
        ),
    ],
)
def test_what_cannot_be_used_is_one_line(settings: Settings, line: str) -> None:
    with pytest.raises(ModelUnusable) as refused:
        open_models(settings)

    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


def test_the_first_model_s_key_is_shown_to_no_other_provider() -> None:
    settings = Settings(llm_model="openai:gpt-5-mini", llm_api_key=SecretStr("k"), llm_fallbacks=("anthropic:claude",))

    with pytest.raises(ModelUnusable, match="'anthropic:claude' needs a key"):
        open_models(settings)


@pytest.mark.parametrize(
    ("setting", "value", "line"),
    [
        ("LLM_PRICES", "house", "SUREREPLY_LLM_PRICES: write MODEL=INPUT/OUTPUT for each"),
        ("LLM_PRICES", "house=1/-2", "SUREREPLY_LLM_PRICES: write MODEL=INPUT/OUTPUT for each"),
        ("LLM_MONEY_A_DAY", "3", "SUREREPLY_LLM_MONEY_A_DAY is set, so SUREREPLY_LLM_PRICES must have house"),
        ("LLM_DEADLINE_MS", "60000", "SUREREPLY_LLM_DEADLINE_MS: "),
        ("LLM_BASE_URL", "house", "SUREREPLY_LLM_BASE_URL: "),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, setting: str, value: str, line: str) -> None:
    monkeypatch.setenv("SUREREPLY_LLM_MODEL", "house")
    monkeypatch.setenv(f"SUREREPLY_{setting}", value)

    with pytest.raises(WrongSettings) as wrong:
        read_settings()

    assert wrong.value.problems[0].startswith(line)


def test_without_a_model_neither_the_extra_nor_our_part_of_it_is_loaded() -> None:
    asks = """
import sys
import surereply.cli, surereply.runtime, surereply.commands.serving, surereply.commands.checking
print([name for name in sys.modules if name.startswith(("pydantic_ai", "openai", "surereply.models"))])
"""

    assert _python(asks).stdout.strip() == "[]"


def test_a_set_model_without_the_extra_is_one_line_and_exit_code_2() -> None:
    asks = """
import sys
sys.modules["pydantic_ai"] = None
sys.argv = ["surereply", "serve"]
from surereply.cli import main
main()
"""

    ended = _python(asks, SUREREPLY_LLM_MODEL="openai:gpt-5-mini")

    assert ended.returncode == 2
    assert ended.stderr.strip().splitlines() == [
        "surereply: SUREREPLY_LLM_MODEL is set, but surereply[llm] is not installed: pip install 'surereply[llm]'"
    ]


def _python(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", **environment},
        timeout=60,
        check=False,
    )
