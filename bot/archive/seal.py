"""Encrypts with the first of several keys, and opens with any; imported where there is a key."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class BrokenSealError(Exception):
    """None of the keys opens it."""


class Seal:
    """Fernet: AES and HMAC, https://github.com/fernet/spec."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernets = [Fernet(key) for key in keys]
        self._all = MultiFernet(self._fernets)

    def close(self, text: str) -> str:
        """The text, sealed with the first key."""
        return self._all.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text that was sealed; raises `BrokenSealError`."""
        return _opened(self._all, sealed)

    def is_new(self, sealed: str) -> bool:
        """Whether the first key sealed it."""
        try:
            _opened(self._fernets[0], sealed)
        except BrokenSealError:
            return False
        return True


def _opened(cipher: Fernet | MultiFernet, sealed: str) -> str:
    try:
        return cipher.decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise BrokenSealError from error
