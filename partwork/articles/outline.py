"""What the `sections:` lists of a campaign mean: names on one side, sections of an article on the other.

A name is a section's slug, `slug[2]` for the second piece of a divided section, the slug of a
sub-section, or `block: id` for a single block. Into how many pieces a section is divided is the
highest index that the campaign names. References and the call to action have no name. Pure: faults
come back as data.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum

from partwork.articles.dividing import most_pieces, pieces
from partwork.articles.model import Article, Block, Section

_WORDS_SHOWN = 40
_NAME = re.compile(r"(?P<slug>[^\[\]]+)(?:\[(?P<index>[1-9][0-9]{0,3})\])?")


class Fault(StrEnum):
    """What can be wrong with a name in a `sections:` or `omit:` list, or with its absence."""

    UNKNOWN = "unknown"
    REPEATED = "repeated"
    OUT_OF_ORDER = "out of order"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of the names.

    part, place: where the name stands, counted from 0 (`part` is None for the list of omitted
                 sections, and both are for a forgotten one)
    text:        what is wrong and what would be right
    """

    fault: Fault
    name: str
    part: int | None
    place: int | None
    text: str


def piece_name(slug: str, index: int) -> str:
    """Return how a campaign calls the piece of a divided section, counted from 1."""
    return f"{slug}[{index}]"


def block_name(block_id: str) -> str:
    """Return how a campaign calls a single block."""
    return f"block: {block_id}"


