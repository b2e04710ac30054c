"""Finds a workspace and reads its campaigns and audiences, with every fault at its line. Adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from partwork.articles.handwriting import HandWriting, Quotation
from partwork.articles.model import Article, Picture
from partwork.articles.outline import Outline
from partwork.articles.sources import SUFFIXES, NotReadable, Source, read_source, readable
from partwork.audiences.definition import AudienceDefinition
from partwork.campaigns.definition import Campaign, CampaignDefinition, CampaignPart
from partwork.campaigns.layout import laid_out
from partwork.campaigns.parts import misplaced_sections, named_texts, repeated_slugs
from partwork.campaigns.signoff import SIGN_OFF_FILE, SignOff
from partwork.campaigns.validation import fitted
from partwork.campaigns.values import did_you_mean, file_name, quoted
from partwork.campaigns.yamlfiles import YamlFile, read_text, read_yaml
from partwork.errors import CommandError, Problem, WorkspaceError

_SETTINGS_FILE = "partwork.yaml"
_CAMPAIGN_FILE = "campaign.yaml"
_TEXT_SUFFIX = ".md"

_T = TypeVar("_T")


def find_workspace(start: Path, given: Path | None) -> Path:
    """Return the folder that is `given`, or else the nearest with partwork.yaml from `start` upwards.

    Raises CommandError if there is none.
    """
    if given is not None:
        if not (given / _SETTINGS_FILE).is_file():
            raise CommandError(f"no {_SETTINGS_FILE} in {given}: 'partwork new {given}' makes one there")
        return given.resolve()
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / _SETTINGS_FILE).is_file():
            return folder
    raise CommandError(
        f"no {_SETTINGS_FILE} here or above: run 'partwork new DIR' for a new workspace,"
        " or name yours: partwork --workspace DIR"
    )


def campaign_slugs(workspace: Path) -> tuple[str, ...]:
    """Return the names of the folders that hold a campaign.yaml, in order."""
    return tuple(sorted(file.parent.name for file in workspace.glob(f"campaigns/*/{_CAMPAIGN_FILE}")))


def audience_slugs(workspace: Path) -> tuple[str, ...]:
    """Return the names of the audiences that have a file, in order."""
    return tuple(sorted(file.stem for file in workspace.glob("audiences/*.yaml")))


def load_audience(workspace: Path, slug: str) -> AudienceDefinition:
    """Return the audience in audiences/<slug>.yaml.

    Raises CommandError if no audience has this name, WorkspaceError with every fault of its file.
    """
    _refuse_unknown("audience", slug, audience_slugs(workspace))
    return _audience(workspace, slug)


def load_campaign(workspace: Path, slug: str) -> Campaign:
    """Return the campaign in campaigns/<slug>, with its audience and the article's sections in its parts.

    Raises CommandError if no campaign has this name, WorkspaceError with every fault of its files.
    """
    refuse_unknown_campaign(workspace, slug)
    return _campaign(workspace, slug)


def load_article(workspace: Path, slug: str) -> Article:
    """Return the article of a campaign, whatever else is wrong there.

    Raises CommandError if no campaign has this name, WorkspaceError if its article cannot be read.
    """
    refuse_unknown_campaign(workspace, slug)
    folder, name = workspace / "campaigns" / slug, f"campaigns/{slug}/{_CAMPAIGN_FILE}"
    file = read_yaml(folder / _CAMPAIGN_FILE, name=name)
    source = _article_of(file, folder)
    if source is None:
        raise WorkspaceError([file.problem(("article",), "'article' names no file in this folder")])
    return source.article


@dataclass(frozen=True, slots=True)
class Draft:
    """A campaign and its article before anything says that they fit: the names of sections may be wrong.

    told: the names of what each part tells, in its order: what its text quotes, then its sections
    """

    definition: CampaignDefinition
    article: Article
    told: tuple[tuple[str, ...], ...]
    problems: tuple[Problem, ...]


def load_draft(workspace: Path, slug: str) -> Draft:
    """Return a campaign whose article and keys can be read, and what is wrong with its sections.

    Raises CommandError if no campaign has this name, WorkspaceError where there is nothing to show.
    """
    refuse_unknown_campaign(workspace, slug)
    folder = workspace / "campaigns" / slug
    file = read_yaml(folder / _CAMPAIGN_FILE, name=f"campaigns/{slug}/{_CAMPAIGN_FILE}")
    faults = _Faults()
    definition = faults.take(lambda: fitted(CampaignDefinition, file.data, source=file))
    source = faults.take(lambda: _article_of(file, folder))
    faults.raise_any()
    assert definition is not None
    assert source is not None
    texts = _texts_of(file, folder, faults).by_part
    told = tuple(
        (*(quotation.name for quotation in _quotations(texts.get(index))), *part.sections)
        for index, part in enumerate(definition.parts)
    )
    misplaced = misplaced_sections(file, Outline(source.article), texts=texts)
    return Draft(definition, source.article, told, (*faults.problems, *misplaced))


def _quotations(text: HandWriting | None) -> tuple[Quotation, ...]:
    return text.quotations if text else ()


def refuse_unknown_campaign(workspace: Path, slug: str) -> None:
    """Raise CommandError, with the names there are, if no campaign is called `slug`."""
    _refuse_unknown("campaign", slug, campaign_slugs(workspace))


@dataclass(frozen=True, slots=True)
class Survey:
    """What a workspace's files hold: all that could be read whole, and every problem of the others."""

    campaigns: tuple[Campaign, ...]
    audiences: tuple[AudienceDefinition, ...]
    problems: tuple[Problem, ...]


