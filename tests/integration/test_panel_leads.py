"""Leads: listed and on a board, and taken away as CSV, JSON and Excel without a formula in them."""

import csv
import io
import json
import re
import zipfile
from typing import Any

import pytest

from support.app import Answer, Web, open_web, talked
from support.panel import Browser, signed_in, text_of
from surereply.domain.operators import Role


async def two_leads(web: Web) -> Browser:
    web.shop.world.phone("971501234567", name="=cmd|' /C calc'!A0")
    await talked(web, "I need a freelance visa, I am from India")
    await talked(web, "I want to talk to a person", number="971507654321")
    await filled(web)
    return await signed_in(web, Role.MEMBER)


async def filled(web: Web) -> int:
    return await web.shop.process.bookkeeper.fill_cards_once()


@pytest.mark.parametrize("view", ["table", "board"])
async def test_leads_are_shown_with_what_is_known_and_one_click_from_their_conversation(
    database_url: str, view: str
) -> None:
    async with open_web(database_url) as web:
        browser = await two_leads(web)

        page = await browser.get(f"/leads?view={view}")

        text = text_of(page)
        assert "Freelance visa" in text
        assert "Handed over" in text
        for row in await web.shop.fetch("SELECT id FROM conversation"):
            assert f'href="/conversations/{row["id"]}"' in page.body.decode()


