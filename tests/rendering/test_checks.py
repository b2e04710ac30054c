"""The checks of a finished email: each finds its fault, says what is right, lets be what is sound."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from partwork.rendering.checks.conformance import html_findings
from partwork.rendering.checks.contrast import contrast_findings, ratio
from partwork.rendering.checks.css_support import css_findings
from partwork.rendering.checks.findings import Finding, Severity
from partwork.rendering.checks.inbox import inbox_findings
from partwork.rendering.checks.links import address_faults, link_findings
from partwork.rendering.checks.mail import SeenMail, mail_findings, merge_findings
from partwork.rendering.checks.page import Page
from partwork.rendering.checks.reading import alt_findings, heading_findings, twin_findings
from partwork.rendering.checks.size import size_findings
from partwork.rendering.spamassassin import Verdict, spam_findings
from tests.rendering.samples import COMPLAINTS, SYMPTOMS, content, merged

FIRSTS = "headings of the first level (h1): there should be one"
OWN = "https://links.example.org"


def page(body: str, *, style: str = "") -> Page:
    return Page(
        f'<!doctype html><html lang="en"><head><title>A title</title><style>{style}</style></head>'
        f"<body>{body}</body></html>"
    )


def told(findings: Iterable[Finding]) -> list[str]:
    return [str(finding) for finding in findings]


def test_an_email_of_the_house_has_nothing_to_mend() -> None:
    mail = merged(content(SYMPTOMS, COMPLAINTS), {}).mail
    spoken = tuple(line.text for section in (SYMPTOMS, COMPLAINTS) for line in section.all_lines)
    seen = SeenMail(mail.subject, "A preheader of some length", mail.html, mail.text, spoken)
    found = mail_findings(seen, own=mail.html.partition('href="')[2].partition("/b/")[0], allowed_hosts=())
    assert told(found) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<p>a<b>b</p>", "<b> in line 1 is never closed"),
        ("<li>a</li>", "<li> stands in <body>: it belongs in <ol> or <ul>"),
        ("<ul><p>a</p></ul>", "<p> stands directly in <ul>, which holds <li> alone"),
        ("<p><table><tr><td>a</td></tr></table></p>", "<table> stands in <p>, which holds words alone"),
        ("<p></p>", "an empty <p>"),
        ("<a href='#'>a<span><a href='#'>b</a></span></a>", "the link 'b' stands in another link"),
        ("<script>1</script>", "<script> is taken out by mail programs"),
        ("<p onclick='x()'>a</p>", "<p onclick> is a script"),
        ("<a href='javascript:x()'>a</a>", "<a href> is a script: write an address"),
        ("<p colour='red'>a</p>", "<p> takes no attribute 'colour'"),
        ("<p id='a'>a</p><p id='a'>b</p>", "the id 'a' is used 2 times"),
        ("<p title='a' title='b'>a</p>", "has 'title' twice: keep one"),
        ("<table>words<tr><td>a</td></tr></table>", "'words' stands directly in <table>"),
        ("<dl><div><dd>a</dd></div></dl>", "<div> in <dl> holds no <dt>"),
    ],
)
def test_unsound_html_is_told(body: str, said: str) -> None:
    found = list(html_findings(page(body)))
    assert any(said in finding.text for finding in found), told(found)
    assert {finding.severity for finding in found} == {Severity.ERROR}


def test_a_page_needs_doctype_language_and_title() -> None:
    found = told(html_findings(Page("<html><head><title> </title></head><body><p>a</p></body></html>")))
    assert len([text for text in found if "doctype" in text or "language" in text or "<title>" in text]) == 4


def test_a_rule_and_tables_for_outlook_are_let_be() -> None:
    body = (
        "<p style='border-top:1px solid #ccc'></p><table border='0' cellpadding='0' cellspacing='0' "
        "width='100%' role='presentation'>"
        "<tbody><tr><td align='left' bgcolor='#ffffff'>a</td></tr></tbody></table>"
    )
    assert told(html_findings(page(body))) == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://www.example.org/", "not encrypted"),
        ("https://good.example@evil.example.org/", "user name"),
        ("https://192.0.2.7/", "by its number"),
        ("https://0x7f000001/", "by its number"),
        ("https://[2001:db8::1]/", "by its number"),
        ("https://www.example.org:8443/", "port 8443"),
        ("https:\\\\evil.example", "no address may hold"),
        ("//www.example.org/", "write the whole address"),
        ("www.example.org", "write the whole address"),
        ("javascript:alert(1)", "nowhere else"),
        ("data:text/html,x", "nowhere else"),
        ("https://ex\u0430mple.org/", "no address may hold"),
        ("https://www.example.org/%0d%0aSet-Cookie:x", "no address may hold"),
        ("https://localhost/", "names no host"),
        ("https://www.example.org:x/", "this is no address"),
        ("mailto:nobody", "no email address"),
        ("tel:12 34", "no address may hold"),
        ("tel:call-me", "no telephone number"),
        ("", "it is empty"),
        ("https://www.elsewhere.example/", "not among links.allowed_hosts"),
        ("https://notexample.org/", "not among links.allowed_hosts"),
    ],
)
def test_an_address_that_may_not_be_led_to_is_told_with_what_would_be_right(address: str, said: str) -> None:
    (text,) = address_faults(address, allowed_hosts=["example.org"])
    assert said in text


@pytest.mark.parametrize(
    "address",
    [
        "https://www.example.org/page?a=b#c",
        "https://example.org:443/",
        "mailto:hello@example.org?subject=Hello",
        "tel:+441632960000",
    ],
)
def test_good_addresses_are_let_be(address: str) -> None:
    assert list(address_faults(address, allowed_hosts=["example.org"])) == []


def test_links_are_judged_where_they_stand_and_our_own_are_let_be() -> None:
    found = link_findings(
        page(
            f"<a href='{OWN}/b/token'>Book</a><a>nowhere</a><a href='#gone'>x</a><p id='there'>a</p>"
            "<a href='#there'>there</a><a href='https://evil.example/'>www.example.org</a>"
        ),
        own=OWN,
        allowed_hosts=(),
    )
    assert [text.partition(":")[2] for text in told(found)] == [
        " 'nowhere' is a link without an address: give it an href",
        " 'x' leads to '#gone', which is nowhere in this email",
        " 'www.example.org' shows example.org and leads elsewhere, as forged links do: say it in words",
    ]


@pytest.mark.parametrize(
    ("style", "css", "said"),
    [
        ("color:#999999", "", "'Words' is #999999 on #ffffff (light), a contrast of 2.8: 4.5 is the least"),
        ("color:#999999;font-size:24px", "", "3 is the least"),
        ("color:#1d2b30", "@media (prefers-color-scheme: dark) { body { background: #0f1516 } }", "(dark)"),
        ("color:#1d2b30", "[data-ogsb] body { background-color: #0f1516 }", "(Outlook's dark mode)"),
        ("color:blurple", "", "the colour 'blurple' of 'Words' cannot be judged"),
    ],
)
def test_text_too_near_to_what_is_behind_it_is_told(style: str, css: str, said: str) -> None:
    found = list(contrast_findings(page(f"<div><p style='{style}'>Words</p></div>", style=css)))
    assert any(said in str(finding) for finding in found), told(found)


def test_hidden_text_large_text_and_important_rules_are_seen_as_a_reader_sees_them() -> None:
    body = (
        "<p style='color:#fff;display:none'>Hidden</p><h2 style='color:#888888'>Large</h2>"
        "<div class='card' style='background:#ffffff;color:#1d2b30'><p>Words</p></div>"
    )
    dark = (
        "@media (prefers-color-scheme: dark) { body { background: #000000 } h2 { color: #ffffff !important"
        " } .card { background: #182124 !important } .card > p { color: #e7eeee } }"
    )
    assert told(contrast_findings(page(body, style=dark))) == []


def test_contrast_is_that_of_wcag() -> None:
    assert round(ratio((0, 0, 0), (255, 255, 255)), 1) == 21.0
    assert round(ratio((119, 119, 119), (255, 255, 255)), 2) == 4.48


def test_pictures_must_speak() -> None:
    body = (
        "<img src='a/one.png' width='10'><img src='b.png' alt='b.png' width='10'>"
        "<a href='https://www.example.org'><img src='c.png' alt='' width='10'></a>"
        "<img src='d.png' alt='A person standing on one leg'>"
    )
    found = told(alt_findings(page(body)))
    assert len(found) == 5
    assert "'one.png' has none" in found[0]
    assert "name of a file" in found[1]
    assert "is a link without words" in found[2]
    assert "has no width" in found[3]
    assert found[4] == "link: a link holds no words: say where it leads"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<h1>a</h1><h3>b</h3>", ["headings: 'b' is an h3 after an h1: make it an h2"]),
        ("<h2>a</h2><h1>b</h1>", ["headings: the first heading, 'a', is an h2: make it an h1"]),
        (
            "<h1>a</h1><h1>b</h1>",
            [f"headings: there are 2 {FIRSTS}"],
        ),
        ("<h1>a</h1><h2>b</h2><h3>c</h3><h2>d</h2>", []),
        ("<h1>a</h1><h2> </h2>", ["headings: an empty <h2>: screen readers announce it, take it out"]),
    ],
)
def test_headings_step_down_one_level_at_a_time(body: str, said: list[str]) -> None:
    assert told(heading_findings(page(body))) == said


def test_the_text_twin_must_say_what_the_html_says() -> None:
    shown = page("<p>Stand on one leg.</p><p>Do not walk at night alone.</p>")
    said = "Stand on one leg.\n\nDo not walk at night alone."
    assert told(twin_findings(shown, said, spoken=())) == []
    (lost,) = told(twin_findings(shown, "Stand on one leg.", spoken=()))
    assert lost == "twins: the text does not say 'do not walk at night alone'; the other does"
    (gained,) = told(twin_findings(shown, f"{said} And buy a lamp.", spoken=()))
    assert gained.startswith("twins: the HTML does not say 'and buy a lamp'")


def test_every_word_of_the_article_stands_in_both_in_order() -> None:
    shown = page("<p>First this.</p><p>Then that.</p>")
    spoken = ("First this.", "Then that.")
    assert told(twin_findings(shown, "First this.\nThen that.", spoken=spoken)) == []
    (moved,) = told(twin_findings(shown, "Then that.\nFirst this.", spoken=spoken))
    assert moved == "twins: the text does not say, at its place, 'Then that.'"
    (changed,) = told(twin_findings(shown, "First these.\nThen that.", spoken=spoken))
    assert changed == "twins: the text does not say, at its place, 'First this.'"


@pytest.mark.parametrize(
    ("subject", "preheader", "checks"),
    [
        ("A subject of a good length", "A preheader that says something else", []),
        ("s" * 61, "p" * 111, ["subject", "preheader"]),
        ("Short", "Brief", ["subject", "preheader"]),
        ("The very same words", "The very same words", ["preheader"]),
    ],
)
def test_subject_and_preheader_fit_a_phone(subject: str, preheader: str, checks: list[str]) -> None:
    found = list(inbox_findings(subject, preheader))
    assert [finding.check for finding in found] == checks
    assert all(finding.severity is Severity.WARNING for finding in found)


@pytest.mark.parametrize(
    ("kilobytes", "severities"),
    [(60, []), (61, [Severity.WARNING]), (90, [Severity.WARNING]), (91, [Severity.ERROR])],
)
def test_a_long_email_is_a_warning_and_too_long_a_one_an_error(
    kilobytes: int, severities: list[Severity]
) -> None:
    assert [finding.severity for finding in size_findings("x" * 1024 * kilobytes)] == severities


def test_a_value_that_becomes_markup_is_told() -> None:
    plain = "<p title='Ann'>Ann &amp; co</p>"
    assert list(merge_findings(plain, "<p title='&lt;b&gt;'>&lt;b&gt; &amp; co</p>", who="x")) == []
    assert len(list(merge_findings(plain, "<p title='Ann'><b>Ann</b> &amp; co</p>", who="x"))) == 1
    assert len(list(merge_findings(plain, "<p title='' onclick='x'>Ann</p>", who="x"))) == 1


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("display:flex", "'display: flex' is left out by Outlook and Yahoo"),
        ("position: absolute", "'position: absolute' is left out by"),
        ("float:left", "'float' is left out by Outlook"),
        ("width:50vw", "Outlook knows no 'vw': write it in px"),
        ("backdrop-filter:blur(2px)", "'backdrop-filter' is not among the styles"),
    ],
)
def test_styles_that_are_left_out_somewhere_are_told(style: str, said: str) -> None:
    (finding,) = css_findings(page(f"<p style='{style}'>a</p>"))
    assert said in finding.text
    assert finding.severity is Severity.WARNING


def test_styles_that_fall_back_well_and_private_ones_are_let_be() -> None:
    body = "<p style='border-radius:8px;mso-line-height-rule:exactly;color:#000;text-wrap:balance'>a</p>"
    assert list(css_findings(page(body))) == []


@pytest.mark.parametrize(
    ("verdict", "count"),
    [
        (Verdict(1.9, ("HTML_MESSAGE",)), 0),
        (Verdict(2.0, ("HTML_MESSAGE",)), 1),
        (Verdict(0.1, ("MIME_HTML_ONLY",)), 1),
        (Verdict(3.0, ("MIME_HTML_ONLY",)), 2),
    ],
)
def test_what_looks_like_spam_is_an_error(verdict: Verdict, count: int) -> None:
    found: list[Finding] = list(spam_findings(verdict))
    assert len(found) == count
    assert all(finding.severity is Severity.ERROR for finding in found)
