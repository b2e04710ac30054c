"""Marks a merged mail as a test: in its subject, at the top of both bodies, in a header. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

from partwork.sending.outgoing import Mail

HEADER = ("X-Partwork-Test", "yes")
"""What tells a test from mail to a reader, whose message id is in the database."""

# The preheader stays in front: it is what phones show beside the subject, and part of what is tried out.
_TOP = re.compile(r"<body\b[^>]*>(?:\s*<div style=\"display:none[^>]*>[^<]*</div>)?", re.IGNORECASE)

# Two colours of its own, strong enough on any ground: no style sheet need be read, light or dark.
_BANNER = (
    '<table role="presentation" dir="auto" border="0" cellpadding="0" cellspacing="0" width="100%"><tr>'
    '<td align="center" bgcolor="#ffd54a" style="background:#ffd54a;color:#1a1a1a;padding:12px 16px;'
    'font-family:Arial,sans-serif;font-size:15px;line-height:22px;font-weight:700">{text}</td></tr></table>'
)


def mark_as_test(mail: Mail, *, text: str, before_subject: str) -> Mail:
    """Return `mail` so that nobody takes it for what readers get, in the words given."""
    banner = _BANNER.format(text=escape(text))
    html, places = _TOP.subn(lambda top: top[0] + banner, mail.html, count=1)
    return replace(
        mail,
        subject=f"{before_subject} {mail.subject}",
        text=f"{text}\n\n{mail.text}",
        html=html if places else banner + html,
        headers=(*mail.headers, HEADER),
    )
