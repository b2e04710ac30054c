"""From an article to a series: which sections make a part, and what each part is called. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from partwork.articles.costs import Cost, summed
from partwork.articles.dividing import border_bill, borders, most_pieces, pieces_at
from partwork.articles.headlines import Phrase, headlines, neutral_headlines
from partwork.articles.model import Article, Block, Kind, Section
from partwork.articles.outline import Outline, piece_name
from partwork.articles.partition import FAR_TOO_LONG, Division, Nature, Plan, Share, Stretch, best_plans
from partwork.articles.plaintext import INTRODUCTION
from partwork.articles.seams import ends_ahead
from partwork.articles.sentences import sentences
from partwork.errors import CommandError

FEWEST, MOST = 3, 8
"""How many parts a series has, where the article can give them and nobody asks otherwise."""

MOST_ASKED = 50
READING_WORDS_A_MINUTE = 200

_SHORT = 80  # words: below, a section may join a neighbour of its nature
_SHORT_FOR_MINUTES = 0.6  # of the words aimed at, where the reading time is asked for
_OPENING = 40  # words: from here on an introduction (and a closing section) stands alone
_DIVISIBLE = 160  # words: shorter sections stay whole unless an exact number of parts is asked for
_LEAST_PIECE = 64  # words: "about 80", for a piece of a divided section
_USUAL, _COMFORTABLE = 5, 450  # parts aimed at, and the words from which on there are more of them


@dataclass(frozen=True, slots=True)
class PartDraft:
    """One proposed email. sections: by the names a campaign file uses.

    subjects, preheaders: what else it could be called, the best first; the first one is the one taken
    """

    slug: str
    subject: str
    preheader: str
    sections: tuple[str, ...]
    word_count: int
    subjects: tuple[Phrase, ...] = ()
    preheaders: tuple[Phrase, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """A section that has something to say, with those around it that go where it goes."""

    before: tuple[Section, ...]
    core: Section
    after: tuple[Section, ...] = ()

    @property
    def word_count(self) -> int:
        return sum(section.word_count for section in (*self.before, self.core, *self.after))

    def division(self, starts: Sequence[int]) -> Division:
        """Return what it is to tell the section in pieces that begin at these blocks."""
        words = [piece.word_count for piece in pieces_at(self.core, starts)]
        words[0] += sum(section.word_count for section in self.before)
        words[-1] += sum(section.word_count for section in self.after)
        return Division(tuple(words), summed(border_bill(self.core, start) for start in starts))

    def names(self, count: int) -> list[tuple[str, ...]]:
        """Return the names of the sections that each of `count` parts gets."""
        slug = self.core.slug
        own = [slug] if count == 1 else [piece_name(slug, index) for index in range(1, count + 1)]
        named = [[name] for name in own]
        named[0] = [*(section.slug for section in self.before), *named[0]]
        named[-1] += [section.slug for section in self.after]
        return [tuple(names) for names in named]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was weighed: the stretches of the article, the plan taken, and the others, the best first.

    target: the words aimed at in a part
    """

    bundles: tuple[Bundle, ...]
    stretches: tuple[Stretch, ...]
    target: float
    plan: Plan
    others: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """The proposed parts in order, and what staff should know about how they came to be.

    choice: what was weighed; None where nothing was, as every heading starts a part
    """

    parts: tuple[PartDraft, ...]
    notes: tuple[str, ...]
    choice: Choice | None = None


def split(
    article: Article, *, parts: int | None = None, minutes: float | None = None, is_neutral: bool = False
) -> Series:
    """Propose a series: three to eight parts, each of what belongs together, as even as that allows.

    parts:   exactly so many instead; sections join and divide as far as that needs
    minutes: the reading time a part aims at instead; then the article says how many parts there are
    is_neutral: subjects and preheaders name no topic
    Raises CommandError if the article cannot give so many.
    """
    bundles = _bundles(article.sections, least_opening=_OPENING)
    if parts is not None and parts > _most_parts(bundles):
        bundles = _bundles(article.sections, least_opening=0)
    if parts is not None and not 1 <= parts <= _most_parts(bundles):
        most = _most_parts(_bundles(article.sections, least_opening=0))
        can_give = f"1 to {most} parts" if most > 1 else "1 part only"
        raise CommandError(f"the article cannot be split into {parts} parts: it can give {can_give}")
    total = sum(bundle.word_count for bundle in bundles)
    has_closing = article.call_to_action is not None
    notes: tuple[str, ...] = ()
    if parts is not None:
        choice = _exactly(bundles, total / parts, parts, has_closing=has_closing)
    elif minutes is not None:
        target = max(minutes * READING_WORDS_A_MINUTE, total / MOST_ASKED)
        most = min(MOST_ASKED, 2 * ceil(total / target) + 1)
        short = max(_SHORT, round(_SHORT_FOR_MINUTES * target))
        choice = _choice(bundles, target, most=most, has_closing=has_closing, short=short)
    else:
        choice, notes = _proposed(bundles, _words_aimed_at(total), has_closing=has_closing)
    return _series(article, choice, (*notes, *_unwieldy(choice)), is_neutral=is_neutral)


