"""The practice's settings: partwork.yaml, overridden by the environment. Adapter.

Every key may be overridden by PARTWORK_<SECTION>__<KEY>; an empty variable counts as not set.
Secrets come from the environment alone, or from a file that PARTWORK_<SECTION>__<KEY>_FILE names.
"""

from __future__ import annotations

import copy
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from partwork.campaigns.brand import Brand
from partwork.campaigns.logos import read_logo
from partwork.campaigns.practice import (
    Booking,
    DatabaseSettings,
    Practice,
    Privacy,
    Review,
    Sender,
    SettingsFile,
)
from partwork.campaigns.validation import Location, Value, fitted, key_locations
from partwork.campaigns.values import closest, is_loopback
from partwork.campaigns.yamlfiles import YamlFile, read_yaml
from partwork.errors import Problem, SettingsError, WorkspaceError
from partwork.providers.contract import Pace, ProviderSettings

SETTINGS_FILE = "partwork.yaml"
STATE_FOLDER = ".partwork"

_LINKS_SECRET_NAME = "links.secret"  # noqa: S105 - a file's name
_SECRET_MIN_LENGTH = 32

_PREFIX = "PARTWORK_"
_LINKS_SECRET: Location = ("links", "secret")
_API_KEY: Location = ("provider", "api_key")
_DATABASE_URL: Location = ("database", "url")
_SECRETS = (_LINKS_SECRET, _API_KEY)
_LOCAL_BASE_URL = "http://127.0.0.1:8000"


class FaultySettings(SettingsError, WorkspaceError):  # noqa: N818 - a state of the settings, as in BadToken
    """Settings need mending: in partwork.yaml, by line, or in the environment, by variable."""


@dataclass(frozen=True, slots=True)
class Links:
    """How links in emails are built and signed. `base_url` has no trailing slash.

    allowed_hosts: where links in emails may lead, with all hosts below; none means anywhere
    """

    base_url: str
    secret: str = field(repr=False)
    allowed_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a workspace, checked; where the database is, `database_url` says."""

    practice: Practice
    sender: Sender
    booking: Booking
    links: Links
    provider: ProviderSettings
    privacy: Privacy
    brand: Brand
    review: Review

    def without_secrets(self) -> dict[str, Value]:
        """Return what `restored_settings` rebuilds them from, as JSON holds it.

        The database is left out: whoever reads this has found it, and its address may hold a password.
        """
        pace = self.provider.pace
        return {
            "practice": self.practice.model_dump(by_alias=True),
            "sender": self.sender.model_dump(by_alias=True),
            "booking": self.booking.model_dump(by_alias=True),
            "links": {"base_url": self.links.base_url, "allowed_hosts": list(self.links.allowed_hosts)},
            "provider": {
                "name": self.provider.name,
                "base_url": self.provider.base_url,
                "pace": asdict(pace) if pace else None,
            },
            "privacy": self.privacy.model_dump(by_alias=True, mode="json"),
            "brand": self.brand.model_dump(by_alias=True, mode="json"),
            "review": self.review.model_dump(by_alias=True),
        }


def state_folder(workspace: Path) -> Path:
    """Return the folder that holds a workspace's state, made if it is missing, closed to others."""
    folder = workspace / STATE_FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def load_settings(workspace: Path, environ: Mapping[str, str]) -> Settings:
    """Return the settings of `workspace`, making its link secret if only the outbox needs one.

    Raises FaultySettings with every problem of the file and of the environment.
    """
    environment = _Environment(environ)
    try:
        file = read_yaml(workspace / SETTINGS_FILE, name=SETTINGS_FILE)
    except WorkspaceError as error:
        raise FaultySettings([*error.problems, *environment.problems]) from None
    return _assembled(file.data, _Origin(SETTINGS_FILE, environment, file), workspace)


def restored_settings(
    record: Mapping[str, Value], environ: Mapping[str, str], *, workspace: Path
) -> Settings:
    """Return the settings that `without_secrets` recorded, under this process's environment."""
    origin = _Origin("the published settings", _Environment(environ))
    return _assembled(record, origin, workspace)


def database_url(workspace: Path, environ: Mapping[str, str]) -> str:
    """Return the database's url, its path absolute, whatever else is wrong with the settings.

    Raises FaultySettings if this very setting cannot be read: another database is never guessed.
    """
    environment = _Environment(environ)
    given = environment.overrides.get(_DATABASE_URL)
    try:
        file = None if given else read_yaml(workspace / SETTINGS_FILE, name=SETTINGS_FILE)
        written: Value = file.data.get("database") if file else {"url": given}
        origin = _Origin(SETTINGS_FILE, environment, file)
        found = fitted(DatabaseSettings, {"database": written or {}}, source=origin)
    except WorkspaceError as error:
        raise FaultySettings(error.problems) from None
    if faults := list(_password_in_file({"database": written}, origin)) if not given else []:
        raise FaultySettings(faults)
    url = found.database.url
    if not url.startswith("sqlite:"):
        return url
    return f"sqlite:///{workspace.absolute() / url.removeprefix('sqlite:///')}"


