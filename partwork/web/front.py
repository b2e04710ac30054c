"""What stands before every endpoint: headers on each answer, and a friendly end to every failure."""

from __future__ import annotations

import traceback
from pathlib import Path

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partwork.web.pages import CONTENT_SECURITY_POLICY, Pages
from partwork.web.words import Occasion

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}

_PACKAGE = Path(__file__).parents[1]

log = structlog.get_logger()


class Front:
    """ASGI middleware. It lets no exception out: a traceback may quote what it was working on."""

    def __init__(self, app: ASGIApp, *, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except ClientDisconnect:
            return
        except Exception as error:
            log.error("a request failed", error=type(error).__name__, at=_place(error))
            if not has_begun:
                page = await run_in_threadpool(self._pages.answer, Occasion.TROUBLE, status=500)
                await page(scope, receive, send_with_headers)


def _place(error: Exception) -> str:
    """Return the innermost line of ours, `file:line`; no value that was at hand there."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
    innermost = (ours or frames)[-1]
    return f"{Path(innermost.filename).name}:{innermost.lineno}"
