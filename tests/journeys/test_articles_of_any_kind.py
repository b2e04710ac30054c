"""From a file of any kind to a campaign folder, to what is published: the pictures come along."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from partwork.articles.sources import read_source
from partwork.campaigns.publish import publish
from partwork.campaigns.workspace import load_campaign
from partwork.settings import load_settings
from partwork.store.connect import open_store
from partwork.store.media import PictureRow, find_picture
from partwork.tracking.tokens import Realm, Signer
from tests.support.workspaces import copy_sample

SOURCES = Path(__file__).parents[1] / "articles" / "sources"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return copy_sample(tmp_path / "practice")


def run(workspace: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "partwork", "--workspace", str(workspace), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_splitting_into_a_folder_brings_the_article_and_its_pictures(workspace: Path) -> None:
    into = workspace / "campaigns" / "sore-backs"
    done = run(workspace, "split", str(SOURCES / "sleep.md"), "--into", str(into), "--json")
    assert done.returncode == 0, done.stderr
    assert {path.relative_to(into).as_posix() for path in into.rglob("*") if path.is_file()} == {
        "article.md",
        "campaign.yaml",
        "sleep_files/pillow.png",
    }
    assert (into / "article.md").read_bytes() == (SOURCES / "sleep.md").read_bytes()
    (remark,) = json.loads(done.stdout)["remarks"]
    assert remark.startswith("picture 'sleep_files/pillow.png' has no alternative text")
    campaign = load_campaign(workspace, "sore-backs")
    assert len(campaign.pictures) == 1


def test_check_tells_what_pictures_do_not_say(workspace: Path) -> None:
    into = workspace / "campaigns" / "sore-backs"
    run(workspace, "split", str(SOURCES / "sleep.md"), "--into", str(into))
    done = run(workspace, "check", "sore-backs")
    said = " ".join((done.stdout + done.stderr).split())
    assert "campaigns/sore-backs/article.md: picture 'sleep_files/pillow.png' has no alternative text" in said


def test_publishing_keeps_the_pictures_of_an_article_in_the_database(workspace: Path, tmp_path: Path) -> None:
    source = read_source((SOURCES / "sleep.md").read_bytes(), name="sleep.md", folder=SOURCES)
    campaign = replace(load_campaign(workspace, "gluteus-medius"), pictures=source.pictures)
    settings = load_settings(workspace, {})
    signer = Signer(settings.links.secret, Realm.LIVE)
    store = open_store(f"sqlite:///{tmp_path / 'partwork.db'}")
    try:
        for _ in range(2):
            publish(store, campaign, settings, templates=workspace / "templates", signer=signer, now=NOW)
        with store.read() as connection:
            kept = find_picture(connection, source.pictures[0].image.content_hash)
    finally:
        store.close()
    assert kept == PictureRow("image/png", source.pictures[0].data)


@pytest.mark.parametrize("name", ["article.rtf", "article.doc", "article.pdf", "article"])
def test_what_is_no_article_is_refused_with_the_endings_that_are(
    workspace: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"words")
    done = run(workspace, "split", str(tmp_path / name))
    assert done.returncode == 2
    assert "an article ends in .txt, .md, .markdown, .html, .htm or .docx" in " ".join(done.stderr.split())
