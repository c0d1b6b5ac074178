"""A customer's photo or voice note, fetched from WhatsApp when somebody looks at it, and kept by nobody."""

from starlette.responses import Response

from surereply.store import files
from surereply.web.asked import must_exist
from surereply.web.panel.asked import Asked
from surereply.web.panel.rendering import HEADERS
from surereply.web.problems import Problem
from surereply.whatsapp.media import MediaFile, MediaProblem

# What a browser shows without running anything: no SVG, no HTML.
TYPES = (
    "image/jpeg", "image/png", "image/webp", "image/gif", "audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac",
    "audio/amr", "video/mp4", "video/3gpp",
)  # fmt: skip
STATUSES = {MediaProblem.GONE: 404, MediaProblem.TYPE_NOT_WANTED: 415, MediaProblem.TOO_LARGE: 413}


async def show(asked: Asked) -> Response:
    async with asked.parts.db.connection() as tx:
        found = await files.file_of(tx, asked.parts.directory.buckets(), asked.id("id"))
    line_id, media_id = must_exist(found, "file")
    if asked.parts.fetch_media is None:
        raise Problem(404, "not_found", asked.texts("media.not_here"))
    file = await asked.parts.fetch_media(line_id, media_id, TYPES)
    if not isinstance(file, MediaFile):
        raise Problem(STATUSES.get(file, 502), f"media_{file.value}", asked.texts.named("media", file.value))
    sandboxed = {**HEADERS, "Content-Security-Policy": "default-src 'none'; sandbox", "Content-Disposition": "inline"}
    return Response(file.data, media_type=file.mime_type, headers=sandboxed)
