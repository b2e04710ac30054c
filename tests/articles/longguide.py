"""A guide of about 6,000 words, made of varied sentences: the same one every time."""

from __future__ import annotations

import random

_TOPICS = (
    *("Warming Up", "Choosing Shoes", "The First Mile", "Hills", "Breathing", "Rest Days", "Strength Work"),
    *("Eating Before a Run", "Drinking", "Running in the Heat", "Running in the Cold", "Small Injuries"),
    *("The Long Run", "Race Week", "The Day Itself", "What Comes After"),
)
_SUBJECTS = (
    *(
        "A steady pace",
        "The calf",
        "Your watch",
        "Most beginners",
        "An old pair of shoes",
        "The hip",
        "A hill",
    ),
    *("Every second week", "A training partner", "The first kilometre", "Good sleep", "Cold water"),
)
_VERBS = (
    *("asks for", "forgives", "hides", "rewards", "depends on", "needs", "follows", "slows down with"),
    *("gets better with", "seldom survives", "is no match for", "remembers"),
)
_OBJECTS = (
    *("a little patience", "more than one try", "the work of the week before", "too much ambition"),
    *("what you ate in the evening", "the surface under your feet", "a plan that fits your life"),
    *("ten quiet minutes", "the weather", "a stiff ankle"),
)
_TAILS = (
    *(
        "",
        ", and that is good news",
        ", whatever the books say",
        " on most days",
        ", at least at the beginning",
    ),
    *("; write it down", " when nobody is looking", ", so take your time", " after a bad night"),
)


def long_guide(*, words: int = 6000, seed: int = 7) -> str:
    """Return the guide: a title, an opening, sixteen sections with paragraphs, lists and questions."""
    chance = random.Random(seed)
    lines = ["The Patient Runner: A Complete Guide to Your First Ten Kilometres", ""]
    lines += [_paragraph(chance), "", _paragraph(chance), ""]
    each = words // len(_TOPICS)
    for number, topic in enumerate(_TOPICS):
        lines += [f"How Do I Handle {topic}?" if number % 5 == 2 else topic, ""]
        written = 0
        while written < each:
            block = _block(chance)
            lines += [*block, ""]
            written += sum(len(line.split()) for line in block)
    return "\n".join([*lines, "Book a session today and run with us!", ""])


def _block(chance: random.Random) -> list[str]:
    if chance.random() < 0.15:
        return ["Remember these:", *(f"• {_clause(chance)}" for _ in range(chance.randint(3, 5)))]
    return [_paragraph(chance)]


def _paragraph(chance: random.Random) -> str:
    return " ".join(f"{_clause(chance)}{chance.choice(_TAILS)}." for _ in range(chance.randint(3, 7)))


def _clause(chance: random.Random) -> str:
    return f"{chance.choice(_SUBJECTS)} {chance.choice(_VERBS)} {chance.choice(_OBJECTS)}"
