"""What the pages for people say is there: every command, option, make target and file they name."""

import re
from pathlib import Path

import pytest
import typer

from partwork.cli.main import app

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md"), ROOT / "partwork.yaml"]
)
MENTION = r"(?:^|[`'\s/])partwork (?:--workspace \S+ )?([a-z][\w|-]*)([^`'\n#]*)"
COMMANDS = typer.main.get_command(app)


def texts():
    return [(page.relative_to(ROOT).as_posix(), page.read_text("utf-8")) for page in PAGES]


@pytest.mark.parametrize(("page", "text"), texts(), ids=lambda value: value if len(value) < 60 else "")
def test_every_command_and_option_a_page_names_is_there(page, text):
    for name, rest in re.findall(MENTION, text, re.M):
        for one in name.split("|"):
            if one not in COMMANDS.commands:
                assert not re.search(rf"[`']partwork {one}", text), f"{page}: partwork {one}"
                continue
            command = COMMANDS.commands[one]
            if hasattr(command, "commands"):
                subs = rest.split()[0].split("|")
                assert set(subs) <= set(command.commands), f"{page}: partwork {one} {rest}"
                command = command.commands[subs[0]]
            known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
            assert set(re.findall(r"--[a-z-]+", rest)) <= known, f"{page}: partwork {one}{rest}"


@pytest.mark.parametrize(("page", "text"), texts(), ids=lambda value: value if len(value) < 60 else "")
def test_every_make_target_a_page_names_is_there(page, text):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.M)) <= targets, page


@pytest.mark.parametrize(("page", "text"), texts(), ids=lambda value: value if len(value) < 60 else "")
def test_every_page_that_is_linked_is_there(page, text):
    for target in re.findall(r"\]\(([^)#:]+)\)|src=\"([^\":]+)\"|`(docs/[\w./-]+)`", text):
        name = next(filter(None, target))
        assert (ROOT / name).exists() or ((ROOT / page).parent / name).exists(), f"{page}: {name}"


def test_the_readme_tells_what_each_of_the_six_names_is():
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in ("campaigns", "templates", "scheduler.py", "audiences", "tests", "pyproject.toml"):
        assert f"| `{name}` |" in readme
        assert (ROOT / name).exists()
