"""A mail as bytes: RFC 5322 and MIME, text before HTML. Pure; the same mail gives the same bytes."""

from __future__ import annotations

import binascii
from email.utils import format_datetime

from partwork.rendering.headers import ascii_address, guard, head_of, read_mailbox, unstructured
from partwork.sending.outgoing import Mail
from partwork.times import as_instant


def to_mime(mail: Mail) -> bytes:
    """Return `mail` as a whole message with CRLF line ends. Raises CannotBuild.

    Header lines keep within 998 characters (so that List-Unsubscribe is never folded), body lines
    within the 76 of quoted-printable (RFC 2045, section 6.7).
    """
    guard(mail)
    sender = read_mailbox(mail.sender, "From")
    # `=_` can stand nowhere in quoted-printable, so no body holds the boundary.
    boundary = f"=_{mail.message_id}"
    fields = [("From", sender.written("From")), ("To", ascii_address(mail.address, "To"))]
    if mail.reply_to is not None:
        fields.append(("Reply-To", read_mailbox(mail.reply_to, "Reply-To").written("Reply-To")))
    fields += [
        ("Subject", unstructured("Subject", mail.subject)),
        ("Date", format_datetime(as_instant(mail.date))),
        ("Message-ID", f"<{mail.message_id}@{sender.domain}>"),
        *mail.headers,
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    divider = f"--{boundary}".encode("ascii")
    return b"".join(
        (
            head_of(fields),
            divider,
            b"\r\n",
            _body("plain", mail.text),
            divider,
            b"\r\n",
            _body("html", mail.html),
            divider,
            b"--\r\n",
        )
    )


def _body(subtype: str, text: str) -> bytes:
    # The last line end belongs to the divider behind it (RFC 2046, section 5.1.1). The encoder also
    # takes its own from the first one it meets.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n") + "\r\n"
    head = (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode("ascii") + binascii.b2a_qp(lines.encode("utf-8"), istext=True)
