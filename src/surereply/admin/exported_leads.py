"""Leads as files: CSV, JSON lines and Excel; nothing that a customer wrote becomes a formula."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, BinaryIO

import xlsxwriter

from surereply.domain.identity import UNKNOWN_LINE_BUCKET, new_id
from surereply.store.acts import note_act
from surereply.store.database import Database, Tx, to_json
from surereply.store.exporting import ExportedLead, WantedLeads, field_names, leads

# A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV Injection).
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
COLUMNS = ("id", "flow", "line", "phone", "profile_name", "stage", "service", "score", "opened_at", "updated_at",
           "closed_at")  # fmt: skip
LONGEST_CELL = 32_767  # Excel's own limit


async def note_export(db: Database, form: str, wanted: WantedLeads, operator: str, now: datetime) -> None:
    """On record before the first byte: whoever takes data out is known."""
    async with db.transaction() as tx:
        detail = {"format": form, **asdict(wanted)}
        await note_act(tx, UNKNOWN_LINE_BUCKET, new_id(now), "export_leads", operator, now, detail=detail)


async def as_json_lines(tx: Tx, wanted: WantedLeads) -> AsyncIterator[str]:
    async for lead in leads(tx, wanted):
        yield f"{to_json(lead)}\n"


async def as_csv(tx: Tx, wanted: WantedLeads) -> AsyncIterator[str]:
    """A row each, after the names of the columns."""
    names = await field_names(tx, wanted)
    yield _csv_line(safe_cells([*COLUMNS, *names]))
    async for lead in leads(tx, wanted):
        yield _csv_line(safe_cells(_cells(lead, names)))


async def write_excel(tx: Tx, wanted: WantedLeads, to: BinaryIO) -> None:
    """A workbook with one sheet; row by row, so that its size is the disk's matter."""
    names = await field_names(tx, wanted)
    book = xlsxwriter.Workbook(to, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Leads")
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for column, name in enumerate((*COLUMNS, *names)):
        sheet.write_string(0, column, name, bold)
    row = 0
    async for lead in leads(tx, wanted):
        row += 1
        for column, value in enumerate(_cells(lead, names)):
            if isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(row, column, value)
            elif value is not None:
                sheet.write_string(row, column, _text(value)[:LONGEST_CELL])
    book.close()


def safe_cells(values: Iterable[Any]) -> list[str]:
    """Cells of a CSV row: nothing that a customer wrote becomes a formula."""
    return [_safe(value) for value in values]


def _safe(value: Any) -> str:
    text = _text(value)
    is_ours = isinstance(value, datetime) or (isinstance(value, int | float) and not isinstance(value, bool))
    return f"'{text}" if text.startswith(FORMULA_SIGNS) and not is_ours else text  # a number of ours may be negative


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
        case bool() | dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def _cells(lead: ExportedLead, names: Iterable[str]) -> list[Any]:
    plain = asdict(lead)
    return [*(plain[column] for column in COLUMNS), *(lead.fields.get(name) for name in names)]


def _csv_line(cells: list[str]) -> str:
    line = io.StringIO()
    # RFC 4180's own end of a line: cells with one of its characters are quoted, else a bare CR would begin a new row.
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
