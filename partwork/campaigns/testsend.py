"""Test send: a campaign as it stands, the whole series at once, to one address and to no reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from partwork.audiences.readers import ReaderRow, address_key
from partwork.campaigns.compiling import compile_revision
from partwork.campaigns.definition import Campaign
from partwork.campaigns.revision import Revision
from partwork.campaigns.showing import keep_pictures
from partwork.campaigns.wording import TemplateWords, read_words
from partwork.errors import CommandError, Scope
from partwork.ids import new_message_id
from partwork.providers.contract import Answer, Provider, Refused, Unavailable
from partwork.rendering.merge import in_form
from partwork.rendering.testmark import mark_as_test
from partwork.rendering.wording import filled
from partwork.sending.asking import NotTaken, ask
from partwork.sending.merging import frame_of, links_for, reader_values
from partwork.sending.outgoing import Form, Outgoing
from partwork.sending.pace import Pacer
from partwork.settings import Settings
from partwork.store.audiences import find_memberships, find_subscribers, find_suppression
from partwork.store.campaigns import ensure_link
from partwork.store.concurrency import lock_publishing
from partwork.store.connect import Store
from partwork.store.waves import count_asked
from partwork.times import Clock
from partwork.tracking.tokens import Realm, Signer

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SentPart:
    """One part of a test, and what the provider answered. `message_id` is in no table."""

    number: int
    slug: str
    subject: str
    message_id: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class _Ready:
    number: int
    slug: str
    outgoing: Outgoing


def send_test(
    store: Store,
    provider: Provider,
    clock: Clock,
    campaign: Campaign,
    settings: Settings,
    *,
    templates: Path,
    address: str,
    reader: ReaderRow | None,
    only: str | None,
    on_progress: Callable[[int, int], None] = lambda done_count, count: None,
) -> list[SentPart]:
    """Send every part (or `only` one, by slug or number) to `address`; return an answer for each.

    reader: whose values are merged; None writes to someone of whom nothing is known
    Of the database nothing changes but that it knows the links and pictures. Raises CommandError if the
    address has left, or the day's messages are used up, before anything is sent; WorkspaceError or
    CannotBuild if a part cannot be built.
    """
    signer = Signer(settings.links.secret, Realm.TEST)
    with store.write() as connection:
        lock_publishing(connection)
        # What the server needs to know of a link is its row; a test has no row of its own.
        revision = compile_revision(
            campaign,
            settings,
            templates=templates,
            list_label=signer.list_label(),
            link_id=partial(ensure_link, connection),
        )
        keep_pictures(connection, campaign, settings, workspace=templates.parent, now=clock.now())
        slugs = revision.slugs(only)
        _refuse_who_left(connection, address, audience=revision.audience)
        _refuse_beyond_the_day(connection, provider, clock, count=len(slugs))
    words = read_words(templates, settings.practice.language).words
    waiting = [_built(revision, slug, signer, provider, clock, address, reader, words) for slug in slugs]
    on_progress(0, len(waiting))
    sent: dict[str, SentPart] = {}
    for wave, answers in _answered(provider, clock, waiting):
        for ready, answer in zip(wave, answers, strict=True):
            mail = ready.outgoing.mail
            sent[ready.slug] = SentPart(ready.number, ready.slug, mail.subject, mail.message_id, answer)
        on_progress(len(sent), len(waiting))
    return [sent[slug] for slug in slugs]


def _refuse_who_left(connection: Connection, address: str, *, audience: str) -> None:
    """Raise CommandError for who must not be written to: whoever has left gets no test, either."""
    key = address_key(address)
    another = "nothing was sent; test with another address"
    if barred := find_suppression(connection, key):
        raise CommandError(f"--to: this address is never written to again ({barred.reason}): {another}")
    if person := find_subscribers(connection, [key]).get(key):
        member = find_memberships(connection, audience, [person.id]).get(person.id)
        if member and not member.is_subscribed:
            raise CommandError(f"--to: this address is unsubscribed from audience '{audience}': {another}")


def _refuse_beyond_the_day(connection: Connection, provider: Provider, clock: Clock, *, count: int) -> None:
    limit = provider.pace.messages_per_day
    if limit is None:
        return
    left = max(0, limit - count_asked(connection, provider.name, since=clock.now() - _DAY))
    if count > left:
        raise CommandError(
            f"{provider.name} may take {left} more messages of its {limit} in 24 hours, and this test has"
            f" {count}: wait, test one part with --part, or raise provider.pace.messages_per_day"
        )


def _built(
    revision: Revision,
    slug: str,
    signer: Signer,
    provider: Provider,
    clock: Clock,
    address: str,
    reader: ReaderRow | None,
    words: TemplateWords,
) -> _Ready:
    """Merge one part and mark it; all parts are built before the first leaves."""
    number, message_id = revision.part_number(slug), new_message_id()
    merged = frame_of(revision, slug).merge(
        reader_values(reader.first_name, reader.attributes) if reader else {},
        message_id=message_id,
        address=address,
        links=links_for(signer, revision, message_id),
        date=clock.now(),
        form=Form.FIELDS,
    )
    values = {
        "number": str(number),
        "count": str(len(revision.parts)),
        "series_title": revision.title,
        "practice.name": revision.practice_name,
    }
    test, before_subject = (filled(word, values) for word in (words.test, words.test_subject))
    mail = mark_as_test(merged.mail, text=test, before_subject=before_subject)
    return _Ready(number, slug, in_form(mail, provider.form))


def _answered(
    provider: Provider, clock: Clock, waiting: Sequence[_Ready]
) -> Iterator[tuple[Sequence[_Ready], Sequence[Answer]]]:
    """Yield each request and its answers. What may have been taken is never asked for again.

    A request that was provably not taken, for the fault of one message, goes as two halves under
    keys of their own: so each part has its own answer.
    """
    pacer = Pacer(provider.pace)
    size = provider.batch_limit
    requests = [waiting[start : start + size] for start in range(0, len(waiting), size)]
    while requests:
        request = requests.pop(0)
        pacer.wait(clock, message_count=len(request))
        answers: Sequence[Answer]
        try:
            key = f"partwork-test-{new_message_id()}"
            answers = ask(provider, [ready.outgoing for ready in request], idempotency_key=key)
        except NotTaken as fault:
            if len(request) > 1:
                middle = len(request) // 2
                requests[:0] = [request[:middle], request[middle:]]
                continue
            answers = [Refused(str(fault))]
        yield request, answers
        if any(_speaks_for_all(answer) for answer in answers):
            for unasked in requests:
                yield unasked, [Unavailable("it was not sent after that answer")] * len(unasked)
            return


def _speaks_for_all(answer: Answer) -> bool:
    return isinstance(answer, Refused | Unavailable) and answer.scope in (Scope.ACCOUNT, Scope.DOMAIN)
