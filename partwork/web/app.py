"""The public web application: which path leads to what, and what an error looks like."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from partwork.store.campaigns import recorded_settings
from partwork.store.connect import Store
from partwork.times import Clock
from partwork.tracking.keyring import Keyring
from partwork.tracking.tokens import Signer
from partwork.web.front import Front
from partwork.web.leaving import Leaving
from partwork.web.media import Media
from partwork.web.pages import Pages
from partwork.web.practice import Practice
from partwork.web.recorder import Recorder
from partwork.web.redirects import Redirects
from partwork.web.words import Occasion

_OCCASIONS = {
    400: Occasion.UNCLEAR,
    404: Occasion.NOT_FOUND,
    405: Occasion.WRONG_METHOD,
    413: Occasion.UNCLEAR,
    503: Occasion.TROUBLE,
}


def create_app(
    store: Store,
    signer: Signer,
    clock: Clock,
    *,
    demonstrations: Sequence[Signer] = (),
    unpublished: Practice | None = None,
) -> Starlette:
    """Return the application for one database and one realm. The caller closes the store after it.

    demonstrations: realms of previews and tests, whose links are answered and touch nobody
    unpublished:    whose pages they are while nothing was published; by default nobody's
    """
    pages = Pages(store, unpublished=unpublished or Practice())
    recorder = Recorder(store)
    keyring = Keyring(signer, *demonstrations)
    redirects = Redirects(store, keyring, clock, recorder, pages)
    media = Media(store)
    leaving = Leaving(keyring, clock, recorder, pages)

    def health(_request: Request) -> Response:
        try:
            with store.read() as connection:
                recorded_settings(connection)
        except Exception:
            return JSONResponse({"status": "unavailable"}, status_code=503)
        return JSONResponse({"status": "ok"})

    def explain(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return pages.answer(_OCCASIONS[error.status_code], status=error.status_code, headers=error.headers)

    @asynccontextmanager
    async def recording(_app: Starlette) -> AsyncGenerator[None, None]:
        yield
        await run_in_threadpool(recorder.close)

    app = Starlette(
        routes=[
            Route("/c/{token}", redirects.click, methods=["GET"]),
            Route("/b/{token}", redirects.book, methods=["GET"]),
            Route("/u/{token}", leaving.unsubscribe, methods=["GET", "POST"]),
            Route("/m/{content_hash}", media.picture, methods=["GET"]),
            Route("/healthz", health, methods=["GET"]),
        ],
        middleware=[Middleware(Front, pages=pages)],
        exception_handlers={HTTPException: explain},
        lifespan=recording,
    )
    # Such a redirect would repeat whatever host and path the request names.
    app.router.redirect_slashes = False
    return app
