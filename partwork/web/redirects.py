"""Links in emails: from a signed token to where it leads, and a click on the way."""

from __future__ import annotations

from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from partwork.errors import BadToken
from partwork.store.campaigns import LinkRow, find_link
from partwork.store.connect import Store
from partwork.times import Clock
from partwork.tracking.tokens import Purpose, Signed, Signer
from partwork.web.recorder import Recorder

log = structlog.get_logger()


class Redirects:
    """The endpoints of /c and /b. Once a link is known, redirecting needs no database."""

    def __init__(self, store: Store, signer: Signer, clock: Clock, recorder: Recorder) -> None:
        self._store = store
        self._signer = signer
        self._clock = clock
        self._recorder = recorder
        # A link never changes and their number is the workspace's own. Unknown ids are not kept:
        # a stranger could name four thousand million of them.
        self._links: dict[int, LinkRow] = {}

    async def click(self, request: Request) -> Response:
        """Answer /c/TOKEN."""
        return await self._redirect(request, Purpose.CLICK)

    async def book(self, request: Request) -> Response:
        """Answer /b/TOKEN."""
        return await self._redirect(request, Purpose.BOOK)

    async def _redirect(self, request: Request, purpose: Purpose) -> Response:
        try:
            signed = self._signer.read(purpose, request.path_params["token"])
        except BadToken:
            raise HTTPException(404) from None
        link = await self._link(signed)
        if request.method == "GET":
            await self._recorder.click(message_id=signed.message_id, link_id=link.id, now=self._clock.now())
        return RedirectResponse(self._destination(link, signed.message_id), status_code=302)

    async def _link(self, signed: Signed) -> LinkRow:
        link = self._links.get(signed.link_id)
        if link is None:
            link = await run_in_threadpool(self._look_up, signed)
            self._links[link.id] = link
        return link

    def _look_up(self, signed: Signed) -> LinkRow:
        try:
            with self._store.read() as connection:
                link = find_link(connection, signed.link_id)
        except Exception as error:
            log.error("a link cannot be looked up", message=signed.message_id, error=type(error).__name__)
            raise HTTPException(503, headers={"Retry-After": "60"}) from None
        if link is None:
            raise HTTPException(404)
        return link

    def _destination(self, link: LinkRow, message_id: str) -> str:
        # What the link is decides, not the path it was reached by: the token's link id is not
        # signed, and a booking page reached by /c still wants to know the message.
        if not link.reference_parameter:
            return link.url
        reference = self._signer.booking_reference(message_id)
        return with_parameter(link.url, link.reference_parameter, reference)


def with_parameter(url: str, name: str, value: str) -> str:
    """Return `url` with one query parameter set; the rest of the query and the fragment stay as written."""
    parts = urlsplit(url)
    others = [
        pair for pair in parts.query.split("&") if pair and unquote_plus(pair.partition("=")[0]) != name
    ]
    query = "&".join([*others, f"{quote(name, safe='')}={quote(value, safe='')}"])
    return urlunsplit(parts._replace(query=query))
