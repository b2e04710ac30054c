"""Whose token is it: one that stands for a reader, or a demonstration's that touches nobody? Pure."""

from __future__ import annotations

from dataclasses import dataclass

from partwork.errors import BadToken
from partwork.tracking.tokens import Purpose, Realm, Signed, Signer


@dataclass(frozen=True, slots=True)
class Recognised:
    """A verified token, and the signer of the realm it was made in.

    is_harmless: nobody stands behind it, so nothing may come of it
    """

    signed: Signed
    signer: Signer
    is_harmless: bool

    @property
    def realm(self) -> Realm:
        return self.signer.realm


class Keyring:
    """What a server answers to: its own realm, whose tokens count, and demonstrations, whose do not."""

    def __init__(self, own: Signer, *demonstrations: Signer) -> None:
        self._own = own
        self._signers = (own, *demonstrations)

    def read(self, purpose: Purpose, token: str) -> Recognised:
        """Return what a token says and who made it. Raises BadToken for one of no realm known here."""
        for signer in self._signers:
            try:
                signed = signer.read(purpose, token)
            except BadToken:
                continue
            return Recognised(signed, signer, is_harmless=signer is not self._own)
        raise BadToken("not one of our tokens")