def survey(workspace: Path, slugs: Iterable[str] | None = None) -> Survey:
    """Return the campaigns (all, or these) and every audience, used or not, in the order of names."""
    faults = _Faults()
    for pattern in ("campaigns/*/campaign.yml", "audiences/*.yml"):
        for path in sorted(workspace.glob(pattern)):
            name = path.relative_to(workspace).as_posix()
            faults.problems.append(Problem(name, 0, 0, f"never read: rename it to {path.stem}.yaml"))
    audiences = [faults.take(partial(_audience, workspace, slug)) for slug in audience_slugs(workspace)]
    chosen = campaign_slugs(workspace) if slugs is None else slugs
    campaigns = [faults.take(partial(_campaign, workspace, slug)) for slug in chosen]
    return Survey(tuple(filter(None, campaigns)), tuple(filter(None, audiences)), tuple(faults.problems))


def load_texts(workspace: Path, slug: str) -> tuple[str, tuple[HandWriting, ...]]:
    """Return the name of a campaign's audience and what is written by hand there, whatever else is wrong."""
    name = f"campaigns/{slug}"
    try:
        file = read_yaml(workspace / name / _CAMPAIGN_FILE, name=f"{name}/{_CAMPAIGN_FILE}")
    except WorkspaceError:
        return "", ()
    texts = _texts_of(file, workspace / name, _Faults()).by_part
    return str(file.data.get("audience", "")), tuple(texts.values())


