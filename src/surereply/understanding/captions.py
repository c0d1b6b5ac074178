"""Captions say what a picture or a file is: bare words in them answer a question less surely than a message does."""

from collections.abc import Collection
from dataclasses import replace

from surereply.domain.facts import Fact, Reading, Refused, WhyRefused
from surereply.understanding.normalise import normalise
from surereply.understanding.tables.shape import spaced

UNSURE = 0.5  # asked back, and not written

# What people call what they send. Whoever answers `passport` for a name names the file.
PAPERS = frozenset(
    spaced(
        """passport passports photo photos picture pictures pic pics image selfie copy copies scan scanned id card page
        document documents docs doc certificate licence license contract receipt invoice screenshot file files pdf
        attached attachment attachments enclosed here below visa permit deed bill statement form
        pasaporte pasaportes foto fotos imagen copia copias documento documentos certificado licencia contrato recibo
        factura captura archivo archivos adjunto adjunta aquí dni cédula visado carnet
        passeport passeports photographie copie copies pièce certificat licence contrat reçu facture capture fichier
        joint jointe ici
        passaporte cópia certidão certificado licença recibo fatura arquivo anexo anexado aqui
        जवाज़ पासपोर्ट फोटो फ़ोटो तस्वीर कॉपी दस्तावेज़ दस्तावेज प्रमाणपत्र रसीद बिल फाइल तसवीर tasveer kagaz
        جواز جوازي الجواز جوازات صورة صورتي صور الصورة نسخة وثيقة وثائق شهادة رخصة عقد إيصال فاتورة ملف مرفق الهوية
        هوية هويتي تأشيرة إقامة پاسپورٹ تصویر کاپی دستاویز رسید"""
    )
)
_PAPERS = frozenset(token for word in PAPERS for token in normalise(word).texts)


def as_caption(asked: Reading, unasked: Reading, free: Collection[str]) -> Reading:
    """What a caption says. `asked`: read with the question in mind; `unasked`: without it, so what stands there says
    by itself what it is (`my name is …`). `free`: fields that any words would do for."""
    told = {fact.field: fact.value for fact in unasked.facts}
    facts, refused = [], list(asked.refused)
    for fact in asked.facts:
        if fact.field not in free or told.get(fact.field) == fact.value:
            facts.append(fact)
        elif _names_a_paper(fact):
            refused.append(
                Refused(
                    fact.field, fact.value, fact.text, fact.start, fact.end, fact.confidence, WhyRefused.NAMES_THE_FILE
                )
            )
        else:
            facts.append(replace(fact, confidence=UNSURE))
    return replace(asked, facts=tuple(facts), refused=tuple(refused))


def _names_a_paper(fact: Fact) -> bool:
    return not _PAPERS.isdisjoint(normalise(fact.text or "").texts)