def named_series(
    article: Article, named: Sequence[tuple[str, ...]], notes: tuple[str, ...], *, is_neutral: bool
) -> Series:
    """Return the series of parts that hold the sections of these names."""
    contents = Outline(article).resolve(named)
    said = neutral_headlines(len(named)) if is_neutral else headlines(article, contents)
    drafts = (
        PartDraft(
            slug=headline.slug,
            subject=headline.subject,
            preheader=headline.preheader,
            sections=names,
            word_count=sum(section.word_count for section in sections),
            subjects=headline.subjects,
            preheaders=headline.preheaders,
        )
        for headline, names, sections in zip(said, named, contents, strict=True)
    )
    return Series(tuple(drafts), notes)


def _series(article: Article, choice: Choice, notes: tuple[str, ...], *, is_neutral: bool) -> Series:
    named: list[tuple[str, ...]] = []
    for share in choice.plan.shares:
        shared = choice.bundles[share.start : share.end]
        if share.pieces > 1:
            named += shared[0].names(share.pieces)
        else:
            named.append(tuple(name for bundle in shared for name in bundle.names(1)[0]))
    return replace(named_series(article, named, notes, is_neutral=is_neutral), choice=choice)


def _words_aimed_at(total: int) -> float:
    """Return a fifth of the article, of a long one an eighth at the least, and never under 80 words."""
    count = min(max(total / _COMFORTABLE, _USUAL), MOST)
    return max(_SHORT, total / count)


def _most_parts(bundles: Sequence[Bundle]) -> int:
    return sum(most_pieces(bundle.core) for bundle in bundles)


def _bundles(sections: Sequence[Section], *, least_opening: int) -> tuple[Bundle, ...]:
    """Tie what cannot end a part to what follows: bare headings, and an introduction of too few words.

    Bare headings at the very end go with what comes before.
    """
    bundles: list[Bundle] = []
    waiting: list[Section] = []
    for place, section in enumerate(sections):
        is_short_opening = section.slug == INTRODUCTION and place == 0 and section.word_count < least_opening
        has_followers = any(each.all_blocks for each in sections[place + 1 :])
        if not section.all_blocks or (is_short_opening and has_followers):
            waiting.append(section)
        else:
            bundles.append(Bundle(tuple(waiting), section))
            waiting = []
    if waiting:
        bundles[-1] = replace(bundles[-1], after=tuple(waiting))
    return tuple(_with_company(bundles) if least_opening else bundles)


def _with_company(bundles: Sequence[Bundle]) -> list[Bundle]:
    """Tie a section of too few words for an email to a neighbour, where all its neighbours are long.

    They may be told in several parts, of which nothing else could join one.
    """
    tied: list[Bundle] = []
    waiting: tuple[Section, ...] = ()
    for place, bundle in enumerate(bundles):
        neighbours = [*bundles[max(0, place - 1) : place], *bundles[place + 1 : place + 2]]
        is_lost = bundle.word_count < _OPENING and bool(neighbours)
        is_lost = is_lost and all(each.word_count >= _DIVISIBLE for each in neighbours)
        sections = (*waiting, *bundle.before, bundle.core, *bundle.after)
        if not is_lost:
            tied.append(replace(bundle, before=(*waiting, *bundle.before)))
            waiting = ()
        elif place + 1 < len(bundles):
            waiting = sections
        else:
            tied[-1] = replace(tied[-1], after=(*tied[-1].after, *sections))
    return tied


def _choice(
    bundles: tuple[Bundle, ...],
    target: float,
    *,
    most: int,
    has_closing: bool,
    short: int = _SHORT,
    divisible: int = _DIVISIBLE,
    least_piece: int = _LEAST_PIECE,
) -> Choice:
    """Weigh every way; the plan is the cheapest of all."""
    last = len(bundles) - 1
    stretches = tuple(
        Stretch(
            word_count=bundle.word_count,
            nature=_nature(bundle.core),
            is_short=bundle.word_count < short,
            is_bare_list=all(map(_is_bare_list, bundle.core.all_blocks)),
            stands_alone=_stands_alone(bundle, is_first=place == 0, closes=place == last and has_closing),
            ends_ahead=ends_ahead(bundle.core),
            divisions=_divisions(bundle, most=most, divisible=divisible, least_piece=least_piece),
        )
        for place, bundle in enumerate(bundles)
    )
    plans = best_plans(stretches, target=target, most=most)
    return Choice(bundles, stretches, target, plans[0], tuple(plans[1:]))


