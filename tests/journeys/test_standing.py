"""The journey from an empty folder: making a workspace, and finding it from wherever one stands."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.journeys.place import CAMPAIGN, Place

NOT_PUBLISHED = "Nothing is published yet"


def test_a_new_workspace_is_whole_and_passes_its_check(tmp_path: Path) -> None:
    home = Place(tmp_path)
    told = home.must("new", "practice")
    assert "rehearse" in told
    names = {path.name for path in (tmp_path / "practice").iterdir()}
    assert names == {"partwork.yaml", "scheduler.py", "campaigns", "templates", "audiences", ".gitignore"}
    place = Place(tmp_path / "practice")
    assert place.must("check").strip() == f"All is well: {CAMPAIGN}."
    assert ".partwork/" in (place.folder / ".gitignore").read_text("utf-8").splitlines()
    assert not list(place.folder.rglob("__pycache__"))


def test_a_new_workspace_never_lands_on_what_is_there(place: Place) -> None:
    before = place.contents()
    ran = place.partwork("new", str(place.folder))
    assert (ran.status, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert "not empty" in ran.err
    assert place.contents() == before


def test_a_workspace_is_found_from_a_folder_inside_it(place: Place) -> None:
    inside = place.folder / "campaigns" / CAMPAIGN
    ran = place.partwork("status", cwd=inside)
    assert (ran.status, ran.out.startswith(NOT_PUBLISHED)) == (0, True)
    assert place.database.is_file()
    assert not (inside / ".partwork").exists()


@pytest.mark.parametrize("way", ["option", "variable"])
def test_a_workspace_can_be_named_from_elsewhere(place: Place, tmp_path: Path, way: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    words = ["--workspace", str(place.folder)] if way == "option" else []
    place.environ = {} if way == "option" else {"PARTWORK_WORKSPACE": str(place.folder)}
    ran = place.partwork(*words, "status", cwd=elsewhere)
    assert (ran.status, ran.out.startswith(NOT_PUBLISHED)) == (0, True)
    assert list(elsewhere.iterdir()) == []


def test_the_option_outranks_the_variable_and_the_folder_one_stands_in(place: Place, tmp_path: Path) -> None:
    other = Place(shutil.copytree(place.folder, tmp_path / "other"))
    other.must("publish", CAMPAIGN)
    place.environ = {"PARTWORK_WORKSPACE": str(place.folder)}
    ran = place.partwork("--workspace", str(other.folder), "status", "--json")
    assert [campaign["slug"] for campaign in json.loads(ran.out)["campaigns"]] == [CAMPAIGN]


def test_outside_of_a_workspace_a_command_says_how_to_get_one(tmp_path: Path) -> None:
    ran = Place(tmp_path).partwork("status")
    assert (ran.status, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert "partwork new" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_cron_runs_the_workspace_the_scheduler_lies_in(place: Place, tmp_path: Path) -> None:
    place.begin_at_once()
    place.must("publish", CAMPAIGN)
    at_root = tmp_path / "root"
    at_root.mkdir()
    cron = Place(place.folder, {"HOME": str(at_root), "PATH": "/usr/bin:/bin", "LC_ALL": "C", "LANG": ""})
    ran = cron.run(
        [sys.executable, os.path.relpath(place.folder / "scheduler.py", at_root), "--once"], cwd=at_root
    )
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("Enrolled 15, sent 15.")
    assert len(place.outbox()) == 15
    assert list(at_root.iterdir()) == []


def test_the_scheduler_runs_another_workspace_when_it_is_told_to(place: Place, tmp_path: Path) -> None:
    other = Place(shutil.copytree(place.folder, tmp_path / "other"))
    other.begin_at_once()
    other.must("publish", CAMPAIGN)
    ran = place.run(
        [sys.executable, str(place.folder / "scheduler.py"), "--once", "--workspace", str(other.folder)]
    )
    assert (ran.status, len(other.outbox())) == (0, 15)
    assert not place.database.exists()
