"""What is lost where one block ends a part and the next one opens another. Pure."""

from __future__ import annotations

import re

from partwork.articles.costs import Bill, Cost, case, summed
from partwork.articles.lines import ends_in_colon, ends_stopped, is_question, split_definition
from partwork.articles.model import Block, Kind, Section
from partwork.articles.sentences import sentences

_LOOKS_AHEAD = re.compile(
    r"\b(?:half (?:of )?the (?:story|battle|picture)|(?:that|this|which) (?:brings|leads) us|stay tuned"
    r"|(?:next|below|coming up|up next),? (?:we|you|is|are|comes?)|in the next (?:section|part|step)"
    r"|but there (?:is|['’]s) (?:more|a catch|another)|more (?:on|about) (?:that|this) (?:below|later)"
    r"|(?:here|this) is (?:how|why|where|what)|here['’]s (?:how|why|where|what)|the good news"
    r"|let['’]?s (?:look|see|find|turn|take|start)|we['’]?(?:ll| will) (?:look|see|turn|come|explain|show)"
    r"|dazu (?:gleich )?mehr|im nächsten (?:abschnitt|schritt|teil)|doch das ist (?:nur|erst|nicht)"
    r"|die gute nachricht|wie (?:das|es) geht)\b",
    re.IGNORECASE,
)
_CONNECTORS = (
    "however|but|and|or|so|then|next(?=,)|instead|also|moreover|furthermore|therefore|thus|hence|nevertheless"
    "|still|yet|similarly|likewise|otherwise|meanwhile|finally|doch|aber|und|auch|deshalb|daher|darum"
    "|außerdem|zudem|dann|dagegen|allerdings|jedoch|trotzdem|ebenso|schließlich"
)
_GOES_ON_FROM = re.compile(rf"(?:{_CONNECTORS})\b,?\s", re.IGNORECASE)
_REFERS_BACK = re.compile(
    rf"(?:{_CONNECTORS}|this|that|these|those|it|its|they|their|such|he|she|both|afterwards?|in addition"
    r"|as a result|for (?:this|that|example|instance)|by contrast|on the other hand|in other words|another"
    r"|the (?:same|latter|former|second|third|other|aforementioned|above)|second(?:ly)?|third(?:ly)?"
    r"|dies\w*|das|sie|er|es|eben|jene\w*|solche\w*|dadurch|dabei|danach|zum beispiel)\b",
    re.IGNORECASE,
)


def goes_on_from(text: str) -> bool:
    """Whether a text opens with a word that ties it to what stood before it: “However, …”."""
    return _GOES_ON_FROM.match(text) is not None


def ends_ahead(section: Section) -> bool:
    """Whether a section ends on a question or on words that point to what comes: a cliff-hanger."""
    blocks = section.all_blocks
    return bool(blocks) and (_asks(blocks[-1]) or _looks_ahead(blocks[-1]))


def seam(before: Block, after: Block, *, opens_subsection: bool, inside_subsection: bool) -> Bill:
    """Return what it costs to end a part after one block of a section and begin another with the next."""
    costs: list[Bill] = []
    if not _looks_ahead(before):
        costs.append(case(Cost.COLD_CUT))
    if inside_subsection and not opens_subsection:
        costs.append(case(Cost.INSIDE_SUBSECTION))
    if leads_in(before):
        costs.append(case(Cost.LEAD_IN_PARTED))
    if not opens_subsection:
        if _asks(before):
            costs.append(case(Cost.QUESTION_PARTED))
        if _are_definitions(before) and _are_definitions(after):
            costs.append(case(Cost.DEFINITIONS_PARTED))
        if _hangs_on(before, after):
            costs.append(case(Cost.LIST_PARTED))
        if after.all_lines and refers_back(after.all_lines[0].text):
            costs.append(case(Cost.REFERS_BACK))
    return summed(costs)


def refers_back(text: str) -> bool:
    """Whether a text opens with a word that only makes sense after what stood before it."""
    return _REFERS_BACK.match(text) is not None


def leads_in(block: Block) -> bool:
    """Whether what follows has to: a block ends on a colon, or is one open item that names what comes."""
    if block.kind is Kind.LIST:
        return len(block.all_lines) == 1 and not ends_stopped(block.lines[0].text)
    return bool(block.all_lines) and ends_in_colon(block.all_lines[-1].text)


def _asks(block: Block) -> bool:
    return block.kind is Kind.PARAGRAPH and is_question(block.lines[-1].text)


def _looks_ahead(block: Block) -> bool:
    """Whether a paragraph's last sentence points to what comes."""
    if block.kind is not Kind.PARAGRAPH:
        return False
    last = sentences(block.lines[-1].text)[-1:]
    return any(sentence.endswith(("…", "...")) or _LOOKS_AHEAD.search(sentence) for sentence in last)


def _are_definitions(block: Block) -> bool:
    if block.kind is Kind.DEFINITIONS:
        return True
    return block.kind is Kind.PARAGRAPH and split_definition(block.lines[0].text) is not None


def _hangs_on(before: Block, after: Block) -> bool:
    """Whether a list without a lead-in of its own, a table or a picture goes on from a paragraph."""
    follows = after.kind in (Kind.LIST, Kind.TABLE, Kind.IMAGE, Kind.DEFINITIONS) and after.lead_in is None
    return follows and before.kind is Kind.PARAGRAPH
