"""The words of each language that reading rests on, as plain data."""

from surereply.understanding.tables.ar import AR
from surereply.understanding.tables.en import EN
from surereply.understanding.tables.shape import LanguageTable

TABLES: dict[str, LanguageTable] = {"en": EN, "ar": AR}

__all__ = ["TABLES", "LanguageTable"]