class _Faults:
    """Problems of several steps, collected so that nobody has to mend files one fault a run."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def take(self, step: Callable[[], _T]) -> _T | None:
        """Return what `step` gives, or None if it finds problems; they are kept."""
        try:
            return step()
        except WorkspaceError as error:
            self.problems += error.problems
            return None

    def raise_any(self) -> None:
        if self.problems:
            raise WorkspaceError(self.problems)


def _audience(workspace: Path, slug: str) -> AudienceDefinition:
    folder = workspace / "audiences"
    file = read_yaml(folder / f"{slug}.yaml", name=f"audiences/{slug}.yaml")
    faults = _Faults()
    definition = faults.take(lambda: fitted(AudienceDefinition, file.data, source=file))
    faults.problems += _misnamed(file, "audience", slug)
    faults.problems += _absent(file, "file", folder)
    faults.raise_any()
    assert definition is not None
    return definition


def _campaign(workspace: Path, slug: str) -> Campaign:
    folder, name = workspace / "campaigns" / slug, f"campaigns/{slug}"
    file = read_yaml(folder / _CAMPAIGN_FILE, name=f"{name}/{_CAMPAIGN_FILE}")
    faults = _Faults()
    definition = faults.take(lambda: fitted(CampaignDefinition, file.data, source=file))
    faults.problems += _misnamed(file, "campaign", slug)
    faults.problems += _without_template(file, workspace)
    faults.problems += repeated_slugs(file)
    audience = faults.take(lambda: _audience_of(file, workspace))
    source = faults.take(lambda: _article_of(file, folder))
    written = _texts_of(file, folder, faults)
    texts = written.by_part
    if source:
        faults.problems += misplaced_sections(file, Outline(source.article), texts=texts)
    sign_off = faults.take(lambda: _sign_off_in(folder))
    faults.raise_any()
    assert definition is not None
    assert audience is not None
    assert source is not None
    parts = _filled(definition, Outline(source.article), texts)
    pictures = tuple(dict.fromkeys((*source.pictures, *written.pictures)))
    return Campaign(definition, audience, source.article, parts, pictures, sign_off)


def _sign_off_in(folder: Path) -> SignOff | None:
    """Return what was signed off of the campaign in `folder`, None if nothing was."""
    path = folder / SIGN_OFF_FILE
    if not path.exists():
        return None
    file = read_yaml(path, name=f"campaigns/{folder.name}/{SIGN_OFF_FILE}")
    return fitted(SignOff, file.data, source=file)


def _filled(
    definition: CampaignDefinition, outline: Outline, texts: Mapping[int, HandWriting]
) -> tuple[CampaignPart, ...]:
    """Return the parts with the sections they name and quote, once those are known to be right."""
    # Omitted pieces count: in how many pieces a section falls decides what each of the others holds.
    named = [name for part in definition.parts for name in part.sections]
    quotations = [quotation.name for text in texts.values() for quotation in text.quotations]
    select = partial(outline.select, divisions=outline.divisions([*named, *quotations, *definition.omit]))
    parts = []
    for index, part in enumerate(definition.parts):
        sections = tuple(filter(None, map(select, part.sections)))
        if text := texts.get(index):
            told = tuple(filter(None, (select(quotation.name) for quotation in text.quotations)))
            content = laid_out(text, sections, select=select)
            parts.append(CampaignPart(part, (*told, *sections), content, text))
        else:
            parts.append(CampaignPart(part, sections, sections))
    return tuple(parts)


def _misnamed(file: YamlFile, key: str, name: str) -> Iterator[Problem]:
    written = file.data.get(key)
    if isinstance(written, str) and written != name:
        place = "this folder" if key == "campaign" else "this file"
        yield file.problem((key,), f"{quoted(written)} should be the name of {place}: write '{name}'")


def _absent(file: YamlFile, key: str, folder: Path) -> Iterator[Problem]:
    """Yield the problem that the file named under `key` is not in `folder`."""
    name = _named_file(file, key)
    if name and not (folder / name).is_file():
        there = [path.name for path in folder.iterdir() if path.is_file()]
        yield file.problem((key,), f"file {quoted(name)} is not in this folder{did_you_mean(name, there)}")


def _named_file(file: YamlFile, key: str) -> str | None:
    """Return the file name under `key`; None if none can stand there, which is told elsewhere."""
    written = file.data.get(key)
    try:
        return file_name(written) if isinstance(written, str) else None
    except ValueError:
        return None


def _without_template(file: YamlFile, workspace: Path) -> Iterator[Problem]:
    written = file.data.get("template", "part")
    there = [path.stem for path in workspace.glob("templates/*.mjml")]
    if isinstance(written, str) and written not in there:
        text = f"templates/ holds no '{written}.mjml'{did_you_mean(written, there)}"
        yield file.problem(("template",), text)


def _audience_of(file: YamlFile, workspace: Path) -> AudienceDefinition | None:
    slug = file.data.get("audience")
    if not isinstance(slug, str):
        return None
    known = audience_slugs(workspace)
    if slug not in known:
        there_are = f"the audiences are: {', '.join(known)}" if known else "audiences/ holds none"
        text = f"no audience is called {quoted(slug)}{did_you_mean(slug, known) or ';'} {there_are}"
        raise WorkspaceError([file.problem(("audience",), text)])
    return _audience(workspace, slug)


def _article_of(file: YamlFile, folder: Path) -> Source | None:
    written = _named_file(file, "article")
    if written is None:
        return None
    if problems := list(_absent(file, "article", folder)):
        raise WorkspaceError(problems)
    if not readable(written):
        text = f"{quoted(written)} is no article that can be read: it should end in {', '.join(SUFFIXES)}"
        raise WorkspaceError([file.problem(("article",), text)])
    name = f"{file.name.removesuffix(_CAMPAIGN_FILE)}{written}"
    try:
        return read_source((folder / written).read_bytes(), name=written, folder=folder)
    except OSError as error:
        raise WorkspaceError([Problem(name, 0, 0, f"cannot be read: {error.strerror}")]) from None
    except NotReadable as error:
        raise WorkspaceError([Problem(name, error.line, error.column, str(error))]) from None
    except CommandError as error:
        raise WorkspaceError([Problem(name, 0, 0, str(error))]) from None


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts written by hand, each by its part, from 0, and the pictures in them."""

    by_part: Mapping[int, HandWriting]
    pictures: tuple[Picture, ...]


