"""A customer's file: as it is kept, or fetched from WhatsApp when somebody looks at it."""

import asyncio

from starlette.responses import Response

from surereply.store import files
from surereply.web.asked import must_exist
from surereply.web.panel.asked import Asked
from surereply.web.panel.rendering import HEADERS
from surereply.web.problems import Problem
from surereply.whatsapp.file_types import FILE_TYPES, MEGABYTE, limits
from surereply.whatsapp.media import MediaFile, MediaProblem

LARGEST_FETCHED = 16 * MEGABYTE  # while somebody waits
STATUSES = {
    MediaProblem.GONE: 404,
    MediaProblem.TYPE_NOT_WANTED: 415,
    MediaProblem.NOT_ITS_TYPE: 415,
    MediaProblem.TOO_LARGE: 413,
}


async def show(asked: Asked) -> Response:
    """Never run, whatever is in it: of a type that we know by its bytes, in a sandbox, and shown only where the type
    runs nothing; anything else is saved, under a name of ours."""
    message_id = asked.id("id")
    file = await _kept(asked) or await _fetched(asked)
    if not isinstance(file, MediaFile):
        raise Problem(STATUSES.get(file, 502), f"media_{file.value}", asked.texts.named("media", file.value))
    known = FILE_TYPES[file.mime_type]
    disposition = "inline" if known.is_inline else f'attachment; filename="{message_id}.{known.extension}"'
    sandboxed = {
        **HEADERS,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": disposition,
    }
    return Response(file.data, media_type=file.mime_type, headers=sandboxed)


async def _kept(asked: Asked) -> MediaFile | None:
    message_id = asked.id("id")
    async with asked.parts.db.connection() as tx:
        bucket, _, _ = must_exist(await files.file_of(tx, asked.parts.directory.buckets(), message_id), "file")
        kept = (await files.kept_files(tx, bucket, [message_id])).get(message_id)
        if kept is None or kept.mime_type is None:
            return None
        data = await files.parts_of(tx, bucket, message_id) if kept.place == "database" else None
    folder = asked.parts.media_folder
    if data is None and folder is not None:
        try:
            data = await asyncio.to_thread(folder.read, message_id)
        except OSError:
            return None  # of a folder that cannot be read now; WhatsApp may still have it
    return MediaFile(data, kept.mime_type) if data is not None else None


async def _fetched(asked: Asked) -> MediaFile | MediaProblem:
    async with asked.parts.db.connection() as tx:
        found = await files.file_of(tx, asked.parts.directory.buckets(), asked.id("id"))
    _, line_id, media_id = must_exist(found, "file")
    if asked.parts.fetch_media is None:
        raise Problem(404, "not_found", asked.texts("media.not_here"))
    return await asked.parts.fetch_media(line_id, media_id, limits(LARGEST_FETCHED))
