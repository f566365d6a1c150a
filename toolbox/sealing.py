"""What is encrypted and signed with the secret of this installation: nobody reads it elsewhere, nobody makes one up."""

import base64
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


def box(purpose: str) -> "MultiFernet":
    """What is sealed for one purpose does not open for another. Earlier secrets still open, the present one seals."""
    return _box(purpose, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _box(purpose: str, secrets: tuple[str, ...]) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - 9 MB that only who seals needs

    keys = (sha256(f"tierbook {purpose}{secret}".encode()).digest() for secret in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


class SealedField(models.TextField[str, str]):
    """A text that the database, its dumps and its backups hold sealed, `dumpdata` too. It cannot be searched.

    What cannot be opened, since the secret is another one, reads as empty: it has to be given anew.
    """

    PURPOSE = "columns"
    BEGINS = "gAAAA"
    """As everything sealed does."""

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return self.sealed(text) if text else text

    def from_db_value(self, value: str | None, *_about: object) -> str | None:
        return self.opened(value) if value else value

    def value_to_string(self, obj: models.Model) -> str:
        """For `dumpdata`."""
        text = super().value_to_string(obj)
        return self.sealed(text) if text else text

    def to_python(self, value: Any) -> Any:
        """From `loaddata`, or as somebody typed it."""
        text = super().to_python(value)
        return self.opened(text) if text and text.startswith(self.BEGINS) else text

    def sealed(self, text: str) -> str:
        return box(self.PURPOSE).encrypt(text.encode()).decode()

    def opened(self, text: str) -> str:
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - as in `_box`

        try:
            return box(self.PURPOSE).decrypt(text.encode()).decode()
        except InvalidToken:
            return ""