def _texts_of(file: YamlFile, folder: Path, faults: _Faults) -> _Texts:
    """Return what is written by hand; the faults go to `faults`."""
    named = list(named_texts(file))
    if not named:
        return _Texts({}, ())
    # The reader is imported where it is needed: every command would pay for its libraries.
    from partwork.articles.handreading import read_handwriting
    from partwork.articles.pictures import PictureBook

    book = PictureBook(folder)
    texts: dict[int, HandWriting] = {}
    for index, written in named:
        try:
            name = f"{file.name.removesuffix(_CAMPAIGN_FILE)}{file_name(written)}"
        except ValueError:
            continue  # told where the key is read
        if problem := _no_text(file, index, written, folder):
            faults.problems.append(problem)
        elif (source := faults.take(partial(read_text, folder / written, name=name))) is None:
            pass  # told already
        elif source.strip():
            texts[index] = read_handwriting(source, name=name, book=book)
            faults.problems += (Problem(name, *flaw) for flaw in texts[index].flaws)
        else:
            faults.problems.append(Problem(name, 1, 1, "this text is empty: write what the part says"))
    return _Texts(texts, book.pictures)


def _no_text(file: YamlFile, index: int, written: str, folder: Path) -> Problem | None:
    where = ("parts", index, "text")
    if Path(written).suffix.lower() != _TEXT_SUFFIX:
        text = f"{quoted(written)} is no Markdown: a text written by hand is a file that ends in .md"
        return file.problem(where, text)
    if not (folder / written).is_file():
        there = [path.name for path in folder.iterdir() if path.is_file()]
        text = f"file {quoted(written)} is not in this folder{did_you_mean(written, there)}"
        return file.problem(where, text)
    return None


def _refuse_unknown(kind: str, slug: str, slugs: Iterable[str]) -> None:
    known = list(slugs)
    if slug in known:
        return
    there_are = f"there are: {', '.join(known)}" if known else "there is none yet"
    raise CommandError(f"no {kind} is called {quoted(slug)}{did_you_mean(slug, known) or ';'} {there_are}")
