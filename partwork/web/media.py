"""The endpoint of /m: pictures in emails, by what they hold. It knows no reader and records nothing."""

from __future__ import annotations

import re

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from partwork.store.connect import Store
from partwork.store.media import PictureRow, find_picture

_HASH = re.compile("[a-z2-7]{32}")
_FOR_EVER = "public, max-age=31536000, immutable"

log = structlog.get_logger()


class Media:
    """Answers with a picture, the same to everybody: who asked cannot be told from the address."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def picture(self, request: Request) -> Response:
        """Answer /m/HASH."""
        content_hash = request.path_params["content_hash"]
        if not _HASH.fullmatch(content_hash):
            raise HTTPException(404)
        headers = {"Cache-Control": _FOR_EVER, "ETag": f'"{content_hash}"'}
        if headers["ETag"] in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers=headers)
        picture = await run_in_threadpool(self._look_up, content_hash)
        return Response(picture.data, media_type=picture.media_type, headers=headers)

    def _look_up(self, content_hash: str) -> PictureRow:
        try:
            with self._store.read() as connection:
                picture = find_picture(connection, content_hash)
        except Exception as error:
            log.error("a picture cannot be looked up", picture=content_hash, error=type(error).__name__)
            raise HTTPException(503, headers={"Retry-After": "60"}) from None
        if picture is None:
            raise HTTPException(404)
        return picture
