"""Reads YAML 1.2 files so that every key and value knows its line. An adapter: it judges only the YAML.

The text is composed into nodes and never constructed into objects, so no tag can run anything,
and what a word means (text, number, yes or no, nothing) is decided here by the rules of YAML 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from partwork.campaigns.validation import Location, Value
from partwork.campaigns.values import quoted, visible
from partwork.errors import Problem, WorkspaceError

Place: TypeAlias = tuple[int, int]

# YAML 1.2.2, section 10.3.2 (core schema). The length keeps int() within what Python converts.
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,18}|[0-9]{1,18}(\.[0-9]{0,18})?)([eE][-+]?[0-9]{1,3})?")
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_LINE_BREAK = re.compile(r"\r\n|\r|\n")  # YAML 1.2.2, section 5.4: not str.splitlines
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_PAIR = "write a key, a colon, a space, then the value"
_INDENT = "the indentation does not fit the lines above: keys of one list or section start in one column"
# A value or list item that begins with a sign YAML keeps for itself.
_SPECIAL_START = re.compile(r"\s*(?:- +)*(?:[\w-]+:\s+)?(?P<mark>\{\{|[@`%*&!>|?,\]}])")
_GLUED_PAIR = re.compile(r"\s*(?:- +)*[a-z_]+(?P<colon>:)[^\s/:]")
_EXPLAINED = {
    "but found another document": "a second document starts here: take out this line of '---' or '...'",
    "sequence entries are not allowed here": "a list starts below its key: each '- ' on a line of its own",
}


@dataclass(frozen=True, slots=True)
class YamlFile:
    """One file's data and where each piece of it stands.

    name: as problems show it, relative to the workspace
    """

    name: str
    data: Mapping[str, Value]
    _keys: Mapping[Location, Place] = field(repr=False)
    _values: Mapping[Location, Place] = field(repr=False)

    def place(self, location: Location, *, at_key: bool = False) -> Place:
        """Return line and column (from 1) of a value, or of its key.

        What is not in the file (a missing key) has the place of the nearest thing around it.
        """
        exact = self._keys if at_key else self._values
        if location in exact:
            return exact[location]
        for length in range(len(location), 0, -1):
            around = location[:length]
            if place := self._keys.get(around) or self._values.get(around):
                return place
        return self._values[()]

    def problem(self, location: Location, text: str, *, at_key: bool = False) -> Problem:
        """Return a problem of this file at the place of `location`."""
        line, column = self.place(location, at_key=at_key)
        return Problem(self.name, line, column, visible(text))


def read_yaml(path: Path, *, name: str) -> YamlFile:
    """Return the mapping in the file at `path`. Raises WorkspaceError with everything wrong in it."""
    text = read_text(path, name=name)
    try:
        root = _compose(text)
        if not isinstance(root, MappingNode):
            raise WorkspaceError([_no_mapping(name, root)])
        return _Builder(name, text).build(root)
    except ReaderError as error:
        place = _place_after(text[: error.position])
        what = f"an invisible control character (U+{ord(text[error.position]):04X}) stands here: take it out"
        raise WorkspaceError([Problem(name, *place, what)]) from None
    except MarkedYAMLError as error:
        raise WorkspaceError([Problem(name, *_explained(error, _LINE_BREAK.split(text)))]) from None
    except RecursionError:
        text = "lists and keys stand inside each other too deeply"
        raise WorkspaceError([Problem(name, 0, 0, text)]) from None


def _compose(text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False  # a warning on stderr; anchors are refused with their line
    root: Node | None = yaml.compose(text)
    return root


def _no_mapping(name: str, root: Node | None) -> Problem:
    if root is None or not root.value:
        return Problem(name, 1, 1, "this file is empty: write 'key: value' lines")
    return Problem(name, *_place(root), f"no 'key: value' here: {_PAIR}")


def read_text(path: Path, *, name: str) -> str:
    """Return a UTF-8 file's text without its byte-order mark. Raises WorkspaceError naming `name`."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise WorkspaceError([Problem(name, 0, 0, "this file is missing")]) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WorkspaceError([Problem(name, 0, 0, f"this file cannot be read: {reason}")]) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", "replace")
        line, column = _place_after(before)
        text = "this character is not UTF-8: save the file with the encoding UTF-8"
        raise WorkspaceError([Problem(name, line, column, text)]) from None


