"""From an article to a series: which sections make a part, and what each part is called. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

from partwork.articles.dividing import most_pieces, pieces
from partwork.articles.headlines import headlines
from partwork.articles.model import Article, Kind, Section
from partwork.articles.outline import Outline, piece_name
from partwork.articles.partition import Joining, Nature, Plan, Policy, Stretch, best_plans
from partwork.articles.plaintext import INTRODUCTION
from partwork.errors import CommandError

FEWEST, MOST = 3, 8
"""How many parts a series has, where the article can give them and nobody asks otherwise."""

_SHORT = 80  # words: below, a section may join a neighbour of its nature
_OPENING = 40  # words: from here on an introduction (and a closing section) stands alone
_DIVISIBLE = 160  # words: shorter sections stay whole unless an exact number of parts is asked for
_LEAST_PIECE = 64  # words: "about 80", for a piece of a divided section
_FAR_TOO_LONG = 2.5  # times the words aimed at


@dataclass(frozen=True, slots=True)
class PartDraft:
    """One proposed email. sections: by the names a campaign file uses."""

    slug: str
    subject: str
    preheader: str
    sections: tuple[str, ...]
    word_count: int


@dataclass(frozen=True, slots=True)
class Series:
    """The proposed parts in order, and what staff should know about how they came to be."""

    parts: tuple[PartDraft, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Bundle:
    """A section that has something to say, with those around it that go where it goes."""

    before: tuple[Section, ...]
    core: Section
    after: tuple[Section, ...] = ()

    @property
    def word_count(self) -> int:
        return sum(section.word_count for section in (*self.before, self.core, *self.after))

    def pieces_words(self, count: int) -> tuple[int, ...]:
        words = [piece.word_count for piece in pieces(self.core, count)]
        words[0] += sum(section.word_count for section in self.before)
        words[-1] += sum(section.word_count for section in self.after)
        return tuple(words)

    def names(self, count: int) -> list[tuple[str, ...]]:
        """Return the names of the sections that each of `count` parts gets."""
        slug = self.core.slug
        own = [slug] if count == 1 else [piece_name(slug, index) for index in range(1, count + 1)]
        named = [[name] for name in own]
        named[0] = [*(section.slug for section in self.before), *named[0]]
        named[-1] += [section.slug for section in self.after]
        return [tuple(names) for names in named]


def split(article: Article, *, parts: int | None = None) -> Series:
    """Propose a series: three to eight parts, each of what belongs together, as even as that allows.

    parts: exactly so many instead; sections join and divide as far as that needs.
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
    target = max(_SHORT, total / 5) if parts is None else total / parts
    has_closing = article.call_to_action is not None
    stretches = _stretches(
        bundles, has_closing=has_closing, most=parts or MOST, divisible=_DIVISIBLE if parts is None else 0
    )
    if parts is None:
        plan, notes = _proposed(stretches, target)
    else:
        plan, notes = _exactly(stretches, target, parts), ()
    return _series(article, bundles, plan, (*notes, *_unwieldy(bundles, plan, target)))


def _series(article: Article, bundles: Sequence[_Bundle], plan: Plan, notes: tuple[str, ...]) -> Series:
    named: list[tuple[str, ...]] = []
    for share in plan.shares:
        shared = bundles[share.start : share.end]
        if share.pieces > 1:
            named += shared[0].names(share.pieces)
        else:
            named.append(tuple(name for bundle in shared for name in bundle.names(1)[0]))
    contents = Outline(article).resolve(named)
    drafts = (
        PartDraft(
            slug=headline.slug,
            subject=headline.subject,
            preheader=headline.preheader,
            sections=names,
            word_count=sum(section.word_count for section in sections),
        )
        for headline, names, sections in zip(headlines(article, contents), named, contents, strict=True)
    )
    return Series(tuple(drafts), notes)


def _most_parts(bundles: Sequence[_Bundle]) -> int:
    return sum(most_pieces(bundle.core) for bundle in bundles)


def _bundles(sections: Sequence[Section], *, least_opening: int) -> list[_Bundle]:
    """Tie what cannot end a part to what follows: bare headings, and an introduction of too few words.

    Bare headings at the very end go with what comes before.
    """
    bundles: list[_Bundle] = []
    waiting: list[Section] = []
    for place, section in enumerate(sections):
        is_short_opening = section.slug == INTRODUCTION and place == 0 and section.word_count < least_opening
        has_followers = any(each.all_blocks for each in sections[place + 1 :])
        if not section.all_blocks or (is_short_opening and has_followers):
            waiting.append(section)
        else:
            bundles.append(_Bundle(tuple(waiting), section))
            waiting = []
    if waiting:
        bundles[-1] = replace(bundles[-1], after=tuple(waiting))
    return bundles


