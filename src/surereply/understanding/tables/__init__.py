"""The words of each language that reading rests on, as plain data."""

from surereply.understanding.tables.ar import AR
from surereply.understanding.tables.en import EN
from surereply.understanding.tables.es import ES
from surereply.understanding.tables.fr import FR
from surereply.understanding.tables.hi import HI
from surereply.understanding.tables.hi_latn import HI_LATN
from surereply.understanding.tables.pt import PT
from surereply.understanding.tables.shape import LanguageTable
from surereply.understanding.tables.ur import UR

TABLES: dict[str, LanguageTable] = {
    "en": EN,
    "ar": AR,
    "es": ES,
    "fr": FR,
    "pt": PT,
    "hi": HI,
    "hi-latn": HI_LATN,
    "ur": UR,
}

__all__ = ["TABLES", "LanguageTable"]