class Outline:
    """The names an article's sections and blocks go by."""

    def __init__(self, article: Article) -> None:
        self._sections = {section.slug: section for section in article.sections}
        self._subsections = {
            subsection.slug: _with_only(section, subsection)
            for section in article.sections
            for subsection in section.subsections
        }
        self._blocks = {
            block_name(block.id): Section(section.slug, None, (block,))
            for section in article.sections
            for block in section.all_blocks
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The sections' slugs, in the article's order."""
        return tuple(self._sections)

    def divisions(self, names: Iterable[str]) -> dict[str, int]:
        """Return into how many pieces each section is divided that `names` name by piece."""
        counts: dict[str, int] = {}
        for name in names:
            match = _NAME.fullmatch(name)
            if match and match["index"]:
                counts[match["slug"]] = max(counts.get(match["slug"], 0), int(match["index"]))
        return counts

    def select(self, name: str, divisions: Mapping[str, int]) -> Section | None:
        """Return what a name stands for, sub-sections included; None if it stands for nothing here."""
        match = _NAME.fullmatch(name)
        if not match:
            return None
        if name in self._blocks:
            return self._blocks[name]
        section = self._sections.get(match["slug"])
        if not match["index"]:
            return section or self._subsections.get(name)
        index, count = int(match["index"]), divisions.get(match["slug"], 0)
        if section is None or not index <= count <= most_pieces(section):
            return None
        return pieces(section, count)[index - 1]

    def resolve(self, parts: Sequence[Sequence[str]]) -> tuple[tuple[Section, ...], ...]:
        """Return the sections of each part, names that stand for nothing left out (see `review`)."""
        divisions = self.divisions(name for part in parts for name in part)
        selected = ((self.select(name, divisions) for name in part) for part in parts)
        return tuple(tuple(section for section in part if section) for part in selected)

    def review(
        self,
        parts: Sequence[Sequence[str]],
        *,
        omitted: Sequence[str] = (),
        reordered: Container[int] = (),
    ) -> tuple[Finding, ...]:
        """Return what is wrong with a campaign's names, in the order they stand in.

        Every line of the article's body has to be named once, in the article's order; what is left
        out on purpose is in `omitted`. A section told block by block may do without its heading.
        reordered: the parts whose order is their own
        """
        named = [(part, place, name) for part, names in enumerate(parts) for place, name in enumerate(names)]
        left_out = [(None, place, name) for place, name in enumerate(omitted)]
        divisions = self.divisions(name for _, _, name in (*named, *left_out))
        findings: list[Finding] = []
        holders: dict[int, str] = {}
        meant: set[str] = set()
        told_singly: set[str] = set()
        furthest, furthest_name = 0, ""
        for part, place, name in (*named, *left_out):
            section = self.select(name, divisions)
            if section is None:
                findings.append(Finding(Fault.UNKNOWN, name, part, place, self._unknown(name, divisions)))
                meant.add(self._closest(name))
                continue
            numbers = [line.number for line in section.all_lines]
            if holder := next((holders[number] for number in numbers if number in holders), None):
                text = f"section '{name}' is named again: '{holder}' has it already; name it once"
                findings.append(Finding(Fault.REPEATED, name, part, place, text))
            elif part in reordered:
                pass
            elif part is not None and numbers and numbers[0] < furthest:
                text = (
                    f"section '{name}' comes after '{furthest_name}' here, but before it in the article; "
                    "keep the article's order"
                )
                findings.append(Finding(Fault.OUT_OF_ORDER, name, part, place, text))
            elif part is not None and numbers:
                furthest, furthest_name = numbers[-1], name
            for number in numbers:
                holders.setdefault(number, name)
            told_singly |= {section.slug} if name in self._blocks else set()
        # A section that a mis-spelt name surely meant is one fault, not two.
        missing = self._forgotten(holders, divisions, besides=meant | told_singly)
        return (*findings, *missing, *self._forgotten_blocks(holders, told_singly))

    def _forgotten(
        self, holders: Mapping[int, str], divisions: Mapping[str, int], *, besides: set[str]
    ) -> list[Finding]:
        findings: list[Finding] = []
        for section in self._sections.values():
            if section.slug in besides or all(line.number in holders for line in section.all_lines):
                continue
            for name in self._names_within(section, holders, divisions):
                text = f"section '{name}' is in no part; name it in one, or under 'omit' to leave it out"
                findings.append(Finding(Fault.FORGOTTEN, name, None, None, text))
        return findings

    def _forgotten_blocks(self, holders: Mapping[int, str], told_singly: set[str]) -> Iterator[Finding]:
        for name, holder in self._blocks.items():
            (block,) = holder.blocks
            if holder.slug in told_singly and any(line.number not in holders for line in block.all_lines):
                text = (
                    f"of section '{holder.slug}', {described(block)} is in no part; "
                    f"quote it as [[{name}]], or name '{name}' under 'omit' to leave it out"
                )
                yield Finding(Fault.FORGOTTEN, name, None, None, text)

    def _names_within(
        self, section: Section, holders: Mapping[int, str], divisions: Mapping[str, int]
    ) -> list[str]:
        """Return the names that would bring a section's missing lines: its pieces', its own, or its subs'."""
        count = divisions.get(section.slug, 0)
        if 1 < count <= most_pieces(section):
            by_name = {
                piece_name(section.slug, index): piece
                for index, piece in enumerate(pieces(section, count), start=1)
            }
        elif any(line.number in holders for line in section.all_lines):
            by_name = {slug: self._subsections[slug] for slug in (sub.slug for sub in section.subsections)}
        else:
            return [section.slug]
        missing = [
            name
            for name, part in by_name.items()
            if any(line.number not in holders for line in part.all_lines)
        ]
        return missing or [section.slug]

    def _unknown(self, name: str, divisions: Mapping[str, int]) -> str:
        if name.startswith(block_name("")):
            close = get_close_matches(name, self._blocks, n=1, cutoff=0.7)
            (block,) = self._blocks[close[0]].blocks if close else (None,)
            hint = f"did you mean '{block.id}', {described(block)}? " if block else ""
            return f"there is no '{name}' in the article; {hint}'partwork blocks' lists them"
        match = _NAME.fullmatch(name)
        slug = match["slug"] if match else name
        section = self._sections.get(slug)
        if section and match and match["index"]:
            return (
                f"section '{slug}' cannot be divided into {divisions.get(slug, 0)}: "
                f"it has {most_pieces(section)} blocks, and a block stays whole"
            )
        if slug in self._subsections:
            return (
                f"sub-section '{slug}' cannot be divided; divide its section, as in '{slug.split('/')[0]}[1]'"
            )
        closest = self._closest(name)
        hint = f"did you mean '{closest}'? " if closest else ""
        return f"there is no section '{name}'; {hint}the article has: {', '.join(self.names)}"

    def _closest(self, name: str) -> str:
        """Return the section an unknown name was most likely meant for; empty if none is like it."""
        slug = name.split("[")[0].strip()
        begins_so = [known for known in self._sections if slug and known.startswith(slug)]
        alike = get_close_matches(slug, [*self._sections, *self._subsections], n=1, cutoff=0.6)
        return next(iter([*begins_so[:1], *alike]), "")


def described(block: Block) -> str:
    """Return what a block is and its first words."""
    words = block.all_lines[0].text
    shown = words if len(words) <= _WORDS_SHOWN else f"{words[: _WORDS_SHOWN - 1]}…"
    return f"the {block.kind} '{shown}'"


def _with_only(section: Section, subsection: Section) -> Section:
    """Return a section with one of its sub-sections; the first brings the heading and the blocks above it."""
    if subsection is section.subsections[0]:
        return replace(section, subsections=(subsection,))
    return replace(section, heading=None, blocks=(), subsections=(subsection,))
