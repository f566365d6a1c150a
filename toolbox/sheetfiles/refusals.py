"""A file as a whole is refused: by a word, which `toolbox.sheets.refusals` puts into a sentence for people."""

from typing import Any


class RefusedError(Exception):
    def __init__(self, word: str, **values: Any) -> None:
        super().__init__(word, values)
        self.word, self.values = word, values