class _Environment:
    """What the environment says: overrides by location, secrets, and what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.names: dict[Location, str] = {}
        self.overrides: dict[Location, str] = {}
        self.secrets: dict[Location, str] = {}
        self.problems: list[Problem] = []
        keys = {_variable(location): location for location in key_locations(SettingsFile)}
        hidden = {_variable(location): location for location in _SECRETS}
        files = {f"{name}_FILE": location for name, location in hidden.items()}
        # It may hold a password, and then it is a secret as a whole.
        files[f"{_variable(_DATABASE_URL)}_FILE"] = _DATABASE_URL
        known = {**keys, **hidden, **files}
        flat = {name.replace("__", "_"): name for name in known}
        for name in sorted(name for name in environ if name.startswith(_PREFIX) and environ[name]):
            value = environ[name]
            if not _is_text(value):
                self._complain(name, "this is not UTF-8 text")
            elif name in keys:
                self.names[keys[name]] = name
                self.overrides[keys[name]] = value
            elif name in hidden:
                self._keep_secret(hidden[name], name, value)
            elif name in files:
                self._keep_secret_in_file(files[name], name, value)
            elif name in flat:
                self._complain(name, f"write two underscores after the section: {flat[name]}")
            elif "__" in name:
                close = closest(name.removeprefix(_PREFIX), [key.removeprefix(_PREFIX) for key in known])
                hint = f"; did you mean {_PREFIX}{close}?" if close else ""
                self._complain(name, f"no setting has this name{hint}")

    def _keep_secret(self, location: Location, name: str, value: str) -> None:
        if location in self.names:
            self._complain(name, f"{self.names[location]} is set, too: keep one of them")
        if location == _LINKS_SECRET and 0 < len(value) < _SECRET_MIN_LENGTH:
            self._complain(name, f"too short: {_SECRET_MIN_LENGTH} characters or more belong here")
        self.names[location] = name
        kept = self.overrides if location == _DATABASE_URL else self.secrets
        kept[location] = value

    def _keep_secret_in_file(self, location: Location, name: str, path: str) -> None:
        try:
            value = Path(path).read_text("utf-8").strip()
        except (OSError, ValueError):
            self._complain(name, "the file it names cannot be read as text")
            self.names[location] = name
            return
        if not value:
            self._complain(name, "the file it names is empty")
        self._keep_secret(location, name, value)

    def _complain(self, name: str, text: str) -> None:
        self.problems.append(Problem(name, 0, 0, text))


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where each setting came from: a variable, a line of the file, or a record without lines."""

    name: str
    environment: _Environment
    file: YamlFile | None = None

    def problem(self, location: Location, text: str, *, at_key: bool = False) -> Problem:
        for length in range(len(location), 0, -1):
            if name := self.environment.names.get(location[:length]):
                return Problem(name, 0, 0, text)
        return self.written_problem(location, text, at_key=at_key)

    def written_problem(self, location: Location, text: str, *, at_key: bool = True) -> Problem:
        """Return a problem of the file or record itself, whatever the environment says."""
        if self.file:
            return self.file.problem(location, text, at_key=at_key)
        return Problem(self.name, 0, 0, f"{'.'.join(map(str, location))}: {text}")


def _variable(location: Location) -> str:
    """Return the name of the environment variable that sets what stands at `location`."""
    return _PREFIX + "__".join(str(step).upper() for step in location)


def _assembled(data: Mapping[str, Value], origin: _Origin, workspace: Path) -> Settings:
    environment = origin.environment
    # A section whose keys are all commented out says nothing, which is no fault of its own.
    merged: dict[str, Value] = {
        key: {} if part is None else copy.deepcopy(part) for key, part in data.items()
    }
    problems = [
        *environment.problems,
        *_taken_secrets(merged, origin),
        *_password_in_file(merged, origin),
    ]
    for location, value in environment.overrides.items():
        _put(merged, location, value)
    try:
        found = fitted(SettingsFile, merged, source=origin)
    except WorkspaceError as error:
        raise FaultySettings([*problems, *error.problems]) from None
    problems += _missing_for_real_mail(found, origin)
    problems += _unfit_logos(found.brand, origin, workspace)
    if problems:
        raise FaultySettings(problems)
    secret = environment.secrets.get(_LINKS_SECRET) or _made_secret(workspace)
    pace = found.provider.pace
    return Settings(
        practice=found.practice,
        sender=found.sender,
        booking=found.booking,
        links=Links(found.links.base_url or _LOCAL_BASE_URL, secret, found.links.allowed_hosts),
        provider=ProviderSettings(
            name=found.provider.name,
            base_url=found.provider.base_url,
            api_key=environment.secrets.get(_API_KEY),
            pace=Pace(**pace.model_dump()) if pace else None,
        ),
        privacy=found.privacy,
        brand=found.brand,
        review=found.review,
    )


