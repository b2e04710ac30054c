"""Leaving: the page that asks, and the POST that acts at once (RFC 8058)."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from partwork.errors import BadToken
from partwork.times import Clock
from partwork.tracking.keyring import Keyring
from partwork.tracking.tokens import Purpose, Realm
from partwork.web.pages import Pages
from partwork.web.recorder import Recorder
from partwork.web.words import Occasion

BODY_LIMIT_BYTES = 1024
_FIELD = ("List-Unsubscribe", "One-Click")

log = structlog.get_logger()


class Leaving:
    """The endpoint of /u. Every answer is the same for every reader."""

    def __init__(self, keyring: Keyring, clock: Clock, recorder: Recorder, pages: Pages) -> None:
        self._keyring = keyring
        self._clock = clock
        self._recorder = recorder
        self._pages = pages

    async def unsubscribe(self, request: Request) -> Response:
        """Answer /u/TOKEN: a question to GET and HEAD, the deed to POST."""
        try:
            known = self._keyring.read(Purpose.UNSUBSCRIBE, request.path_params["token"])
        except BadToken:
            raise HTTPException(404) from None
        if known.realm is Realm.PREVIEW:
            return await self._page(Occasion.PREVIEW, status=200)
        if request.method != "POST":
            asking = Occasion.TEST_LEAVE if known.is_harmless else Occasion.LEAVE
            return await self._page(asking, status=200)
        if not await _is_one_click(request):
            raise HTTPException(400)
        if known.is_harmless:
            return await self._page(Occasion.TEST_LEFT, status=200)
        return await self._leave(known.signed.message_id)

    async def _leave(self, message_id: str) -> Response:
        try:
            is_known = await self._recorder.leave(message_id=message_id, now=self._clock.now())
        except Exception as error:
            log.error("a reader could not leave", message=message_id, error=type(error).__name__)
            return await self._page(Occasion.NOT_LEFT, status=503, retry_after_s=60)
        if not is_known:
            # Our own signature on a message that is gone: erased, or a rehearsal made anew. Who is
            # not there gets no mail, so the answer stays the same.
            log.warning("someone left by a message that is not in the database", message=message_id)
        return await self._page(Occasion.LEFT, status=200)

    async def _page(self, occasion: Occasion, *, status: int, retry_after_s: int = 0) -> Response:
        headers = {"Retry-After": str(retry_after_s)} if retry_after_s else None
        return await run_in_threadpool(self._pages.answer, occasion, status=status, headers=headers)


async def _is_one_click(request: Request) -> bool:
    """Say whether a POST carries the one field of RFC 8058, section 3.1, and nothing else.

    An empty body counts, too: some mail programs send no more than that. Raises HTTPException for
    a body over the limit.
    """
    body = await _capped_body(request)
    content = body.rstrip(b"\r\n")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content and media_type == "multipart/form-data":
        return await _multipart_fields(request, body) == [_FIELD]
    return content in (b"", "=".join(_FIELD).encode())


async def _capped_body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            raise HTTPException(413)
    return body


async def _multipart_fields(request: Request, body: bytes) -> list[tuple[str, object]]:
    async def once() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(request.headers, once(), max_files=0, max_fields=1).parse()
    except MultiPartException:
        return []
    return list(form.multi_items())