class _Builder:
    """Turns nodes into plain data, noting every place and every fault on the way."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text
        self._keys: dict[Location, Place] = {}
        self._values: dict[Location, Place] = {}
        self._problems: list[Problem] = []

    def build(self, root: MappingNode) -> YamlFile:
        self._values[()] = _place(root)
        data = self._mapping(root, ())
        if self._problems:
            raise WorkspaceError(self._problems)
        return YamlFile(self._name, data, self._keys, self._values)

    def _value(self, node: Node, location: Location) -> Value:
        # An empty value has no place of its own: YAML notices it only at the next word.
        is_empty = isinstance(node, ScalarNode) and not node.value and not node.style
        self._values[location] = self._keys.get(location, _place(node)) if is_empty else _place(node)
        if self._is_refused(node):
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, location)
        if isinstance(node, SequenceNode):
            return [self._value(item, (*location, index)) for index, item in enumerate(node.value)]
        is_quoted = isinstance(node, ScalarNode) and bool(node.style)
        return str(node.value) if is_quoted else _scalar(str(node.value))

    def _mapping(self, node: MappingNode, location: Location) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for key_node, value_node in node.value:
            if self._is_refused(key_node):
                continue
            if not isinstance(key_node, ScalarNode):
                self._complain(key_node, "a key is one word; text that starts with '{' or '[' needs quotes")
                continue
            key = str(key_node.value)
            here = (*location, key)
            if key in found:
                line, _ = self._keys[here]
                self._complain(key_node, f"{quoted(key)} stands here twice (first in line {line}): keep one")
                continue
            self._keys[here] = _place(key_node)
            found[key] = self._value(value_node, here)
        return found

    def _is_refused(self, node: Node) -> bool:
        """Refuse tags, anchors and aliases: nothing runs, and no few lines unfold into millions."""
        mark = self._text[node.start_mark.index : node.start_mark.index + 1]
        if mark in ("!", "&"):
            self._complain(node, f"'{mark}' has a meaning of its own in YAML: put quotes around such text")
            return True
        if isinstance(node, ScalarNode) and _HALF_CHARACTER.search(node.value):
            self._complain(node, "a code from \\ud800 to \\udfff is no character: write the character itself")
            return True
        return False

    def _complain(self, node: Node, text: str) -> None:
        self._problems.append(Problem(self._name, *_place(node), text))


def _scalar(text: str) -> Value:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _place(node: Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _place_after(before: str) -> Place:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _explained(error: MarkedYAMLError, lines: list[str]) -> tuple[int, int, str]:
    """Return where staff should look and what is wrong there, in their words."""
    start, end = error.context_mark, error.problem_mark or error.context_mark
    context, problem = str(error.context or ""), str(error.problem or "")
    if start and context == "while scanning a quoted scalar":
        return _at(start, "the quote that opens here is never closed")
    line = lines[end.line] if end and end.line < len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    if end and ("\t" in indent or line[end.column : end.column + 1] == "\t"):
        column = indent.index("\t") if "\t" in indent else end.column
        return end.line + 1, column + 1, "a tab stands where spaces belong: indent with spaces"
    if end and (special := _SPECIAL_START.match(line)):
        text = f"text that starts with '{special['mark']}' needs quotes around it"
        return end.line + 1, special.start("mark") + 1, text
    if end and problem in ("mapping values are not allowed here", "could not find expected ':'"):
        for number in {start.line if start else 0, max(0, end.line - 1)}:
            if glued := _GLUED_PAIR.match(lines[number]):
                return number + 1, glued.end("colon") + 1, "a space is missing after the colon"
    if start and context.startswith("while parsing a flow"):
        return _at(start, "the bracket that opens here is not closed, or a comma is missing in it")
    if start and problem == "could not find expected ':'":
        return _at(start, f"no 'key: value' here: {_PAIR}")
    if context == "while scanning a double-quoted scalar":
        return _at(end, "in double quotes a backslash is special: use single quotes, or write it twice")
    return _at(end, _EXPLAINED.get(problem) or _explained_by_line(problem, line, end))


def _explained_by_line(problem: str, line: str, mark: StringMark | None) -> str:
    if problem == "mapping values are not allowed here" and mark:
        before = line[: mark.column]
        if ": " in before:
            return "a second ': ' in one line: put quotes around text that holds a colon"
        return f"{_INDENT}, and text that holds a colon needs quotes"
    if problem.startswith(("expected <block end>", "expected '<document start>'")):
        if mark and line[: mark.column].strip(" -"):
            return "text goes on after a closing quote or bracket: put quotes around the whole of it"
        return _INDENT
    return f"this is no valid YAML ({problem}): look at the line above, too"


def _at(mark: StringMark | None, text: str) -> tuple[int, int, str]:
    return (mark.line + 1, mark.column + 1, text) if mark else (0, 0, text)
