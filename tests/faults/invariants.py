"""What must hold after every run: the provider's own ledger against our database.

I1 no message is taken twice; I2 each message is in one visible state, and nothing is left half-way;
I3 what is accepted was taken, and what was taken is accepted, uncertain or held; I4 nothing was asked
for after its reader had left; I5 facts are unique; I7 counts agree; I8 the database is sound; I10 nothing
went out before it was due or later than its campaign allows. (I6 and I9 have tests of their own.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from tests.support.postgres import engine_of

MIDWAY = ("claimed", "sending")
MAY_HAVE_BEEN_TAKEN = ("accepted", "uncertain", "held")


@dataclass(slots=True)
class Report:
    """What a run came to. problems: a sentence for each invariant that does not hold."""

    messages: int = 0
    accepted: int = 0
    uncertain: int = 0
    held: int = 0
    taken: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.problems)

    def __str__(self) -> str:
        figures = (
            f"{self.messages} messages, {self.accepted} accepted, {self.taken} taken, {len(self.lost)} lost,"
            f" {len(self.doubled)} doubled, {self.uncertain} uncertain, {self.held} held"
        )
        named = [f"lost: {one}" for one in self.lost] + [f"doubled: {one}" for one in self.doubled]
        return "\n".join((figures, *named[:20], *self.problems))


def check(
    url: str,
    taken: Iterable[str],
    *,
    now: datetime,
    left_at: Mapping[str, datetime] | None = None,
    too_late_after: timedelta = timedelta(hours=36),
) -> Report:
    """Compare the ledger (message ids, one for each acceptance) with the database after a drain."""
    ledger = Counter(taken)
    report = Report(taken=sum(ledger.values()))
    engine = engine_of(url)
    with engine.connect() as connection:
        _states(connection, ledger, report, now=now)
        _times(connection, report, too_late_after=too_late_after)
        _leaving(connection, report, left_at or {})
        _facts(connection, report)
        if engine.dialect.name == "sqlite":
            verdict = connection.execute(text("PRAGMA integrity_check")).scalar()
            if verdict != "ok":
                report.problems.append(f"I8: the database is damaged: {verdict}")
    engine.dispose()
    return report


def _states(connection: Connection, ledger: Counter[str], report: Report, *, now: datetime) -> None:
    rows = connection.execute(text("SELECT id, state, claimable_at FROM messages")).all()
    states = {row.id: row.state for row in rows}
    report.messages = len(states)
    counts = Counter(states.values())
    report.accepted, report.uncertain, report.held = (counts[s] for s in ("accepted", "uncertain", "held"))
    report.doubled = sorted(fid for fid, count in ledger.items() if count > 1)
    report.lost = sorted(fid for fid, state in states.items() if state == "accepted" and fid not in ledger)
    for state in MIDWAY:
        if counts[state]:
            report.problems.append(f"I2: {counts[state]} messages are {state} after the drain")
    overdue = [row.id for row in rows if row.state == "due" and _instant(row.claimable_at) <= now]
    if overdue:
        report.problems.append(f"I2: {len(overdue)} messages are due and were not sent, as {overdue[0]}")
    for fid in ledger:
        state = states.get(fid, "unknown")
        if state not in MAY_HAVE_BEEN_TAKEN:
            report.problems.append(f"I3: {fid} was taken and is {state}")
    if report.accepted != sum(1 for fid in ledger if states.get(fid) == "accepted"):
        report.problems.append("I7: the accepted are not those in the ledger")


def _times(connection: Connection, report: Report, *, too_late_after: timedelta) -> None:
    for row in connection.execute(text("SELECT id, due_at, sent_at FROM messages WHERE state = 'accepted'")):
        early = _instant(row.due_at) - _instant(row.sent_at)
        if early > timedelta():
            report.problems.append(f"I10: {row.id} was sent {early} before it was due")
        elif -early > too_late_after:
            report.problems.append(f"I10: {row.id} was sent {-early} after it was due")


def _leaving(connection: Connection, report: Report, left_at: Mapping[str, datetime]) -> None:
    """A request's last look began before its attempt was committed: that instant bounds it from above."""
    if not left_at:
        return
    rows = connection.execute(
        text(
            "SELECT a.message_id, a.started_at, s.address FROM attempts a"
            " JOIN messages m ON m.id = a.message_id JOIN enrollments e ON e.id = m.enrollment_id"
            " JOIN subscribers s ON s.id = e.subscriber_id"
        )
    )
    for row in rows:
        left = left_at.get(row.address)
        if left is not None and _instant(row.started_at) > left:
            report.problems.append(f"I4: {row.message_id} was asked for after its reader had left")


def _facts(connection: Connection, report: Report) -> None:
    for table, key in (("events", "dedupe_key"), ("messages", "enrollment_id || '/' || part")):
        doubled = connection.execute(
            text(f"SELECT {key}, count(*) FROM {table} GROUP BY 1 HAVING count(*) > 1")
        ).all()
        if doubled:
            report.problems.append(f"I5: {len(doubled)} facts stand twice in {table}")
    walks = connection.execute(
        text(
            "SELECT count(*) FROM enrollments e WHERE e.state = 'active' AND NOT EXISTS"
            " (SELECT 1 FROM messages m WHERE m.enrollment_id = e.id"
            "  AND m.state IN ('due', 'claimed', 'sending', 'uncertain', 'held'))"
        )
    ).scalar_one()
    if walks:
        report.problems.append(f"I2: {walks} walks are under way and have no open message")


def _instant(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
