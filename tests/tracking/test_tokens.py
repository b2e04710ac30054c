"""Tokens: every one of ours reads back, no other string reads, and none tells anything."""

from __future__ import annotations

import base64
import re
import string
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from partwork.errors import BadToken
from partwork.ids import message_id_bytes, message_id_from
from partwork.tracking.tokens import TOKEN_LENGTH, Purpose, Realm, Signed, Signer

SECRET = "a secret of the workspace, long enough"
ALPHABET = string.ascii_letters + string.digits + "-_"

message_ids = st.binary(min_size=12, max_size=12).map(message_id_from)
link_ids = st.integers(min_value=0, max_value=2**32 - 1)
purposes = st.sampled_from(Purpose)
realms = st.sampled_from(Realm)
secrets = st.text(st.characters(codec="utf-8"), min_size=32, max_size=40)

LIVE = Signer(SECRET, Realm.LIVE)


@given(secrets, realms, purposes, message_ids, link_ids)
def test_every_token_reads_back(
    secret: str, realm: Realm, purpose: Purpose, message_id: str, link_id: int
) -> None:
    link_id = link_id if purpose is not Purpose.UNSUBSCRIBE else 0
    token = Signer(secret, realm).token(purpose, message_id, link_id=link_id)
    assert Signer(secret, realm).read(purpose, token) == Signed(message_id, link_id)


@given(purposes, message_ids, link_ids)
def test_a_token_is_44_characters_that_no_mail_program_or_address_bar_changes(
    purpose: Purpose, message_id: str, link_id: int
) -> None:
    token = LIVE.token(purpose, message_id, link_id=link_id)
    assert len(token) == TOKEN_LENGTH == 44
    assert re.fullmatch(r"[A-Za-z0-9_-]{44}", token)


@given(st.text(max_size=60) | st.text(ALPHABET, min_size=44, max_size=44))
def test_a_string_that_we_did_not_sign_never_reads(text: str) -> None:
    for purpose in Purpose:
        with pytest.raises(BadToken):
            LIVE.read(purpose, text)


@given(purposes, message_ids, link_ids, st.data())
def test_a_token_with_any_character_changed_is_bad_or_another_link_of_the_same_message(
    purpose: Purpose, message_id: str, link_id: int, data: st.DataObject
) -> None:
    token = LIVE.token(purpose, message_id, link_id=link_id)
    place = data.draw(st.integers(0, TOKEN_LENGTH - 1))
    sign = data.draw(st.sampled_from(ALPHABET + "=+/ \n\x00é"))
    assume(sign != token[place])
    changed = token[:place] + sign + token[place + 1 :]
    try:
        signed = LIVE.read(purpose, changed)
    except BadToken:
        return
    assert signed.message_id == message_id
    assert signed.link_id != link_id


@given(st.sampled_from([Purpose.CLICK, Purpose.BOOK]), message_ids, link_ids, link_ids)
def test_a_foreign_link_id_is_tolerated_and_the_message_stays(
    purpose: Purpose, message_id: str, link_id: int, foreign: int
) -> None:
    raw = bytearray(_raw(LIVE.token(purpose, message_id, link_id=link_id)))
    raw[12:16] = foreign.to_bytes(4, "big")
    spelt = "1" + base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert LIVE.read(purpose, spelt) == Signed(message_id, foreign)


@given(message_ids, link_ids.filter(bool))
def test_a_token_that_unsubscribes_leads_to_no_link(message_id: str, link_id: int) -> None:
    token = LIVE.token(Purpose.UNSUBSCRIBE, message_id, link_id=link_id)
    with pytest.raises(BadToken):
        LIVE.read(Purpose.UNSUBSCRIBE, token)


@given(purposes, message_ids, message_ids)
def test_a_foreign_message_id_is_not_tolerated(purpose: Purpose, one: str, other: str) -> None:
    assume(one != other)
    raw = message_id_bytes(other) + _raw(LIVE.token(purpose, one))[12:]
    with pytest.raises(BadToken):
        LIVE.read(purpose, "1" + base64.urlsafe_b64encode(raw).decode().rstrip("="))


