"""The journey of somebody at the front desk who looks an audience through and takes it elsewhere."""

from __future__ import annotations

import json
import stat

from tests.journeys.place import READERS_FILE, Place


def test_an_audience_is_shown_written_out_and_read_back_elsewhere(place: Place) -> None:
    ran = place.partwork("audience", "show", "readers")
    assert (ran.status, "'partwork audience import readers'" in ran.err) == (2, True)
    place.must("audience", "import", "readers")
    told = place.must("audience", "show", "readers")
    assert "Audience 'readers': 16 members, 15 of them may be written to." in told
    assert "no.more@example.org: unsubscribed" in told

    document = json.loads(place.must("audience", "show", "readers", "--json"))
    assert len(document) == 16
    assert next(one for one in document if one["email"] == "tom.okafor@example.org") == {
        "email": "tom.okafor@example.org",
        "first_name": "Tom",
        "status": "subscribed",
        "reason": "",
        "timezone": "Europe/London",
        "consent_basis": "soft_opt_in",
        "consent_source": "online booking",
        "consent_on": "2026-03-19",
        "attributes": {"clinic": "Riverside"},
    }

    out = place.folder / "out.csv"
    assert "16 members written to out.csv" in place.must("audience", "export", "readers", "--out", "out.csv")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.read_text("utf-8-sig") == place.must("audience", "export", "readers")
    assert place.partwork("audience", "export", "readers", "--out", "out.csv").status == 2

    place.database.unlink()
    out.replace(place.folder / READERS_FILE)
    place.must("audience", "import", "readers")
    assert json.loads(place.must("audience", "show", "readers", "--json")) == document


def test_an_audience_there_is_not_is_told_with_those_there_are(place: Place) -> None:
    for command in ("show", "export"):
        ran = place.partwork("audience", command, "reders")
        assert (ran.status, ran.out) == (2, "")
        assert "did you mean 'readers'" in ran.err
