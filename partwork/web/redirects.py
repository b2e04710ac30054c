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
from partwork.tracking.keyring import Keyring, Recognised
from partwork.tracking.tokens import Purpose, Realm
from partwork.web.pages import Pages
from partwork.web.recorder import Recorder
from partwork.web.words import Occasion

log = structlog.get_logger()


class Redirects:
    """The endpoints of /c and /b. Once a link is known, redirecting needs no database."""

    def __init__(
        self, store: Store, keyring: Keyring, clock: Clock, recorder: Recorder, pages: Pages
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._recorder = recorder
        self._pages = pages
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
            known = self._keyring.read(purpose, request.path_params["token"])
        except BadToken:
            raise HTTPException(404) from None
        if known.realm is Realm.PREVIEW:
            # A preview is made without a database: its links have no ids.
            return await run_in_threadpool(self._pages.answer, Occasion.PREVIEW, status=200)
        link = await self._link(known)
        if link is None:
            # Its email came from another database of this workspace's: no reader is to be helped on.
            return await run_in_threadpool(self._pages.answer, Occasion.TEST_LOST, status=404)
        if request.method == "GET" and not known.is_harmless:
            await self._recorder.click(
                message_id=known.signed.message_id, link_id=link.id, now=self._clock.now()
            )
        return RedirectResponse(_destination(link, known), status_code=302)

    async def _link(self, known: Recognised) -> LinkRow | None:
        """Return the link; None for a test's that is not here. Raises HTTPException where there is none."""
        link = self._links.get(known.signed.link_id)
        if link is None:
            link = await run_in_threadpool(self._look_up, known)
            if link is None and not known.is_harmless:
                raise HTTPException(404)
            if link is not None:
                self._links[link.id] = link
        return link

    def _look_up(self, known: Recognised) -> LinkRow | None:
        try:
            with self._store.read() as connection:
                return find_link(connection, known.signed.link_id)
        except Exception as error:
            message_id = known.signed.message_id
            log.error("a link cannot be looked up", message=message_id, error=type(error).__name__)
            raise HTTPException(503, headers={"Retry-After": "60"}) from None


def _destination(link: LinkRow, known: Recognised) -> str:
    # What the link is decides, not the path it was reached by: the token's link id is not
    # signed, and a booking page reached by /c still wants to know the message.
    if not link.reference_parameter:
        return link.url
    # In the realm of the token: what a test's visitor books is no reader's booking.
    reference = known.signer.booking_reference(known.signed.message_id)
    return with_parameter(link.url, link.reference_parameter, reference)


def with_parameter(url: str, name: str, value: str) -> str:
    """Return `url` with one query parameter set; the rest of the query and the fragment stay as written."""
    parts = urlsplit(url)
    others = [
        pair for pair in parts.query.split("&") if pair and unquote_plus(pair.partition("=")[0]) != name
    ]
    query = "&".join([*others, f"{quote(name, safe='')}={quote(value, safe='')}"])
    return urlunsplit(parts._replace(query=query))