def _stretches(bundles: Sequence[_Bundle], *, has_closing: bool, most: int, divisible: int) -> list[Stretch]:
    last = len(bundles) - 1
    stretches: list[Stretch] = []
    for place, bundle in enumerate(bundles):
        words = bundle.word_count
        is_opening = place == 0 and bundle.core.slug == INTRODUCTION
        is_closing = place == last and has_closing
        most_here = min(most, most_pieces(bundle.core)) if words >= divisible else 1
        stretches.append(
            Stretch(
                word_count=words,
                nature=_nature(bundle.core),
                is_short=words < _SHORT,
                stands_alone=(is_opening or is_closing) and words >= _OPENING,
                pieces_words={count: bundle.pieces_words(count) for count in range(2, most_here + 1)},
            )
        )
    return stretches


def _nature(section: Section) -> Nature:
    if section.subsections:
        return Nature.SUB_HEADED
    is_listed = all(block.kind in (Kind.LIST, Kind.DEFINITIONS) for block in section.blocks)
    return Nature.LISTS if is_listed else Nature.PROSE


def _policy(joining: Joining, target: float, *, may_divide_from: float = inf) -> Policy:
    over = max(_DIVISIBLE, _FAR_TOO_LONG * target)
    return Policy(joining, must_divide_over=over, may_divide_from=may_divide_from, least_piece=_LEAST_PIECE)


def _proposed(stretches: Sequence[Stretch], target: float) -> tuple[Plan, tuple[str, ...]]:
    """Return the best plan of three to eight parts and how the rules had to bend for it."""
    plans = best_plans(stretches, _policy(Joining.SHORT_AND_ALIKE, target), target=target, most=MOST)
    if not plans:
        relaxed = _policy(Joining.NOT_ALONE, target)
        plans = best_plans(stretches, relaxed, target=target, most=MOST)
        note = f"on their own the sections make more than {MOST} parts: unlike neighbours were joined"
        return _best(plans), (note,)
    if max(plans) >= FEWEST:
        return _best(plans), ()
    dividing = _policy(Joining.SHORT_AND_ALIKE, target, may_divide_from=_DIVISIBLE)
    plans = best_plans(stretches, dividing, target=target, most=MOST)
    if max(plans) >= FEWEST:
        note = f"the article has too few sections for {FEWEST} parts: longer ones were divided"
        return _best(plans), (note,)
    count = max(plans)
    what = "is one part" if count == 1 else f"are {count} parts"
    note = (
        f"there {what}, not {FEWEST}: the article has too few sections, and none can be divided into "
        f"pieces of about {_SHORT} words"
    )
    return plans[count], (note,)


def _best(plans: dict[int, Plan]) -> Plan:
    return min((plan for count, plan in plans.items() if count >= FEWEST), key=lambda plan: plan.cost)


def _exactly(stretches: Sequence[Stretch], target: float, parts: int) -> Plan:
    """Return the best plan of so many parts under the first policy that can reach the number."""
    policies = (
        _policy(Joining.SHORT_AND_ALIKE, target),
        _policy(Joining.SHORT_AND_ALIKE, target, may_divide_from=_DIVISIBLE),
        _policy(Joining.NOT_ALONE, target, may_divide_from=_DIVISIBLE),
        Policy(Joining.ANY, must_divide_over=inf, may_divide_from=0, least_piece=0),
    )
    reached = (best_plans(stretches, policy, target=target, most=parts).get(parts) for policy in policies)
    return next(plan for plan in reached if plan)


def _unwieldy(bundles: Sequence[_Bundle], plan: Plan, target: float) -> tuple[str, ...]:
    """Name the sections that stayed whole though they are far too long for one part."""
    return tuple(
        f"section '{bundles[share.start].core.slug}' is long for one email "
        f"({bundles[share.start].word_count} words), but its blocks cannot be parted well"
        for share in plan.shares
        if share.pieces == 1
        and share.end - share.start == 1
        and bundles[share.start].word_count > max(_DIVISIBLE, _FAR_TOO_LONG * target)
    )