def _divisions(bundle: Bundle, *, most: int, divisible: int, least_piece: int) -> dict[int, Division]:
    if bundle.word_count < divisible:
        return {}
    largest = min(most, most_pieces(bundle.core), bundle.word_count // max(1, least_piece))
    found = {count: bundle.division(borders(bundle.core, count)) for count in range(2, largest + 1)}
    return {count: division for count, division in found.items() if min(division.words) >= least_piece}


def _stands_alone(bundle: Bundle, *, is_first: bool, closes: bool) -> Cost | None:
    if bundle.word_count < _OPENING:
        return None
    if is_first and bundle.core.slug == INTRODUCTION:
        return Cost.OPENING_JOINED
    return Cost.CLOSING_JOINED if closes else None


def _is_bare_list(block: Block) -> bool:
    """Whether a block is items and no more than a sentence that leads them in."""
    is_led_in_briefly = block.lead_in is None or len(sentences(block.lead_in.text)) <= 1
    return block.kind is Kind.LIST and is_led_in_briefly


def _nature(section: Section) -> Nature:
    if section.subsections:
        return Nature.SUB_HEADED
    is_listed = all(block.kind in (Kind.LIST, Kind.DEFINITIONS) for block in section.blocks)
    return Nature.LISTS if is_listed else Nature.PROSE


def _with_counts(choice: Choice, *, fewest: int, most: int) -> Choice | None:
    """Return the choice among the plans of `fewest` to `most` parts, if there are any."""
    plans = [plan for plan in (choice.plan, *choice.others) if fewest <= plan.part_count <= most]
    return replace(choice, plan=plans[0], others=tuple(plans[1:])) if plans else None


def _proposed(
    bundles: tuple[Bundle, ...], target: float, *, has_closing: bool
) -> tuple[Choice, tuple[str, ...]]:
    """Return the best plan of three to eight parts, and why it is none of its size."""
    weighed = _choice(bundles, target, most=MOST, has_closing=has_closing)
    choice = _with_counts(weighed, fewest=FEWEST, most=MOST)
    if choice:
        is_divided = any(share.pieces > 1 for share in choice.plan.shares)
        if len(bundles) < FEWEST and is_divided:
            note = f"the article has too few sections for {FEWEST} parts: longer ones were divided"
            return choice, (note,)
        if len(bundles) > MOST:
            note = f"on their own the sections make more than {MOST} parts: unlike neighbours were joined"
            return choice, (note,)
        return choice, ()
    count = max(plan.part_count for plan in (weighed.plan, *weighed.others))
    what = "is one part" if count == 1 else f"are {count} parts"
    note = (
        f"there {what}, not {FEWEST}: the article has too few sections, and none can be divided into "
        f"pieces of about {_SHORT} words"
    )
    return _with_counts(weighed, fewest=count, most=count) or weighed, (note,)


def _exactly(bundles: tuple[Bundle, ...], target: float, parts: int, *, has_closing: bool) -> Choice:
    """Return the best plan of so many parts; only where nothing else gives them, small pieces count too."""
    weighed = _choice(bundles, target, most=parts, has_closing=has_closing)
    found = _with_counts(weighed, fewest=parts, most=parts)
    if found:
        return found
    weighed = _choice(bundles, target, most=parts, has_closing=has_closing, divisible=0, least_piece=0)
    found = _with_counts(weighed, fewest=parts, most=parts)
    assert found is not None  # as many parts as blocks, or fewer, can always be made
    return found


def _unwieldy(choice: Choice) -> tuple[str, ...]:
    """Name the sections that stayed whole though they are far too long for one part."""
    return tuple(
        f"section '{choice.bundles[share.start].core.slug}' is long for one email "
        f"({choice.bundles[share.start].word_count} words), but its blocks cannot be parted well"
        for share in choice.plan.shares
        if _is_whole_and_too_long(choice, share)
    )


def _is_whole_and_too_long(choice: Choice, share: Share) -> bool:
    longest = max(_DIVISIBLE, FAR_TOO_LONG * choice.target)
    is_whole = share.pieces == 1 and share.end - share.start == 1
    return is_whole and choice.bundles[share.start].word_count > longest
