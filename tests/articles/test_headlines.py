"""Subjects, preheaders and slugs: the article's own words, and none of them told twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from partwork.articles.headlines import PREHEADER_LENGTH, SUBJECT_LENGTH, headlines
from partwork.articles.model import Article, Kind
from partwork.articles.phrases import (
    heading_phrases,
    opening_clauses,
    shown,
    without_stress,
    word_cuts,
)
from partwork.articles.sources import read_source
from partwork.articles.split import Series, split
from tests.articles.shapes import SAMPLES, read, sample, seed

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def told_in(article: Article) -> list[str]:
    """Every body sentence, item, definition and long heading, as a reader sees it."""
    told = []
    for section in article.sections:
        for block in section.all_blocks:
            for line in block.all_lines:
                told.append(line.text.rstrip(".:!?"))
                if block.kind is Kind.PARAGRAPH:
                    told += [sentence.rstrip(".!?") for sentence in SENTENCE_END.split(line.text)]
        headings = [section.heading, *(sub.heading for sub in section.subsections)]
        told += [heading.text for heading in headings if heading and len(heading.text) > 40]
    return told


def assert_headlines_keep_the_rules(article: Article, series: Series) -> None:
    source = "\n".join(shown(line) for line in article.source)
    lines = [(part.subject, part.preheader) for part in series.parts]
    said = [text for pair in lines for text in pair]
    assert len({text.casefold() for text in said}) == len(said)
    for subject, preheader in lines:
        assert len(subject) <= SUBJECT_LENGTH
        assert len(preheader) <= PREHEADER_LENGTH
        # Only capitals that shout are taken down.
        assert subject in source or subject.upper() in source
        assert preheader.removesuffix("…") in source or preheader.upper() in source
        for told in told_in(article):
            assert told not in subject
            assert told not in preheader


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_headlines_of_varied_articles_keep_the_rules(path: Path) -> None:
    article = sample(path.stem)
    for count in (None, 3, 4, 5):
        assert_headlines_keep_the_rules(article, split(article, parts=count))


@pytest.mark.parametrize("count", [None, *range(1, 10)])
def test_headlines_of_the_seed_article_keep_the_rules(count: int | None) -> None:
    assert_headlines_keep_the_rules(seed(), split(seed(), parts=count))


def test_the_seed_article_is_announced_like_this() -> None:
    assert [(part.slug, part.subject, part.preheader) for part in split(seed()).parts] == [
        (
            "hidden-culprit-behind-lower-back",
            "The Hidden Culprit Behind Lower Back & Sacral Pain",
            "When we think about hip strength…",
        ),
        (
            "symptoms-of-gluteus-medius-dysfunction",
            "Symptoms of Gluteus Medius Dysfunction",
            "Weakness in the Gluteus Medius can cause pelvic instability…",
        ),
        (
            "why-is-the-gluteus-medius",
            "Why Is the Gluteus Medius So Important?",
            "The Gluteus Medius plays a key role in stabilizing the hip and pelvis…",
        ),
        (
            "how-to-fix-gluteus-medius",
            "How to Fix Gluteus Medius Dysfunction",
            "Dry needling helps release tight knots…",
        ),
        (
            "get-relief-for-hip-lower",
            "Get Relief for Hip & Lower Back Pain",
            "Dry needling, manual therapy, and strength training can help you move pain-free…",
        ),
    ]


@pytest.mark.parametrize(
    ("name", "subjects"),
    [
        (
            "neck-pain-listicle",
            [
                "7 Simple Ways to Ease Neck Pain",
                "Move Every Half Hour",
                "Rethink Your Phone",
            ],
        ),
        (
            "dry-needling-faq",
            [
                "Dry Needling: Your Questions Answered",
                "Does it hurt?",
                "How many sessions will I need?",
                "Who should not have it?",
            ],
        ),
        (
            "frozen-shoulder-long",
            [
                "Understanding Frozen Shoulder",
                "The Three Stages",
                "In the frozen stage the pain fades",
                "Some people notice it in the kitchen",
                "What You Can Do Yourself",
                "How We Work With It",
            ],
        ),
        (
            "breathing-without-headings",
            [
                "Most of us breathe about twenty thousand times a day",
                "To find your own pattern, lie on your back",
                "Practising is simple",
            ],
        ),
        (
            "ruecken-deutsch",
            [
                "Warum der Rücken morgens schmerzt",
                "Häufige Ursachen",
                "Was hilft?",
            ],
        ),
    ],
)
def test_subjects_read_as_an_editor_would_write_them(name: str, subjects: list[str]) -> None:
    assert [part.subject for part in split(sample(name)).parts] == subjects


@pytest.mark.parametrize(
    ("heading", "phrase"),
    [
        ("Common Symptoms", "Common Symptoms"),
        ("Common Symptoms of Gluteus Medius Dysfunction", "Symptoms of Gluteus Medius Dysfunction"),
        ("Take Action: Get Relief for Hip & Lower Back Pain", "Get Relief for Hip & Lower Back Pain"),
        ("3. Common Symptoms:", "Common Symptoms"),
        ("✅ Dry Needling!", "Dry Needling"),
        ("Does it hurt?", "Does it hurt?"),
        ("How Sitting All Day Changes the Hip and What You Can Do", "How Sitting All Day Changes the Hip"),
        ("Shoulders and Sleep – And What to Do When They Quarrel", "Shoulders and Sleep"),
    ],
)
def test_the_best_short_way_to_say_a_heading(heading: str, phrase: str) -> None:
    assert next(heading_phrases(heading, longest=60)) == phrase


def test_of_a_title_with_a_colon_the_topic_comes_first() -> None:
    title = "Understanding Frozen Shoulder: What Happens, and Why"
    assert next(heading_phrases(title, longest=60, is_title=True)) == "Understanding Frozen Shoulder"


@pytest.mark.parametrize(
    ("sentence", "clauses"),
    [
        (
            "When it is weak, the back takes its place in daily life.",
            ["When it is weak", "When it is weak, the back takes its place"],
        ),
        ("The joint (see above) is rather deep in the body.", ["The joint (see above) is rather deep"]),
        ("It can be more than we think of it.", []),
        ("当我们想到髋部力量时，臀大肌往往占据中心位置。", ["当我们想到髋部力量时"]),
    ],
)
def test_a_sentence_opens_up_to_a_border_between_clauses(sentence: str, clauses: list[str]) -> None:
    found = list(opening_clauses(sentence, shortest=8, longest=60))
    assert [clause for clause in clauses if clause not in found] == []
    assert found[:1] == clauses[:1]


def test_no_cut_ends_with_a_word_that_leaves_the_reader_hanging() -> None:
    cuts = list(word_cuts("It is the one thing that we can do for it", longest=60))
    assert cuts == ["It is the one thing that we can do", "It is the one thing", "It is the one"]


def test_a_script_without_spaces_is_cut_between_letters() -> None:
    assert list(word_cuts("臀大肌往往占据中心位置", longest=60)) == ["臀大肌往往占据"]


def test_an_article_without_spaces_is_announced_in_its_own_words() -> None:
    article = read(
        "髋部疼痛的隐藏原因",
        "当我们想到髋部力量时，臀大肌往往占据中心位置。",
        "它为什么重要？",
        "它稳定骨盆，尤其在行走时。",
    )
    series = split(article)
    assert [(part.subject, part.preheader) for part in series.parts] == [
        ("髋部疼痛的隐藏原因", "当我们想到髋部力量时…"),
    ]
    assert_headlines_keep_the_rules(article, series)


def test_a_complaint_that_is_the_readers_own_is_no_subject_where_another_can_be() -> None:
    lines = [
        "Title",
        "How to Fix Your Hip Pain",
        "Rest helps, says the old book.",
        "Your Knee Pain",
        "Walking helps, as we all know.",
    ]
    subjects = [part.subject for part in split(read(*lines), parts=2).parts]
    assert subjects == ["Hip Pain", "Knee Pain"]


@pytest.mark.parametrize(
    "label", ["Causes", "Common Symptoms", "Conclusion", "Fazit", "Step 2", "The Bottom Line"]
)
def test_a_mere_label_is_no_subject_where_the_text_says_more(label: str) -> None:
    lines = [
        "Title",
        "How We Rest",
        "Sleep is good, and so is food.",
        label,
        "Knees like to move, as we all know.",
    ]
    subjects = [part.subject for part in split(read(*lines), parts=2).parts]
    assert subjects == ["How We Rest", "Knees like to move"]


@pytest.mark.parametrize(
    ("sentence", "subject"),
    [
        ("When it rains, the knee may ache, as many say.", "When it rains, the knee may ache"),
        ("For everything else, there is a plan to follow.", "Clouds come and go"),
        ("Next, she puts some books beside her bed at night.", "Clouds come and go"),
        ("The knee is the joint that bears us all day long.", "Clouds come and go"),
        ("Der Muskel ist es, der uns trägt und hält.", "Der Muskel ist es, der uns trägt"),
    ],
)
def test_a_subject_is_not_cut_where_it_only_leads_up_to_something(sentence: str, subject: str) -> None:
    lines = [sentence, "Clouds come and go, and nobody minds them at all here."]
    assert split(read(*lines), parts=1).parts[0].subject == subject


def test_a_heading_is_not_cut_down_to_a_small_letter() -> None:
    lines = [
        "Titel",
        "Die neue Volkskrankheit aus dem heimischen Büro",
        "Wer sitzt, der rostet, wie man sagt.",
    ]
    subject = split(read(*lines), parts=1).parts[0].subject
    assert subject[0].isupper()


def test_a_range_of_numbers_is_no_place_to_cut() -> None:
    lines = [
        "That takes most people 3 – 6 months, as we have seen.",
        "Clouds come and go, and nobody minds them.",
    ]
    assert not split(read(*lines), parts=1).parts[0].subject.endswith("3")


def test_a_preheader_that_goes_on_from_something_comes_late() -> None:
    lines = [
        "Clouds come and go, and nobody minds them at all.",
        "However, the rain stays with us, as far as we can tell today.",
        "Some people like to sing in it, which is a fine thing to do.",
    ]
    assert split(read(*lines), parts=1).parts[0].preheader == "Some people like to sing in it…"


def test_a_long_title_goes_without_its_count_rather_than_its_end() -> None:
    lines = ["11 Small Habits That Are Kind to Your Back", "Stand up now and then.", "Then sit down again."]
    assert split(read(*lines), parts=1).parts[0].subject == "Small Habits That Are Kind to Your Back"


def test_a_heading_in_capitals_is_said_in_small_letters() -> None:
    lines = [
        "Title",
        "WHAT PEOPLE NOTICE",
        "Pain comes at night, when all is quiet.",
        "Rest",
        "Sleep is good, and so is food.",
    ]
    assert [part.subject for part in split(read(*lines), parts=2).parts] == ["What people notice", "Rest"]


@pytest.mark.parametrize(
    "code", ["Rest {{ first_name }} Well", "Rest [[ title ]] Well", "Rest =?utf-8?q?x?= Well"]
)
def test_what_a_template_or_a_mail_program_would_act_on_is_never_proposed(code: str) -> None:
    (part,) = split(read("Title", code, "Sleep is good, and so is food."), parts=1).parts
    assert (part.subject, part.preheader) == ("Title", "Sleep is good…")
    (part,) = split(read(code, "Sleep is good, and so is food."), parts=1).parts
    assert part.subject == "Sleep is good"


def test_parts_with_the_same_words_are_still_told_apart() -> None:
    paragraph = "Rest is good, and so is food."
    parts = split(read("Rest", *[paragraph] * 4), parts=4).parts
    assert len({part.slug for part in parts}) == 4
    assert len({text.casefold() for part in parts for text in (part.subject, part.preheader)}) == 8


@pytest.mark.parametrize("word", ["Breathe", "💪", "1", "Part 1", "呼吸"])
def test_an_article_of_one_word_gets_a_neutral_name(word: str) -> None:
    (part,) = split(read(word)).parts
    assert word.casefold() not in (part.subject.casefold(), part.preheader.casefold())
    assert part.subject != part.preheader


def test_a_slug_is_short_and_stops_at_a_word_that_can_end_it() -> None:
    lines = [
        "Title",
        "The Best of All the Ways to Rest",
        "Sleep is good.",
        "髋部",
        "Food is good.",
        "Physiotherapeutic rehabilitation strengthens people, they say.",
    ]
    assert [part.slug for part in split(read(*lines), parts=3).parts] == [
        "best-of-all-the-ways",
        "part-2",
        "physiotherapeutic-rehabilitation",
    ]


def test_a_question_that_fits_stands_whole_and_words_in_capitals_for_stress_do_not() -> None:
    text = (
        "What Patients Ask\n\nDo I NEED an x-ray or an MRI before we begin?\n\n"
        "In most cases you do not. We take pictures AT LEAST after a fall. People who need one know why.\n\n"
        "How long will it take before I can lift my child again without a thought?\n\n"
        "Most people are back within six weeks. We begin with light loads in the second week, as a rule.\n"
    )
    article = read_source(text.encode(), name="article.txt", folder=None).article
    (first, second) = headlines(article, [[section] for section in article.sections])
    assert first.subject == "Do I need an x-ray or an MRI before we begin?"
    assert len(second.subject) <= 60
    said = [each.text for one in (first, second) for each in (*one.subjects, *one.preheaders)]
    assert not any(word in text.split() for text in said for word in ("NEED", "AT", "LEAST"))


def test_a_short_name_in_capitals_stays_though_a_small_word_is_spelt_the_same() -> None:
    small = {"who", "us", "rest"}
    assert without_stress("What the WHO says to US doctors about REST", small) == (
        "What the WHO says to US doctors about rest"
    )
