"""What one reader's values may and may not do to a message."""

from __future__ import annotations

import email
import email.policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partwork.rendering.compile import CompiledPart
from partwork.rendering.merge import SUBJECT_VALUE_LIMIT, CannotBuild, Frame, Letterhead, Links
from partwork.rendering.mime import to_mime
from partwork.sending.outgoing import Form, Mail, Outgoing
from tests.rendering.samples import LETTERHEAD, MESSAGE_ID, SENT_AT, compiled, content, html_text

LINKS = Links(
    book="https://mail.harbour.example/b/book?a=1&b=2",
    unsubscribe="https://mail.harbour.example/u/leave-token_1",
    website=None,
)
PLAIN = CompiledPart(
    subject="Hello {{ first_name | default('there') }}",
    preheader="",
    html="<p title=\"{{ first_name | default('') }}\">{{ first_name | default('there') }}</p>"
    '<a href="{{ links.book }}">Book</a>',
    text="Hello {{ first_name | default('there') }}: {{ links.book }}",
)


def merge(
    reader: dict[str, str],
    part: CompiledPart = PLAIN,
    *,
    letterhead: Letterhead = LETTERHEAD,
    links: Links = LINKS,
    form: Form = Form.MIME,
) -> Outgoing:
    return Frame(part, letterhead).merge(
        reader,
        message_id=MESSAGE_ID,
        address="amelie@example.org",
        links=links,
        date=SENT_AT,
        form=form,
    )


def test_a_merge_makes_the_whole_mail() -> None:
    assert merge({"first_name": "Zoë & Co"}, form=Form.FIELDS) == Outgoing(
        Mail(
            message_id=MESSAGE_ID,
            sender="Harbour Manual Therapy <hello@harbour.example>",
            address="amelie@example.org",
            reply_to="desk@harbour.example",
            subject="Hello Zoë & Co",
            text="Hello Zoë & Co: https://mail.harbour.example/b/book?a=1&b=2",
            html='<p title="Zoë &amp; Co">Zoë &amp; Co</p>'
            '<a href="https://mail.harbour.example/b/book?a=1&amp;b=2">Book</a>',
            headers=(
                ("List-Id", "<readers.harbour.example>"),
                ("List-Unsubscribe", "<https://mail.harbour.example/u/leave-token_1>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
                ("X-Partwork-Id", MESSAGE_ID),
            ),
            date=SENT_AT,
        )
    )


def test_mime_is_there_exactly_when_the_provider_wants_it() -> None:
    fields, mime = merge({}, form=Form.FIELDS), merge({}, form=Form.MIME)
    assert fields.mime is None
    assert mime.mime == to_mime(mime.mail)
    assert mime.mail == fields.mail


def test_a_mailbox_for_leaving_gets_the_token_in_its_subject() -> None:
    letterhead = Letterhead("a@b.example", None, "x.b.example", "leave+now@b.example")
    headers = dict(merge({}, letterhead=letterhead).mail.headers)
    assert headers["List-Unsubscribe"] == (
        "<https://mail.harbour.example/u/leave-token_1>, "
        "<mailto:leave+now@b.example?subject=unsubscribe%20leave-token_1>"
    )


@pytest.mark.parametrize("empty", ["", "   ", "\x00\x07", "\u202e"])
def test_an_empty_value_counts_as_absent(empty: str) -> None:
    mail = merge({"first_name": empty}).mail
    assert mail.subject == "Hello there"
    assert mail.text.startswith("Hello there:")
    assert ">there</p>" in mail.html


def test_control_characters_and_direction_overrides_leave_a_value_and_other_scripts_stay() -> None:
    mail = merge({"first_name": " Ann\r\nBcc: x\u202eevil\u2028\u2066 \ud800ש‎לום محمد "}).mail
    assert mail.subject == "Hello Ann Bcc: x evil ש‎לום محمد"
    assert "\n" not in mail.text


def test_a_value_that_could_be_an_encoded_word_counts_as_empty_in_the_subject_alone() -> None:
    attack = "=?utf-8?q?x=0D=0ABcc=3A_evil@x.example?="
    outgoing = merge({"first_name": attack})
    assert outgoing.mail.subject == "Hello there"
    assert attack in outgoing.mail.text
    assert outgoing.mime is not None
    assert email.message_from_bytes(outgoing.mime)["Bcc"] is None


def test_an_encoded_word_put_together_from_two_values_stays_text() -> None:
    part = CompiledPart("Hi {{ a }}{{ b }}", "", "x", "x")
    outgoing = merge({"a": "=", "b": "?utf-8?q?x=0D=0ABcc=3A_evil@x.example?="}, part)
    assert outgoing.mime is not None
    message = email.message_from_bytes(outgoing.mime, policy=email.policy.compat32)
    assert message["Bcc"] is None
    decoded = str(email.header.make_header(email.header.decode_header(message["Subject"])))
    assert decoded == "Hi =?utf-8?q?x=0D=0ABcc=3A_evil@x.example?="


def test_a_long_value_is_cut_in_the_subject_alone() -> None:
    mail = merge({"first_name": "x" * 1000}).mail
    assert mail.subject == "Hello " + "x" * SUBJECT_VALUE_LIMIT
    assert "x" * 1000 in mail.text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_value_becomes_markup_a_tag_or_a_header(value: str) -> None:
    outgoing = merge({"first_name": value + "<b>{{ 7*7 }}</b>"})
    assert outgoing.mime is not None
    assert "<b>" not in outgoing.mail.html
    assert "{{ 7*7 }}" in html_text(f"<html><body>{outgoing.mail.html}</body></html>")
    head = outgoing.mime.partition(b"\r\n\r\n")[0].decode("ascii")
    names = [line.partition(":")[0] for line in head.split("\r\n") if not line.startswith(" ")]
    assert len(names) == len(set(names)) == 12


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ city }}", "text: 'city' is empty or unknown for this reader; write {{ city | default('…') }}"),
        ("{% for letter in city %}{% endfor %}", "text: 'city' is empty or unknown for this reader"),
        ("{{ links.website }}", "text: there is no links.website here; links are book, unsubscribe"),
        ("{{ first_name.secret }}", "text: 'str object' has no attribute 'secret'"),
        ("{{ first_name + 1 }}", "text: a personal tag fails for this reader (TypeError)"),
        ("{{ first_name.__class__.__mro__ }}", "text: "),
        ("{{ 'x'.format_map }}{{ range(10) }}", "text: 'range' is empty or unknown"),
        ("{{ 1 // 0 }}", "text: a personal tag fails for this reader (ZeroDivisionError)"),
    ],
)
def test_what_a_reader_lacks_is_named_and_no_value_is_repeated(template: str, said: str) -> None:
    with pytest.raises(CannotBuild) as caught:
        merge({"first_name": "Amélie"}, CompiledPart("s", "", "h", template))
    assert str(caught.value).startswith(said)
    assert "Amélie" not in str(caught.value)


