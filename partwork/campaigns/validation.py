"""Fits data from a file into a model, and says in plain words what does not fit. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import UnionType
from typing import NamedTuple, Protocol, TypeAlias, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from partwork.campaigns.values import closest, did_you_mean, quoted
from partwork.errors import Problem, WorkspaceError

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"
Location: TypeAlias = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

_FAULTS_OF_KEYS = frozenset({"extra_forbidden", "missing", "key_fault"})


class Source(Protocol):
    """Where data came from."""

    def problem(self, location: Location, text: str, *, at_key: bool = False) -> Problem:
        """Return a problem that names the place of a value, or of its key."""


class Definition(BaseModel):
    """A piece of a file that staff edit: a key nobody knows is a mistake, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def fitted(model: type[Model], data: Mapping[str, Value], *, source: Source) -> Model:
    """Return `data` as a `model`. Raises WorkspaceError with every problem, each at its place."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise WorkspaceError(_problems(model, error, source)) from None


def key_locations(model: type[BaseModel]) -> Iterator[Location]:
    """Yield where each single value of a `model` stands, in its order."""
    for key, info in _fields(model).items():
        inner = _without_none(info.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from ((key, *location) for location in key_locations(inner))
        else:
            yield (key,)


class Misfit(NamedTuple):
    """One fault a validator found below its model; `at_key` points at the key, not at its value."""

    location: Location
    text: str
    at_key: bool = False


def misfits(title: str, faults: Iterable[Misfit]) -> ValidationError:
    """Return the error a validator raises for several faults at once, each at its own place."""
    return ValidationError.from_exception_data(title, [_line_error(fault) for fault in faults])


def _line_error(fault: Misfit) -> InitErrorDetails:
    kind = PydanticCustomError("key_fault" if fault.at_key else "fault", "{text}", {"text": fault.text})
    return InitErrorDetails(type=kind, loc=fault.location, input=None)


def _problems(model: type[BaseModel], error: ValidationError, source: Source) -> Iterator[Problem]:
    found = error.errors(include_url=False)
    unknown = [details["loc"] for details in found if details["type"] == "extra_forbidden"]
    meant = {
        (*location[:-1], closest(str(location[-1]), _fields(around)))
        for location in unknown
        if (around := _model_at(model, location[:-1]))
    }
    for details in found:
        location, kind = details["loc"], details["type"]
        if kind == "missing" and location in meant:
            continue  # mis-spelt, which is one fault and not two
        if kind == "too_short" and details["input"]:
            continue  # pydantic counts only the items without a fault, and those are told already
        text = _in_words(details, _model_at(model, location[:-1]))
        yield source.problem(location, text, at_key=kind in _FAULTS_OF_KEYS)


def _in_words(details: ErrorDetails, around: type[BaseModel] | None) -> str:
    kind, location, given = details["type"], details["loc"], details["input"]
    key = str(location[-1])
    name = quoted(key) if isinstance(location[-1], str) else f"item {location[-1] + 1} of '{location[-2]}'"
    fields = _fields(around) if around else {}
    hint = (fields[key].description if key in fields else None) or ""
    match kind:
        case "fault" | "key_fault":
            return details["msg"]
        case "value_error":
            return str(details["ctx"]["error"])
        case "extra_forbidden":
            suggestion = did_you_mean(key, fields) or "."
            return f"unknown key {name}{suggestion} The keys here are: {', '.join(fields)}"
        case "missing":
            return _with_hint(f"{name} is missing", hint)
        case "too_short":
            return _with_hint(f"{name} is empty", hint)
        case "literal_error":
            return _no_choice(name, given, details["ctx"]["expected"])
    if given is None:
        return _with_hint(f"{name} is empty", hint)
    match kind:
        case "string_type" if isinstance(given, list | dict):
            return _with_hint(f"{name} should be text", hint)
        case "string_type":
            return f"{name} should be text: put quotes around it"
        case "list_type" | "tuple_type":
            return f"{name} should be a list: below the key, each item on a line that starts with '- '"
        case "model_type":
            return f"{name} should hold keys of its own, on lines of their own"
        case _:
            return f"{name} {details['msg'].removeprefix('Input ').partition(',')[0]}"


def _with_hint(text: str, hint: str) -> str:
    return f"{text}: {hint}" if hint else text


def _no_choice(name: str, given: object, expected: str) -> str:
    if isinstance(given, str):
        suggestion = did_you_mean(given, re.findall(r"'([^']*)'", expected))
        return f"{name} may be {expected}, not {quoted(given)}{suggestion}"
    return f"{name} may be {expected}"


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _model_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """Return the model whose keys stand at `location`, if one does."""
    current: object = model
    for step in location:
        if isinstance(step, int):
            current = next(iter(get_args(current)), None)
        elif isinstance(current, type) and issubclass(current, BaseModel) and step in _fields(current):
            current = _without_none(_fields(current)[step].annotation)
        else:
            return None
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def _without_none(annotation: object) -> object:
    if get_origin(annotation) in (Union, UnionType):
        return next(choice for choice in get_args(annotation) if choice is not type(None))
    return annotation