@given(message_ids, link_ids)
def test_a_token_reads_in_its_own_purpose_realm_and_workspace_alone(message_id: str, link_id: int) -> None:
    signers = {
        (secret, realm): Signer(secret, realm) for secret, realm in product((SECRET, SECRET[::-1]), Realm)
    }
    for made_by, made_for in product(signers, Purpose):
        link = link_id if made_for is not Purpose.UNSUBSCRIBE else 0
        token = signers[made_by].token(made_for, message_id, link_id=link)
        for read_by, read_for in product(signers, Purpose):
            if (made_by, made_for) == (read_by, read_for):
                assert signers[read_by].read(read_for, token) == Signed(message_id, link)
            else:
                with pytest.raises(BadToken):
                    signers[read_by].read(read_for, token)


@given(purposes, message_ids, link_ids)
def test_a_token_has_one_spelling(purpose: Purpose, message_id: str, link_id: int) -> None:
    token = LIVE.token(purpose, message_id, link_id=link_id)
    # 32 bytes leave two bits of the last character unused: three others decode to the same bytes.
    same_bytes = [
        token[:-1] + sign for sign in ALPHABET if sign != token[-1] and _raw(token[:-1] + sign) == _raw(token)
    ]
    assert len(same_bytes) == 3
    respelt = [*same_bytes, token + "=", f" {token}", f"{token}\n", token[1:], "2" + token[1:]]
    if "-" in token or "_" in token:
        respelt.append(token.replace("-", "+").replace("_", "/"))
    for text in respelt:
        with pytest.raises(BadToken):
            LIVE.read(purpose, text)


@given(purposes, message_ids, link_ids)
def test_what_is_wrong_with_a_token_is_not_told(purpose: Purpose, message_id: str, link_id: int) -> None:
    token = LIVE.token(purpose, message_id, link_id=link_id)
    with pytest.raises(BadToken) as failure:
        LIVE.read(purpose, token[:-1])
    assert token[:8] not in str(failure.value)
    assert message_id not in str(failure.value)


@given(purposes, message_ids, link_ids)
def test_a_token_holds_nothing_but_two_opaque_ids(purpose: Purpose, message_id: str, link_id: int) -> None:
    token = LIVE.token(purpose, message_id, link_id=link_id)
    assert _raw(token)[:16] == message_id_bytes(message_id) + link_id.to_bytes(4, "big")
    assert "@" not in token
    assert "." not in token


def test_one_mac_serves_every_link_of_a_message_and_purpose() -> None:
    message_id = message_id_from(bytes(range(12)))
    macs = {
        _raw(LIVE.token(Purpose.CLICK, message_id, link_id=link_id))[16:] for link_id in (0, 1, 2**32 - 1)
    }
    assert len(macs) == 1


@given(secrets, realms, message_ids)
def test_a_booking_reference_begins_with_the_message_and_opens_nothing(
    secret: str, realm: Realm, message_id: str
) -> None:
    signer = Signer(secret, realm)
    reference = signer.booking_reference(message_id)
    assert re.fullmatch(r"[a-z2-7]{32}", reference)
    raw = base64.b32decode(reference.upper())
    assert raw[:12] == message_id_bytes(message_id)
    for purpose in Purpose:
        assert raw[12:] not in _raw(signer.token(purpose, message_id))


def test_a_booking_reference_differs_by_message_realm_and_workspace() -> None:
    ids = [message_id_from(bytes([number] * 12)) for number in range(3)]
    references = {
        Signer(secret, realm).booking_reference(message_id)
        for secret, realm, message_id in product((SECRET, SECRET[::-1]), Realm, ids)
    }
    assert len(references) == 2 * len(Realm) * len(ids)


def test_the_list_label_is_one_opaque_word_for_a_workspace() -> None:
    labels = {Signer(SECRET, realm).list_label() for realm in Realm}
    assert len(labels) == 1
    assert re.fullmatch(r"[a-z2-7]{16}", labels.pop())
    assert Signer(SECRET, Realm.LIVE).list_label() != Signer(SECRET[::-1], Realm.LIVE).list_label()


@pytest.mark.parametrize("message_id", ["", "abc", "A" * 20, "ana@example.org", "a" * 20 + "b", "1" * 20])
def test_only_a_message_id_can_be_signed(message_id: str) -> None:
    with pytest.raises(ValueError, match="message id"):
        LIVE.token(Purpose.CLICK, message_id)


def _raw(token: str) -> bytes:
    return base64.urlsafe_b64decode(token[1:] + "=")
