"""An installation is the same on every start, and another one anywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from partwork.errors import SettingsError
from partwork.sending.identity import Instance, instance_of


def machine(tmp_path: Path, name: str, text: str) -> tuple[Path, ...]:
    path = tmp_path / f"{name}.machine-id"
    path.write_text(text)
    return (tmp_path / "nowhere", path)


def in_folder(folder: Path, files: tuple[Path, ...], name: str = "") -> Instance:
    return instance_of(folder, {"PARTWORK_INSTANCE": name}, machine_files=files)


def test_machine_and_folder_tell_installations_apart(tmp_path: Path) -> None:
    here, there = machine(tmp_path, "here", "0123\n"), machine(tmp_path, "there", "4567\n")
    folder = tmp_path / "practice"
    folder.mkdir()
    assert in_folder(folder, here) == in_folder(folder, here)
    assert len({in_folder(*at).id for at in ((folder, here), (folder, there), (tmp_path, here))}) == 3


def test_a_link_to_the_folder_is_the_folder(tmp_path: Path) -> None:
    (tmp_path / "practice").mkdir()
    (tmp_path / "link").symlink_to("practice")
    files = machine(tmp_path, "here", "0123")
    assert in_folder(tmp_path / "link", files) == in_folder(tmp_path / "practice", files)


def test_a_name_is_enough_wherever_it_runs(tmp_path: Path) -> None:
    here, there = machine(tmp_path, "here", "0123"), machine(tmp_path, "there", "4567")
    first, second = (
        in_folder(tmp_path, here, "practice"),
        in_folder(tmp_path / "elsewhere", there, "practice"),
    )
    assert first.id == second.id
    assert first.host != second.host
    assert (first.label, first.is_named) == ("'practice'", True)
    assert in_folder(tmp_path, here, "staging").id != first.id


@pytest.mark.parametrize("text", ["", "uninitialized\n"])
def test_a_machine_that_has_no_id_is_still_the_same_next_time(tmp_path: Path, text: str) -> None:
    files = machine(tmp_path, "new", text)
    assert in_folder(tmp_path, files) == in_folder(tmp_path, files)


def test_nothing_that_people_see_holds_the_folder_or_the_machines_id(tmp_path: Path) -> None:
    found = in_folder(tmp_path, machine(tmp_path, "here", "0123456789abcdef"))
    for shown in (found.id, found.label, found.host):
        assert "0123" not in shown
        assert str(tmp_path) not in shown


@pytest.mark.parametrize("name", ["x" * 81, "two\nlines"])
def test_a_name_that_cannot_be_shown_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="PARTWORK_INSTANCE: a name of at most 80"):
        in_folder(tmp_path, (), name)
