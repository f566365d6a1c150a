"""Tables of the outside world: industries and regions. No models, no database."""

from django.utils.translation import get_language

Names = tuple[str, str]
"""Chinese, English."""


def in_language(names: Names, language: str | None) -> str:
    """The name in the language given, or in the active one."""
    chinese, english = names
    return chinese if (language or get_language() or "en").startswith("zh") else english
