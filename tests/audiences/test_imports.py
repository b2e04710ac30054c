"""From an audience's file into the database: nobody is resubscribed, nobody deleted, twice is once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from partwork.audiences.imports import CHUNK, ImportCounts, import_readers
from partwork.audiences.readers import ConsentBasis, ReaderRow, ReadersFile
from partwork.sending.enroll import enroll
from partwork.sending.states import EnrollmentState, MessageState
from partwork.store.audiences import (
    ConsentRow,
    MembershipRow,
    SubscriberRow,
    consents_of,
    find_subscribers,
    memberships_of,
)
from tests.support.stage import AUDIENCE, NOW, Stage, a_revision, reason_of


def row(name: str, *, is_subscribed: bool = True) -> ReaderRow:
    return ReaderRow(
        line=2,
        address=f"{name}@example.org",
        address_key=f"{name}@example.org",
        first_name=name.title(),
        timezone="Europe/London",
        consent_basis=ConsentBasis.CONSENT,
        consent_source="web form",
        consent_on=date(2026, 3, 2),
        subscribed=is_subscribed,
        attributes=(("town", "Bath"),),
    )


def load(
    stage: Stage, *rows: ReaderRow, left: tuple[str, ...] = (), audience: str = AUDIENCE
) -> ImportCounts:
    readers = ReadersFile("readers.csv", (), rows, (), (), left)
    counts = import_readers(stage.store, audience, readers, now=stage.clock.now())
    with stage.store.read() as connection:
        for key, person in find_subscribers(connection, [one.address_key for one in rows]).items():
            stage.people[key.partition("@")[0]] = person.id
    return counts


def dump(stage: Stage) -> list[tuple[object, ...]]:
    """Return every row an import may write."""
    tables = ("subscribers", "memberships", "consents", "suppressions", "enrollments", "messages")
    with stage.store.read() as connection:
        return [
            (table, *found)
            for table in tables
            for found in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2")
        ]


def test_a_row_becomes_a_subscriber_a_membership_and_evidence(stage: Stage) -> None:
    assert load(stage, row("ann")) == ImportCounts(added=1)
    person = stage.people["ann"]
    with stage.store.read() as connection:
        assert find_subscribers(connection, ["ann@example.org"]) == {
            "ann@example.org": SubscriberRow(
                id=person,
                address="ann@example.org",
                address_key="ann@example.org",
                first_name="Ann",
                timezone="Europe/London",
                attributes=(("town", "Bath"),),
            )
        }
        assert memberships_of(connection, person) == [MembershipRow(AUDIENCE, person, True)]
        assert consents_of(connection, person) == [
            ConsentRow(AUDIENCE, "consent", "web form", date(2026, 3, 2))
        ]


def test_loading_twice_changes_nothing(stage: Stage) -> None:
    rows = [row("ann"), row("ben", is_subscribed=False)]
    load(stage, *rows)
    stage.publish(a_revision())
    enroll(stage.desk())
    before = dump(stage)
    stage.clock.sleep(timedelta(days=1))
    assert load(stage, *rows) == ImportCounts(unchanged=2)
    assert dump(stage) == before
    assert enroll(stage.desk()) == 0


def test_what_the_file_says_of_someone_known_is_taken_over(stage: Stage) -> None:
    load(stage, row("ann"))
    changed = replace(row("ann"), first_name="Anne", timezone="Asia/Tokyo", attributes=())
    assert load(stage, changed) == ImportCounts(changed=1)
    with stage.store.read() as connection:
        (person,) = find_subscribers(connection, ["ann@example.org"]).values()
    assert (person.first_name, person.timezone, person.attributes) == ("Anne", "Asia/Tokyo", ())


def test_the_order_of_columns_is_no_change(stage: Stage) -> None:
    load(stage, replace(row("ann"), attributes=(("town", "Bath"), ("age", "40"))))
    again = replace(row("ann"), attributes=(("age", "40"), ("town", "Bath")))
    assert load(stage, again) == ImportCounts(unchanged=1)


def test_new_evidence_is_added_and_the_old_kept(stage: Stage) -> None:
    load(stage, row("ann"))
    load(stage, replace(row("ann"), consent_on=date(2026, 10, 1)))
    with stage.store.read() as connection:
        dates = [consent.consent_on for consent in consents_of(connection, stage.people["ann"])]
    assert dates == [date(2026, 3, 2), date(2026, 10, 1)]


def test_whoever_left_is_never_resubscribed(stage: Stage) -> None:
    load(stage, row("ann", is_subscribed=False))
    assert load(stage, row("ann")) == ImportCounts(unchanged=1, kept_out=1)
    stage.publish(a_revision())
    assert enroll(stage.desk()) == 0


def test_whoever_is_missing_from_the_file_stays(stage: Stage) -> None:
    load(stage, row("ann"), row("ben"))
    assert load(stage, row("ben")) == ImportCounts(unchanged=1)
    stage.publish(a_revision())
    assert enroll(stage.desk()) == 2


def test_leaving_in_the_file_ends_the_walks_of_this_audience_alone(stage: Stage) -> None:
    load(stage, row("ann"))
    load(stage, row("ann"), audience="others")
    stage.publish(a_revision())
    stage.publish(a_revision(campaign="other-steps", audience="others"))
    assert enroll(stage.desk()) == 2
    assert load(stage, row("ann", is_subscribed=False)) == ImportCounts(unchanged=1, unsubscribed=1)
    stage.tick(stage.desk())
    assert {one.campaign: reason_of(one) for one in stage.messages() if one.part == "one"} == {
        "first-steps": (MessageState.SUPPRESSED, "unsubscribed"),
        "other-steps": (MessageState.ACCEPTED, ""),
    }


def test_leaving_ends_a_walk_also_when_its_campaign_serves_another_audience_by_now(stage: Stage) -> None:
    load(stage, row("ann"))
    stage.publish(a_revision())
    enroll(stage.desk())
    stage.publish(a_revision(audience="others"))
    load(stage, row("ann", is_subscribed=False))
    assert stage.standing("ann") == (EnrollmentState.EXITED, "unsubscribed")
    stage.tick(stage.desk())
    assert stage.provider.taken == []


def test_whoever_leaves_in_a_row_that_cannot_be_used_has_left(stage: Stage) -> None:
    load(stage, row("ann"), row("ben"))
    stage.publish(a_revision())
    enroll(stage.desk())
    counts = load(stage, left=("ann@example.org", "nobody@example.org"))
    assert counts == ImportCounts(unsubscribed=1)
    stage.tick(stage.desk())
    assert stage.states() == {"ann": MessageState.SUPPRESSED, "ben": MessageState.ACCEPTED}
    assert load(stage, left=("ann@example.org",)) == ImportCounts()


def test_long_files_are_taken_in_by_chunks_and_their_progress_told(stage: Stage) -> None:
    rows = tuple(row(f"reader{number}") for number in range(CHUNK + 1))
    progress: list[int] = []
    counts = import_readers(
        stage.store,
        AUDIENCE,
        ReadersFile("readers.csv", (), rows, (), (), ()),
        now=NOW,
        on_progress=progress.append,
    )
    assert (counts, progress) == (ImportCounts(added=CHUNK + 1), [CHUNK, 1])
