"""Names the look of a template: the contents of its files and of those they draw on. Adapter."""

from __future__ import annotations

import re
from pathlib import Path

from partwork.ids import content_hash

_DRAWN_ON = re.compile(r"\[%-?\s*(?:extends|include|import|from)\s+[\"']([^\"']+)[\"']")
_UNSEEN = re.compile(r"\[#.*?#\]|<!--(?!\[).*?-->", re.DOTALL)
_BLANKS = re.compile(r"\s+")


def template_look(templates: Path, template: str, *, words: Path | None = None) -> str:
    """Return a name for what `template` looks like; comments and white space change nothing.

    words: the file of the templates' own words
    A file that is missing is told when the template is compiled, not here.
    """
    contents: dict[str, str] = {}
    waiting = [f"{template}.mjml", f"{template}.txt"]
    while waiting:
        name = waiting.pop()
        if name not in contents:
            contents[name] = _content(templates / name)
            waiting += _DRAWN_ON.findall(contents[name])
    if words:
        contents[words.name] = _content(words)
    return content_hash(*(piece for name in sorted(contents) for piece in (name, contents[name])))


def _content(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    return _BLANKS.sub(" ", _UNSEEN.sub(" ", text)).strip()