def test_a_subject_that_comes_out_empty_is_refused() -> None:
    with pytest.raises(CannotBuild, match="subject comes out empty"):
        merge({}, CompiledPart("{{ first_name | default('') }} ", "", "h", "t"))


def test_a_compiled_template_that_is_none_is_refused_when_the_frame_is_made() -> None:
    with pytest.raises(CannotBuild, match="line 1 of a compiled template"):
        Frame(CompiledPart("{{", "", "h", "t"), LETTERHEAD)


def test_an_unsafe_header_is_refused_for_providers_that_take_fields_too() -> None:
    links = Links(LINKS.book, "https://x.example/u/a\r\nBcc: evil@x.example", None)
    with pytest.raises(CannotBuild, match="List-Unsubscribe: holds the character U\\+000D"):
        merge({}, links=links, form=Form.FIELDS)


def test_an_attribute_cannot_take_the_place_of_the_links() -> None:
    mail = merge({"links": "https://evil.example"}).mail
    assert "evil.example" not in mail.text + mail.html


def test_one_frame_serves_many_readers_without_mixing_them() -> None:
    frame = Frame(compiled(content()), LETTERHEAD)
    links = Links(LINKS.book, LINKS.unsubscribe, "https://mail.harbour.example/c/web")
    names = ["Ann", "", "Bo", "Çağla"]
    greetings = [
        frame.merge(
            {"first_name": name},
            message_id=MESSAGE_ID,
            address="a@b.example",
            links=links,
            date=SENT_AT,
            form=Form.FIELDS,
        ).mail.text.splitlines()[4]
        for name in names
    ]
    assert greetings == ["Hello Ann,", "Hello there,", "Hello Bo,", "Hello Çağla,"]