async def test_the_score_shows_its_reasons(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser = await two_leads(web)

        text = text_of(await browser.get("/leads?stage=qualifying"))

        assert "Nationality +10" in text
        assert "Full name 0 / 15" in text


async def test_filters_and_pages(database_url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("surereply.web.panel.leads.ON_A_PAGE", 1)
    async with open_web(database_url) as web:
        browser = await two_leads(web)

        newest = await browser.get("/leads")
        older = newest.body.decode().split("before=")[1].split('"')[0].split("&")[0]
        service = text_of(await browser.get("/leads?service=FREELANCE_VISA"))

        assert "+971507654321" in text_of(newest)
        assert "Freelance visa stated" not in text_of(newest)
        assert "India" in text_of(await browser.get(f"/leads?before={older}"))
        assert "India" in service
        for wrong in ("stage=lukewarm", "view=cube", "before=x"):
            assert (await browser.get(f"/leads?{wrong}")).status == 404


async def test_leads_are_counted_and_filtered_as_they_are_also_after_acts_and_an_erasure(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser = await two_leads(web)
        web.parts.directory.has_secret_key = True
        lead_id = await web.shop.value("SELECT id FROM lead ORDER BY id LIMIT 1")

        assert (await browser.post(f"/leads/{lead_id}/stage", {"stage": "won"}, hx_request="true")).status == 200
        await filled(web)
        won = text_of(await browser.get("/leads?stage=won"))
        assert "Won (1)" in won
        assert "Qualifying (0)" in won
        assert "India" in won
        assert await miscounted(web) == []

        conversation_id = await web.shop.value("SELECT conversation_id FROM lead WHERE id = $1", lead_id)
        admin = await signed_in(web, name="Omar")
        erased = await admin.post(f"/conversations/{conversation_id}/erasure", {"number": "+971501234567"})
        assert erased.status == 303
        assert "India" not in text_of(await browser.get("/leads?stage=won"))
        assert "Won (0)" in text_of(await browser.get("/leads"))
        assert await miscounted(web) == []
        await filled(web)
        assert await miscounted(web) == []


async def miscounted(web: Web) -> list[Any]:
    """Kinds of leads whose count is not the number of leads that are of it and belong to a contact who is there."""
    return await web.shop.fetch(
        """
        WITH counted AS (
            SELECT bucket, flow_name, service, stage, field, count FROM lead_count WHERE count <> 0),
             there AS (
            SELECT l.bucket, l.flow_name, coalesce(l.service_type_enum, ''), l.stage, k.field, count(*)
              FROM lead l
              JOIN contact n ON n.bucket = l.bucket AND n.id = l.contact_id AND n.erased_at IS NULL
             CROSS JOIN LATERAL (SELECT '' AS field UNION ALL SELECT jsonb_object_keys(l.fields)) k
             GROUP BY 1, 2, 3, 4, 5)
        (TABLE counted EXCEPT TABLE there) UNION ALL (TABLE there EXCEPT TABLE counted)
        """
    )


async def test_files_hold_every_lead_and_no_formula_and_are_on_record(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser = await two_leads(web)

        files = {form: await browser.post("/leads/export", {"form": form}) for form in ("csv", "json", "xlsx")}
        other = await browser.post("/leads/export", {"form": "exe"})

        rows = list(csv.DictReader(io.StringIO(files["csv"].body.decode("utf-8-sig"))))
        assert [row["nationality"] for row in rows] == ["IN", ""]
        assert rows[0]["profile_name"] == "'=cmd|' /C calc'!A0"
        assert [json.loads(line)["stage"] for line in files["json"].body.splitlines()] == ["qualifying", "handed_over"]
        with zipfile.ZipFile(io.BytesIO(files["xlsx"].body)) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert sheet.count("<row ") == 3
        assert "<f>" not in sheet
        assert other.status == 422
        assert "attachment" in files["csv"].headers["content-disposition"]
        assert await web.shop.value("SELECT count(*) FROM act WHERE name = 'export_leads' AND operator = 'Layla'") == 3


SIGNS = "=+-@\t\r\n＝＋－＠"


async def test_no_cell_of_a_file_is_a_formula_or_begins_a_row_whatever_a_name_holds(database_url: str) -> None:
    names = [
        *(f"{sign}cmd|' /C calc'!A0" for sign in SIGNS),
        "a\r=1+1",
        'b\n"=1+1',
        'c,"=1+1',
        "\u202e=1+1",
        "<b>d</b>",
    ]
    async with open_web(database_url) as web:
        for number, name in enumerate(names):
            web.shop.world.phone(f"9715011100{number:02}", name=name)
            await talked(web, "I need a freelance visa", number=f"9715011100{number:02}")
        browser = await signed_in(web, Role.MEMBER)

        files = {form: (await browser.post("/leads/export", {"form": form})).body for form in ("csv", "json", "xlsx")}

        text = files["csv"].decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert [row["profile_name"].removeprefix("'") for row in rows] == names
        assert all(row["flow"] == "business-services" for row in rows)
        # As a spreadsheet reads it, for which a bare CR, too, ends a row: each row begins with an id of ours.
        outside_quotes = re.sub(r'"(?:[^"]|"")*"', "…", text)
        lines = re.split(r"\r\n|\r|\n", outside_quotes.strip())
        assert len(lines) == 1 + len(names)
        assert [cell for line in lines for cell in line.split(",") if cell.startswith(tuple(SIGNS))] == []
        assert [cell for row in rows for cell in row.values() if cell.startswith(tuple(SIGNS))] == []
        assert [json.loads(line)["profile_name"] for line in files["json"].splitlines()] == names
        with zipfile.ZipFile(io.BytesIO(files["xlsx"])) as book:
            sheets = [book.read(name).decode() for name in book.namelist() if "worksheets/" in name]
        assert [tag for tag in ("<f>", "<f ", "<hyperlink") if tag in "".join(sheets)] == []


async def test_a_file_holds_what_the_page_is_filtered_by(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser = await two_leads(web)
        shown = (await browser.get("/leads?stage=qualifying&service=FREELANCE_VISA")).body.decode()

        def rows(answer: Answer) -> list[str]:
            return [json.loads(line)["stage"] for line in answer.body.splitlines()]

        assert '<input type="hidden" name="stage" value="qualifying">' in shown
        assert '<input type="hidden" name="service" value="FREELANCE_VISA">' in shown
        for wanted, stages in (
            ({"stage": "qualifying"}, ["qualifying"]),
            ({"service": "FREELANCE_VISA"}, ["qualifying"]),
            ({"stage": "handed_over", "service": "FREELANCE_VISA"}, []),
            ({"flow": "business-services", "stage": "handed_over"}, ["handed_over"]),
        ):
            assert rows(await browser.post("/leads/export", {"form": "json", **wanted})) == stages
        assert (await browser.post("/leads/export", {"form": "json", "stage": "lukewarm"})).status == 422
        on_record = {"format": "json", "flow": None, "stage": "qualifying", "service": None}
        asked = "SELECT count(*) FROM act WHERE name = 'export_leads' AND detail = $1::jsonb"
        assert await web.shop.value(asked, json.dumps(on_record)) == 1
