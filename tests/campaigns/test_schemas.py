"""The schemas for editors say what the check says, as far as a schema can."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from partwork.campaigns.schemas import FileKind, schema_of
from partwork.campaigns.yamlfiles import read_yaml
from partwork.sending.schedule import Schedule, read_schedule
from tests.support.workspaces import ROOT

SAMPLES = {
    FileKind.CAMPAIGN: "campaigns/gluteus-medius/campaign.yaml",
    FileKind.PARTWORK: "partwork.yaml",
    FileKind.AUDIENCE: "audiences/readers.yaml",
}
PHRASES = {
    "first": ["next slot", "At  Once"],
    "every": ["3 days", "1 Day", "36hours", " 90 minutes "],
    "at": ["09:00", "9:00", "23:59"],
    "weekdays": ["mon, thu", "Monday"],
    "days": ["mon-fri", ["mon", "wed"], "sat & sun"],
    "quiet": ["20:00-08:00", "20:00 – 8:00", "20:00 to 08:00"],
    "too_late_after": ["36 hours, then wait", "2 Days then Expire"],
}
NO_PHRASES = {
    "first": ["tomorrow", 3],
    "every": ["3 weeks", "days", 3],
    "at": ["25:00", "9am", 9],
    "days": ["", 5, []],
    "quiet": ["20:00", "20-08"],
    "too_late_after": ["36 hours", "36 hours, then drop"],
}


def complaints(kind: FileKind, data: object) -> list[str]:
    return [error.message for error in Draft7Validator(schema_of(kind)).iter_errors(data)]


def campaign(**changes: object) -> dict[str, object]:
    data = dict(read_yaml(ROOT / SAMPLES[FileKind.CAMPAIGN], name="campaign.yaml").data)
    return data | changes


@pytest.mark.parametrize("kind", FileKind)
def test_a_schema_is_one_and_finds_the_sample_file_good(kind: FileKind):
    Draft7Validator.check_schema(schema_of(kind))
    assert complaints(kind, read_yaml(ROOT / SAMPLES[kind], name=SAMPLES[kind]).data) == []


def test_every_key_has_a_description():
    schemas = [schema_of(kind) for kind in FileKind]
    parts = [*schemas, schemas[0]["$defs"]["PartDefinition"], schemas[0]["properties"]["schedule"]]
    silent = [
        key for part in parts for key, value in part["properties"].items() if "description" not in value
    ]
    assert silent == []


def test_the_schedule_has_the_keys_a_schedule_has():
    schedule = schema_of(FileKind.CAMPAIGN)["properties"]["schedule"]
    assert set(schedule["properties"]) == {field.name for field in fields(Schedule)}


@pytest.mark.parametrize(("key", "phrase"), [(key, phrase) for key in PHRASES for phrase in PHRASES[key]])
def test_what_a_schedule_reads_its_schema_allows(key: str, phrase: object):
    at = {} if key == "every" and "days" not in str(phrase).lower() else {"at": "12:00"}
    schedule = at | ({} if key == "weekdays" else {"every": "3 days"}) | {key: phrase}
    if key == "every" and "day" in str(phrase).lower():
        schedule["at"] = "12:00"
    assert read_schedule(schedule)[1] == ()
    assert complaints(FileKind.CAMPAIGN, campaign(schedule=schedule)) == []


@pytest.mark.parametrize(("key", "phrase"), [(key, each) for key in NO_PHRASES for each in NO_PHRASES[key]])
def test_what_no_schedule_reads_its_schema_refuses(key: str, phrase: object):
    schedule = {"every": "3 days", "at": "12:00", key: phrase}
    assert read_schedule(schedule)[1] != ()
    assert complaints(FileKind.CAMPAIGN, campaign(schedule=schedule)) != []


def test_every_example_of_a_phrase_can_be_read():
    schedule = schema_of(FileKind.CAMPAIGN)["properties"]["schedule"]["properties"]
    for key, shape in schedule.items():
        for example in shape.get("examples", []):
            rest = {} if key == "weekdays" else {"every": "3 days"}
            hours = {"at": "09:00"} if key != "every" or "day" in example else {}
            assert read_schedule(rest | hours | {key: example})[1] == (), (key, example)


@pytest.mark.parametrize(
    "wrong",
    [
        {"campaign": "Not A Slug"},
        {"article": "../article.txt"},
        {"goal": "money"},
        {"on_uncertain": "maybe"},
        {"parts": []},
        {"parts": [{"slug": "a", "subject": "A", "preheader": "B"}]},
        {"gaol": "booking"},
        {"schedule": {"every": "3 days", "weekdays": "mon", "at": "09:00"}},
    ],
)
def test_a_mistake_is_one_in_an_editor_too(wrong: dict[str, object]):
    assert complaints(FileKind.CAMPAIGN, campaign(**wrong)) != []


@pytest.mark.parametrize("section", ["Practice", "Brand", "Review", "Privacy", "LinksSection"])
def test_what_a_practice_decides_of_its_emails_has_a_description(section: str):
    keys = schema_of(FileKind.PARTWORK)["$defs"][section]["properties"]
    assert [key for key, value in keys.items() if "description" not in value] == []


def test_a_part_may_have_a_text_in_place_of_sections():
    part = {"slug": "a", "subject": "A", "preheader": "B", "text": "part-1.md"}
    assert complaints(FileKind.CAMPAIGN, campaign(parts=[part])) == []


def test_settings_know_zones_and_limits():
    good = dict(read_yaml(Path(ROOT / "partwork.yaml"), name="partwork.yaml").data)
    wrong_zone = good | {"practice": {**good["practice"], "timezone": "Riverside"}}
    no_pace = good | {"provider": {"pace": {"messages_per_second": 0}}}
    assert ["is not one of" in text for text in complaints(FileKind.PARTWORK, wrong_zone)] == [True]
    assert len(complaints(FileKind.PARTWORK, no_pace)) == 1
