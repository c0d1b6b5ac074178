"""Settings of files and voice notes: every mistake in one line, and a folder looked at before anything is served."""

from pathlib import Path

import pytest

from surereply.commands.failures import told
from surereply.config import WrongSettings, read_settings
from surereply.store.folder import Folder, FolderUnusable


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"media_store": "files"}, "SUREREPLY_MEDIA_STORE: must be `database`, `none`, or the full path of a folder"),
        (
            {"media_hosts": "https://lookaside.fbsbx.com/"},
            "SUREREPLY_MEDIA_HOSTS: must be names of hosts, separated by commas, such as lookaside.fbsbx.com",
        ),
        (
            {"transcribe_base_url": "https://api.example/v1"},
            "SUREREPLY_TRANSCRIBE_BASE_URL and SUREREPLY_TRANSCRIBE_MODEL must be set together",
        ),
        (
            {"transcribe_model": "whisper-1"},
            "SUREREPLY_TRANSCRIBE_BASE_URL and SUREREPLY_TRANSCRIBE_MODEL must be set together",
        ),
    ],
)
def test_a_mistake_is_one_line(given: dict[str, object], line: str) -> None:
    with pytest.raises(WrongSettings) as raised:
        read_settings(**given)

    assert raised.value.problems == [line]


def test_hosts_are_split_and_a_slash_at_the_end_is_none() -> None:
    settings = read_settings(
        media_hosts=" lookaside.fbsbx.com, media.example ",
        transcribe_base_url="https://api.example/v1/",
        transcribe_model="m",
    )

    assert settings.hosts_of_media == ("lookaside.fbsbx.com", "media.example")
    assert settings.transcribe_base_url == "https://api.example/v1"


def test_a_folder_is_made_for_us_alone(tmp_path: Path) -> None:
    Folder(tmp_path / "a" / "files").check()

    assert (tmp_path / "a" / "files").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(FolderUnusable) as raised:
        Folder(tmp_path / "file" / "files").check()

    (line,) = told(raised.value)
    assert line.startswith("SUREREPLY_MEDIA_STORE: files cannot be kept in")
    assert "or set SUREREPLY_MEDIA_STORE to another folder or to `database`" in line
