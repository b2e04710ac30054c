"""What editors are told of the files staff write: JSON Schemas, made from the models. Pure.

A schema allows all that `partwork check` allows, and refuses only what that would refuse, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import available_timezones

from pydantic import BaseModel, JsonValue

from partwork.audiences.definition import AudienceDefinition
from partwork.campaigns.definition import CampaignDefinition, PartDefinition
from partwork.campaigns.practice import SettingsFile
from partwork.sending.phrases import First, IfLate, Unit

# The dialect that editors know best.
_DIALECT = "http://json-schema.org/draft-07/schema#"

Schema: TypeAlias = dict[str, JsonValue]


class FileKind(StrEnum):
    """A kind of file, by the name its schema goes by."""

    CAMPAIGN = "campaign"
    PARTWORK = "partwork"
    AUDIENCE = "audience"


_MODELS: Mapping[FileKind, type[BaseModel]] = {
    FileKind.CAMPAIGN: CampaignDefinition,
    FileKind.PARTWORK: SettingsFile,
    FileKind.AUDIENCE: AudienceDefinition,
}


def schema_of(kind: FileKind) -> Schema:
    """Return the JSON Schema of one kind of file."""
    model = _MODELS[kind]
    schema = _tidied(model.model_json_schema(by_alias=True))
    if kind is FileKind.CAMPAIGN:
        _inside(schema, "properties")["schedule"] = _schedule()
        part = _inside(schema, "$defs", PartDefinition.__name__)
        part["anyOf"] = [{"required": ["sections"]}, {"required": ["text"]}]
    if kind is FileKind.PARTWORK:
        zone = _inside(schema, "$defs", "Practice", "properties", "timezone")
        zone["enum"] = list[JsonValue](sorted(available_timezones()))
    return {"$schema": _DIALECT, "title": f"{kind}.yaml", **schema}


def _inside(schema: Schema, *keys: str) -> Schema:
    for key in keys:
        inner = schema[key]
        assert isinstance(inner, dict)
        schema = inner
    return schema


def _tidied(schema: Schema, *, of_names: bool = False) -> Schema:
    """Return a schema without the titles made from keys, and with limits as JSON Schema writes them.

    of_names: the keys are a file's, not the schema's
    """
    tidy: Schema = {}
    for key, value in schema.items():
        if key == "title" and not of_names:
            continue
        name = "exclusiveMinimum" if key == "gt" and not of_names else key
        tidy[name] = _tidied_value(value, of_names=not of_names and key in ("properties", "$defs"))
    return tidy


def _tidied_value(value: JsonValue, *, of_names: bool) -> JsonValue:
    if isinstance(value, dict):
        return _tidied(value, of_names=of_names)
    if isinstance(value, list):
        return [_tidied_value(item, of_names=False) for item in value]
    return value


def _schedule() -> Schema:
    unit = "|".join(_any_case(unit.removesuffix("s")) + "[sS]?" for unit in Unit)
    interval = rf"\s*\d{{1,6}}\s*(?:{unit})\s*"
    clock = r"\s*(?:[01]?\d|2[0-3]):[0-5]\d\s*"
    lateness = "|".join(map(_any_case, IfLate))
    return {
        "description": "when the parts go: how often, at what hour, and on which days",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "first": {
                "description": "when the first part goes: at a slot, or as soon as days and quiet allow",
                "type": "string",
                "anyOf": [{"enum": list(First)}, {"pattern": f"^{_words(*First)}$"}],
            },
            "every": _phrase(
                "what lies between two parts, as in '3 days'; days are days of the calendar",
                interval,
                ["1 day", "3 days", "14 days", "36 hours", "90 minutes"],
            ),
            "weekdays": _days("in place of 'every': the days of the week on which a part goes"),
            "at": _phrase(
                "the hour on each reader's own clock, in quotes; none where 'every' is hours or minutes",
                clock,
                ["09:00", "18:30"],
            ),
            "days": _days("the only days on which anything goes; without the key, every day"),
            "quiet": _phrase(
                "the hours, on each reader's own clock, in which nothing goes",
                rf"{clock}(?:[-\u2010-\u2015]|[tT][oO]){clock}",
                ["20:00-08:00"],
            ),
            "too_late_after": _phrase(
                "how late a part may still go, and what then: it waits for the next slot, or expires",
                rf"{interval},?\s*{_any_case('then')}\s+(?:{lateness})\s*",
                ["36 hours, then wait", "36 hours, then expire"],
            ),
        },
        "oneOf": [{"required": ["every"]}, {"required": ["weekdays"]}],
    }


def _phrase(description: str, pattern: str, examples: list[JsonValue]) -> Schema:
    return {
        "description": description,
        "type": "string",
        "pattern": f"^{pattern}$",
        "examples": examples,
    }


def _days(description: str) -> Schema:
    """Return the shape of days of the week; which names there are is left to the check."""
    text: Schema = {"type": "string", "pattern": "[a-zA-Z]{3}"}
    return {
        "description": f"{description}: 'mon-fri', or 'mon, wed, fri'",
        "anyOf": [text, {"type": "array", "items": text, "minItems": 1}],
        "examples": ["mon-fri", "mon, thu", "mon-sun"],
    }


def _words(*phrases: str) -> str:
    spaced = (r"\s+".join(map(_any_case, phrase.split())) for phrase in phrases)
    return rf"\s*(?:{'|'.join(spaced)})\s*"


def _any_case(word: str) -> str:
    """Return a pattern for a word in capitals or not: patterns of JSON Schema have no flags."""
    return "".join(f"[{sign}{sign.upper()}]" for sign in word)
