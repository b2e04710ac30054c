"""Articles, short to write and short to read: what tests of reading and splitting compare."""

from __future__ import annotations

from pathlib import Path

from partwork.articles.model import Article, Block, Kind, Line, Section
from partwork.articles.plaintext import read_plain_text

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.txt"))


def seed() -> Article:
    return read_plain_text((ROOT / "campaigns" / "gluteus-medius" / "article.txt").read_text("utf-8"))


def sample(name: str) -> Article:
    return read_plain_text((Path(__file__).parent / "samples" / f"{name}.txt").read_text("utf-8"))


def read(*lines: str) -> Article:
    return read_plain_text("\n".join(lines))


def all_lines(article: Article) -> list[Line]:
    """Every line the article holds, in the order of its places."""
    lines = [article.title] if article.title else []
    lines += [line for section in article.sections for line in section.all_lines]
    if article.call_to_action:
        lines += article.call_to_action.lines
    if article.references_heading:
        lines.append(article.references_heading)
    return lines + [line for block in article.references for line in block.lines]


def outline(article: Article) -> list[str]:
    """An article as one line a place: `# ` title, `## ` section, `### ` sub-section, then its blocks."""
    shown = [f"# {article.title.text}"] if article.title else []
    for section in article.sections:
        shown += _section(section, "##")
    if article.call_to_action:
        shown.append(f"button: {article.call_to_action.lines[0].text}")
    if article.references_heading:
        shown.append(f"references: {article.references_heading.text}")
    return shown + [f"reference: {block.lines[0].text}" for block in article.references]


def _section(section: Section, mark: str) -> list[str]:
    shown = [f"{mark} {section.heading.text if section.heading else f'({section.slug})'}"]
    for block in section.blocks:
        shown += _block(block)
    for subsection in section.subsections:
        shown += _section(subsection, mark + "#")
    return shown


def _block(block: Block) -> list[str]:
    name = {
        Kind.PARAGRAPH: "text",
        Kind.LIST: "item",
        Kind.DEFINITIONS: "term",
        Kind.QUOTE: "quote",
        Kind.TABLE: "row",
        Kind.IMAGE: "caption",
    }[block.kind]
    leads = [f"lead-in: {block.lead_in.text}"] if block.lead_in else []
    leads += [f"image: {block.image.width} × {block.image.height}"] if block.image else []
    return leads + [f"{name}: {line.text}" for line in block.lines]
