"""Every text of the panel, by key and language: one table, ready for translators."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml

LANGUAGES = ("en", "ar")
RIGHT_TO_LEFT = frozenset({"ar"})


class UnknownText(LookupError):
    """A page asks for a text that the table does not have."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The table in one language. Called with a key; `{names}` in the text are filled in."""

    language: str
    table: Mapping[str, str]

    @property
    def direction(self) -> str:
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    def __call__(self, key: str, **values: object) -> str:
        text = self.table.get(key)
        if text is None:
            raise UnknownText(key)
        return text.format(**values) if values else text

    def named(self, kind: str, value: object) -> str:
        """The name of a state such as `status`, `SENT`; one that has none yet is shown as it is."""
        return self.table.get(f"{kind}.{value}") or str(value).replace("_", " ")


@lru_cache(maxsize=len(LANGUAGES))
def texts_in(language: str) -> Texts:
    """The table in a language; the first one where we do not speak it."""
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    return Texts(spoken, {key: texts[spoken] for key, texts in whole_table().items()})


@lru_cache(maxsize=1)
def whole_table() -> dict[str, dict[str, str]]:
    """Key to language to text, of every file under `texts/`."""
    table: dict[str, dict[str, str]] = {}
    for file in sorted((files("surereply.web.panel") / "texts").iterdir(), key=lambda one: one.name):
        for key, (english, arabic) in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            table[key] = {"en": english, "ar": arabic}
    return table
