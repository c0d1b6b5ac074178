"""A folder for the files of customers: one of this machine, or one that several machines share."""

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

OURS_ALONE = 0o700


class FolderUnusable(Exception):
    """SUREREPLY_MEDIA_STORE: files cannot be kept in this folder."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"SUREREPLY_MEDIA_STORE: files cannot be kept in {folder} ({reason}): make it writable, or set "
            "SUREREPLY_MEDIA_STORE to another folder or to `database`"
        )


@dataclass(frozen=True, slots=True)
class Folder:
    """Files by the id of their message, in a folder for some days each. No name of a customer's is ever a path."""

    root: Path

    def check(self) -> None:
        """Raises `FolderUnusable`."""
        try:
            self.root.mkdir(mode=OURS_ALONE, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.root):
                pass
        except OSError as error:
            raise FolderUnusable(self.root, error.strerror or type(error).__name__) from None

    def write(self, message_id: UUID, token: UUID, data: bytes) -> None:
        """On disk beside its place, for `move_in`. Raises OSError."""
        path = self._path(message_id)
        path.parent.mkdir(mode=OURS_ALONE, exist_ok=True)
        descriptor = os.open(_beside(path, token), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def move_in(self, message_id: UUID, token: UUID) -> None:
        """Into its place, to be called while the file's ticket is locked: one process does it. Raises OSError."""
        path = self._path(message_id)
        os.replace(_beside(path, token), path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def read(self, message_id: UUID) -> bytes | None:
        """None where it is not in this folder. Raises OSError."""
        try:
            return self._path(message_id).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, message_id: UUID) -> None:
        """The file, and what a process that died left beside it. Raises OSError."""
        path = self._path(message_id)
        for one in (path, *path.parent.glob(f"{path.name}.*")):
            one.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()  # where it was the last one there

    def forget(self, message_id: UUID, token: UUID) -> None:
        """What was written and is not to be moved in."""
        _beside(self._path(message_id), token).unlink(missing_ok=True)

    def _path(self, message_id: UUID) -> Path:
        """Ids are times (UUIDv7): those of three days begin with the same 20 bits."""
        return self.root / message_id.hex[:5] / message_id.hex


def _beside(path: Path, token: UUID) -> Path:
    return path.with_name(f"{path.name}.{token.hex}")
