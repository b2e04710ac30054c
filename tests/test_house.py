"""The house keeps its shape: layers cover every room, and each outside library has one door."""

import ast
import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "partwork").rglob("*.py"))


def test_every_module_has_a_place_in_the_layers():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    placed = [name for layer in contract["layers"] for name in re.split(r" [|:] ", layer)]
    modules = [_dotted(path) for path in MODULES if _imports(path)]
    homeless = [
        module
        for module in modules
        if not any(module == name or module.startswith(f"{name}.") for name in placed)
        and module not in ("partwork.__main__",)
    ]
    assert homeless == []
    assert "ignore_imports" not in contract


@pytest.mark.parametrize(
    ("library", "door"),
    [
        ("requests", "partwork/providers/http.py"),
        ("apscheduler", "partwork/clock.py"),
        ("mjml", "partwork/rendering/markup.py"),
        ("selectolax", "partwork/articles/tree.py"),
        ("nh3", "partwork/articles/inline.py"),
        ("PIL", "partwork/articles/pictures.py"),
        ("mammoth", "partwork/articles/word.py"),
        ("markdown_it", "partwork/articles/markdown.py"),
    ],
)
def test_an_outside_library_is_imported_in_one_module(library, door):
    doors = defaultdict(list)
    for path in MODULES:
        for name in _imports(path):
            doors[name.partition(".")[0]].append(path.relative_to(ROOT).as_posix())
    assert set(doors[library]) == {door}


def test_sql_is_made_in_the_store_alone():
    """Verbs may name a Connection, the thing a transaction is; statements are the store's."""
    elsewhere = {
        path.relative_to(ROOT).as_posix(): names
        for path in MODULES
        if "store" not in path.parts and (names := _names_from(path, "sqlalchemy") - {"Connection"})
    }
    assert elsewhere == {}


def test_scheduler_py_is_ten_lines_over_the_clock():
    source = (ROOT / "scheduler.py").read_text("utf-8")
    code = [line for line in source.splitlines() if line.strip()]
    assert len(code) <= 10
    assert _imports(ROOT / "scheduler.py") == {"sys", "pathlib", "partwork.clock"}
    assert "main(" in source


@pytest.mark.parametrize("folder", ["campaigns", "templates", "audiences"])
def test_each_workspace_folder_explains_itself_in_forty_lines(folder):
    text = (ROOT / folder / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 40
    assert "partwork check" in text


def test_constraints_hold_names_and_versions_alone():
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+!-]+", line), line


def _dotted(path: Path) -> str:
    dotted = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    return dotted.removesuffix(".__init__")


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module not in (None, "__future__"):
            found.add(node.module)
    return found


def _names_from(path: Path, library: str) -> set[str]:
    return {
        alias.name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == library
        for alias in node.names
    }
