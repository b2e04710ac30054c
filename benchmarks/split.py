"""How long an article of 6,000 words takes from its file to a proposed series, beside the limit.

Run it as: .venv/bin/python benchmarks/split.py
"""

from __future__ import annotations

from pathlib import Path

from timing import best, told

from partwork.articles.sources import read_source
from partwork.articles.split import split

ARTICLE = Path(__file__).parents[1] / "campaigns" / "gluteus-medius" / "article.txt"
SECTIONS = slice(1, 22)  # the lines of the sample's body, in front of its closing section
WORDS = 6_000
LIMIT_MS = 1_000


def long_article() -> bytes:
    """Return the sample's own sections again and again, every heading with another number."""
    title, *_ = lines = ARTICLE.read_text("utf-8").splitlines()
    body = lines[SECTIONS]
    told_so_far, chapter = [title], 0
    while sum(len(line.split()) for line in told_so_far) < WORDS:
        chapter += 1
        told_so_far += [f"Chapter Number {chapter}", *body]
    return "\n".join(told_so_far).encode()


def main() -> None:
    """Measure reading and splitting on this machine, now."""
    data = long_article()
    article = read_source(data, name="long.txt", folder=None).article
    words = sum(section.word_count for section in article.sections)
    reading = best(lambda: read_source(data, name="long.txt", folder=None), count=1)
    splitting = best(lambda: split(article), count=1)
    told(f"read an article of {words:,} words", reading, unit="ms")
    told(f"split it into {len(split(article).parts)} parts", splitting, unit="ms", limit=LIMIT_MS)


if __name__ == "__main__":
    main()