def _is_text(value: str) -> bool:
    """Say whether the environment's bytes were text: Python hands others on as half characters."""
    return not any("\ud800" <= sign <= "\udfff" for sign in value)


def _taken_secrets(data: dict[str, Value], origin: _Origin) -> Iterator[Problem]:
    """Take secrets out of `data`, so that nothing further on can show them."""
    for location in _SECRETS:
        section, key = str(location[0]), str(location[1])
        found = data.get(section)
        if isinstance(found, dict) and key in found:
            del found[key]
            name = _variable(location)
            text = f"secrets never stand in files: set {name}, or {name}_FILE to a file that holds it"
            yield origin.written_problem(location, text)


def _password_in_file(data: Mapping[str, Value], origin: _Origin) -> Iterator[Problem]:
    """Yield the fault of a database's address that holds a password and stands in a file."""
    section = data.get("database")
    url = section.get("url") if isinstance(section, dict) else None
    if isinstance(url, str) and re.match(r"postgres(ql)?:", url) and urlsplit(url).password:
        name = _variable(_DATABASE_URL)
        text = f"a password never stands in a file: set the whole address in {name}, or {name}_FILE"
        yield origin.written_problem(_DATABASE_URL, text, at_key=False)


def _put(data: dict[str, Value], location: Location, value: str) -> None:
    *sections, key = map(str, location)
    for section in sections:
        inner = data.get(section)
        if inner is None:
            inner = data[section] = {}
        if not isinstance(inner, dict):
            return  # the file's fault, and reported as such
        data = inner
    data[key] = value


def _missing_for_real_mail(found: SettingsFile, origin: _Origin) -> Iterator[Problem]:
    """Yield what the outbox can do without and real people cannot."""
    provider = found.provider
    if provider.name == "outbox":
        return
    # A provider on this very machine is a test's double: its links may lead here, too.
    is_double = provider.base_url is not None and is_loopback(urlsplit(provider.base_url).hostname or "")
    if found.links.base_url is None and not is_double:
        text = f"{provider.name} writes to real people: set links.base_url to an https address of yours"
        yield origin.problem(("provider", "name"), text)
    if _LINKS_SECRET not in origin.environment.names:
        text = f"this is missing: {provider.name} needs {_SECRET_MIN_LENGTH} random characters or more here"
        yield Problem(_variable(_LINKS_SECRET), 0, 0, text)


def _unfit_logos(brand: Brand, origin: _Origin, workspace: Path) -> Iterator[Problem]:
    """Yield what is wrong with the files of logos; a worker that has no files needs none."""
    if brand.logo_dark and not brand.logo:
        text = "'logo_dark' takes the place of 'logo' in dark mode: name a 'logo', too"
        yield origin.problem(("brand", "logo_dark"), text)
    if not origin.file:
        return
    for key, name in (("logo", brand.logo), ("logo_dark", brand.logo_dark)):
        try:
            if name:
                read_logo(workspace / name)
        except ValueError as error:
            yield origin.problem(("brand", key), str(error))


def _made_secret(workspace: Path) -> str:
    """Return the secret in the state folder, made now if there is none.

    However many processes start at once, one secret is linked into place whole and all read that one.
    """
    name = f"{STATE_FOLDER}/{_LINKS_SECRET_NAME}"
    try:
        path = state_folder(workspace) / _LINKS_SECRET_NAME
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(_SECRET_MIN_LENGTH))
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise FaultySettings([Problem(name, 0, 0, f"no secret can be kept here: {reason}")]) from None
    if len(secret) < _SECRET_MIN_LENGTH:
        text = "damaged: restore it from a backup, or delete it (links in emails sent so far then fail)"
        raise FaultySettings([Problem(name, 0, 0, text)])
    return secret


def _write_once(path: Path, text: str) -> None:
    """Put a file of `text` at `path`, readable by its owner alone, unless one is there by then."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
