"""What customers wrote never becomes a formula in a spreadsheet."""

from datetime import UTC, datetime

import pytest

from surereply.admin.exported_leads import safe_cells


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_text_that_a_spreadsheet_would_run_is_quoted(sign: str) -> None:
    assert safe_cells([f"{sign}cmd|'/C calc'!A0"]) == [f"'{sign}cmd|'/C calc'!A0"]


def test_other_cells_stand_as_they_are() -> None:
    at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    assert safe_cells(["Ada", None, -3, 2.5, True, ["a"], at]) == [
        "Ada",
        "",
        "-3",
        "2.5",
        "true",
        '["a"]',
        "2026-11-23T09:00:00+00:00",
    ]


def test_names_of_fields_are_cells_too() -> None:
    assert safe_cells(["=field"]) == ["'=field"]
