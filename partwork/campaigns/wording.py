"""Reads the templates' own words, one file a language: templates/words/de.yaml. Adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from partwork.campaigns.validation import Definition, fitted
from partwork.campaigns.values import did_you_mean, header_safe, quoted
from partwork.campaigns.yamlfiles import read_yaml
from partwork.errors import Problem, WorkspaceError
from partwork.rendering.personal import authored_fault
from partwork.rendering.wording import GAPS, unknown_gaps

FALLBACK = "en"
_FOLDER = "templates/words"


def _word(text: str) -> str:
    word = header_safe(text)
    for name in unknown_gaps(word):
        hint = did_you_mean(name, GAPS) or "."
        raise ValueError(f"nothing fills {quoted(f'[[ {name} ]]')}{hint} There are: {', '.join(GAPS)}")
    if fault := authored_fault(word):
        raise ValueError(fault)
    return word


def _plain(text: str) -> str:
    word = _word(text)
    if "{{" in word or "{%" in word:
        raise ValueError("'{{ … }}' is not filled in this word: say it without")
    return word


Word = Annotated[str, AfterValidator(_word)]
PlainWord = Annotated[str, AfterValidator(_plain)]


class TemplateWords(Definition):
    """One file of words. The keys are the same in every language."""

    part: Word = Field(description="write which part this is, as in 'Part [[ number ]] of [[ count ]]'")
    part_of_letter: Word = Field(description="write the head of a letter: the series, and which part")
    greeting: Word = Field(description="write the greeting, for those without a first_name, too")
    invitation: Word = Field(description="write how a letter begins to invite to a session")
    invitation_link: Word = Field(description="write the words of that invitation that are the link")
    button: PlainWord = Field(description="write what the button says where booking.label does not")
    next: Word = Field(description="write what announces the next part")
    next_time: Word = Field(description="write what announces the next letter")
    picture: Word = Field(description="write what stands before a picture's alt text in the text twin")
    website: Word = Field(description="write the words of the link to the website")
    why: Word = Field(description="write why the reader gets this")
    leave_question: Word = Field(description="write what stands before the link that unsubscribes")
    leave: Word = Field(description="write the words of the link that unsubscribes")
    test_subject: PlainWord = Field(description="write what stands before the subject of a test")
    test: PlainWord = Field(description="write what stands at the top of a test")


@dataclass(frozen=True, slots=True)
class FoundWords:
    """The words for a language. file: where they stand; remark: of a language that has none"""

    words: TemplateWords
    file: str
    remark: str = ""

    @property
    def by_name(self) -> Mapping[str, str]:
        return dict(self.words)


def words_file(templates: Path, language: str) -> Path | None:
    """Return the file of a language's words: of de-CH before that of de; None if there is none."""
    files = {path.stem.lower(): path for path in sorted(templates.glob("words/*.yaml"))}
    tag = language.lower()
    while tag and tag not in files:
        tag = tag.rpartition("-")[0]
    return files.get(tag)


def read_words(templates: Path, language: str) -> FoundWords:
    """Return the words of a language, in English where it has none. Raises WorkspaceError."""
    own = words_file(templates, language)
    path = own or words_file(templates, FALLBACK)
    if path is None:
        text = "this file is missing: take it from a workspace that 'partwork new' makes"
        raise WorkspaceError([Problem(f"{_FOLDER}/{FALLBACK}.yaml", 0, 0, text)])
    name = f"{_FOLDER}/{path.name}"
    source = read_yaml(path, name=name)
    words = fitted(TemplateWords, source.data, source=source)
    wanted = f"{_FOLDER}/{language.partition('-')[0].lower()}.yaml"
    remark = (
        f"there are no words of the templates in '{language}', so emails say 'Unsubscribe' and the like in"
        f" English: copy {name} to {wanted} and translate it"
    )
    return FoundWords(words, name, "" if own else remark)
