"""An address given on the command line is one address, or it is refused without being repeated."""

from __future__ import annotations

import pytest

from partwork.cli.workplace import given_address
from partwork.errors import CommandError


@pytest.mark.parametrize(
    "text",
    [
        "",
        "editor",
        "editor@",
        "editor@example.org, other@example.org",
        "Editor <editor@example.org>",
        "editor@example.org\nBcc: other@example.org",
        "@example.org",
    ],
)
def test_what_is_not_one_bare_address_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match=r"^--to: this is no email address: ") as refused:
        given_address(text, option="--to")
    assert "editor@" not in str(refused.value)


def test_an_address_comes_back_as_it_travels() -> None:
    assert given_address("Editor@EXAMPLE.org", option="--to") == "Editor@example.org"
