"""Does every link lead where it may, in the one form every mail program reads? Pure; nothing is fetched."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote, urlsplit

from partwork.rendering.checks.findings import Finding, error, shortened, warning
from partwork.rendering.checks.page import Page

_CHECK = "link"
_MAIL = re.compile(r"mailto:[^@\s,;?]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(\?[^\s]*)?", re.IGNORECASE)
_PHONE = re.compile(r"tel:\+?[0-9][0-9().-]{2,30}", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+")
_UNWANTED = re.compile(r"[\x00-\x20\x7f\\\"<>^`{|}]")
_SHOWN_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?([\w-]+(?:\.[\w-]+)+)(?:/\S*)?")


def link_findings(page: Page, *, own: str, allowed_hosts: Sequence[str]) -> Iterator[Finding]:
    """Yield each link of an email that is wrong in itself.

    own: where our own links begin; on this machine they may be plain http
    allowed_hosts: the hosts, with all below them, that links may lead to; none means any
    """
    targets = {element.attributes.get(name, "") for element in page.root.elements for name in ("id", "name")}
    for element in page.root.all("a", "area"):
        address = element.attributes.get("href")
        said = shortened(element.text or next((i.attributes.get("alt", "") for i in element.all("img")), ""))
        if address is None:
            yield error(_CHECK, f"{said} is a link without an address: give it an href")
        elif address.startswith("#"):
            if len(address) == 1 or address[1:] not in targets:
                yield error(_CHECK, f"{said} leads to '{address}', which is nowhere in this email")
        elif not _is_own(address, own):
            for text in address_faults(address, allowed_hosts=allowed_hosts):
                yield error(_CHECK, f"{said} leads to {shortened(address, to=80)}: {text}")
        if address and (shown := _another_host_shown(element.text, address, own)):
            yield warning(
                _CHECK, f"{said} shows {shown} and leads elsewhere, as forged links do: say it in words"
            )


def address_faults(address: str, *, allowed_hosts: Sequence[str] = ()) -> Iterator[str]:
    """Yield what is wrong with an address, and what would be right."""
    if not address.strip():
        yield "it is empty: write where it leads"
        return
    if _UNWANTED.search(address) or not address.isascii() or re.search("[\r\n\x00]", unquote(address)):
        yield "it holds a sign no address may hold: write it as a browser's address line shows it"
        return
    scheme, colon, _ = address.partition(":")
    if colon and scheme.lower() == "mailto":
        if not _MAIL.fullmatch(address):
            yield "this is no email address: write one as in 'mailto:hello@example.org'"
        return
    if colon and scheme.lower() == "tel":
        if not _PHONE.fullmatch(address):
            yield "this is no telephone number: write one as in 'tel:+441632960000'"
        return
    yield from _faults_of_page(address, allowed_hosts)


def _faults_of_page(address: str, allowed_hosts: Sequence[str]) -> Iterator[str]:
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        yield "this is no address: write one as in 'https://www.example.org/page'"
        return
    if parts.scheme == "http":
        yield "it is not encrypted: write https://"
    elif parts.scheme != "https":
        yield "links lead to https://, mailto: or tel: and nowhere else: write the whole address"
        return
    if "@" in parts.netloc:
        yield "it holds a user name (the part before '@'): take it out"
    if port not in (None, 80, 443):
        yield f"port {port} is closed to many readers: leave it out"
    if _is_number(host):
        yield "it names a machine by its number, as forged links do: write the name of the host"
    elif not _HOST.fullmatch(host) or ".." in host:
        yield "it names no host: write one as in 'https://www.example.org/page'"
    elif allowed_hosts and not is_allowed(host, allowed_hosts):
        yield f"'{host}' is not among links.allowed_hosts in partwork.yaml: add it there, or lead elsewhere"


def is_allowed(host: str, allowed_hosts: Sequence[str]) -> bool:
    """Say whether a host is one of those allowed, or below one."""
    return any(host.lower() == one or host.lower().endswith(f".{one}") for one in allowed_hosts)


def _is_own(address: str, own: str) -> bool:
    return address.startswith(f"{own}/")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # 0x7f000001 and 2130706433 are machines, too, to a browser
        return re.fullmatch(r"(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+))*", host, re.IGNORECASE) is not None
    return True


def _another_host_shown(text: str, address: str, own: str) -> str | None:
    """Return the host a link shows as its text, if it leads to another; our own redirects may."""
    shown = _SHOWN_ADDRESS.fullmatch(text.strip())
    if not shown or "." not in shown[1] or _is_own(address, own) or not address.startswith("http"):
        return None
    try:
        host = (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return None
    return None if host == shown[1].lower() else shown[1]
