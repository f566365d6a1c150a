"""Collecting and compiling translations with Babel, for machines without GNU gettext.

The .po file names source files without line numbers and carries no dates, so its diffs are the changed texts.
"""

import ast
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

LOCALE = "zh_Hans"
FIELDS = f"""\
msgid ""
msgstr ""
"Language: {LOCALE}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
HEADER = f"# Chinese, in the words of a sales team.\n{FIELDS}"
NOT_OURS = {"var", "tests", "migrations", "static", "locale", "docs", "benchmarks", "node_modules"}
KEYWORDS = DEFAULT_KEYWORDS | {
    f"{name}_{suffix}": DEFAULT_KEYWORDS[name]
    for name in ("gettext", "ngettext", "pgettext", "npgettext")
    for suffix in ("lazy", "noop")
}

_LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(rf"\b(_|n?p?gettext)\(\s*({_LITERAL}(?:\s*,\s*{_LITERAL})*)")
_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-+#0]*\d*(?:\.\d+)?[a-zA-Z]|\{\w*\}")


def po_path(root: Path) -> Path:
    return root / "locale" / LOCALE / "LC_MESSAGES" / "django.po"


def collect(root: Path) -> Catalog:
    """Every text marked for translation in the Python files and templates below `root`."""
    catalog = Catalog()
    for path in _sources(root):
        place = path.relative_to(root).as_posix()
        found = _from_python(path) if path.suffix == ".py" else _from_template(path)
        for line, message, context in found:
            catalog.add(message, locations=[(place, line)], context=context)
    return catalog


def read(path: Path) -> Catalog:
    """What is translated so far."""
    text = path.read_bytes() if path.exists() else HEADER.encode()
    return read_po(io.BytesIO(text), locale=LOCALE, domain="django")


def merge(translated: Catalog, collected: Catalog) -> str:
    """The .po file as it should be: its own comment, all collected texts, the translations there are."""
    translated.update(collected, no_fuzzy_matching=True)
    written = io.BytesIO()
    write_po(
        written,
        translated,
        width=100,
        omit_header=True,
        sort_by_file=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    return f"{translated.header_comment}\n{FIELDS}" + written.getvalue().decode().strip() + "\n"


def compile_po(text: str) -> bytes:
    """The .mo file of a .po file; equal input gives equal bytes."""
    catalog = read_po(io.BytesIO(text.encode()), locale=LOCALE, domain="django")
    catalog.creation_date = catalog.revision_date = datetime(2000, 1, 1, tzinfo=UTC)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    return compiled.getvalue()


def same_texts(compiled: bytes, other: bytes) -> bool:
    return _texts(read_mo(io.BytesIO(compiled))) == _texts(read_mo(io.BytesIO(other)))


def troubles(catalog: Catalog) -> Iterator[str]:
    """Texts that are not translated, not surely so, or that lost or gained a placeholder."""
    for message in catalog:
        if not message.id:
            continue
        if message.fuzzy:
            yield f"fuzzy: {_shown(message)}"
        elif not all(_strings(message)):
            yield f"not translated: {_shown(message)}"
        elif wrong := _other_placeholders(message):
            yield f"placeholders differ ({', '.join(sorted(wrong))}): {_shown(message)}"


def _sources(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        folders = path.relative_to(root).parts[:-1]
        if any(folder in NOT_OURS or folder.startswith(".") for folder in folders):
            continue
        if (path.suffix == ".py" and path.name != "conftest.py") or (
            path.suffix in {".html", ".txt"} and "templates" in folders
        ):
            yield path


def _from_python(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], str | None]]:
    with path.open("rb") as source:
        for line, message, _comments, context in extract("python", source, keywords=KEYWORDS):
            yield line, message, context


def _from_template(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], str | None]]:
    """Django turns the tags into calls of gettext, each on a line of its own, and blanks out the rest."""
    source = templatize(path.read_text(), origin=str(path))
    for line, text in enumerate(source.splitlines(), start=1):
        for name, literals in _CALL.findall(text):
            words = [str(ast.literal_eval(literal)) for literal in re.findall(_LITERAL, literals)]
            context = words.pop(0) if "p" in name else None
            yield line, tuple(words[:2]) if name.startswith("n") else words[0], context


def _texts(catalog: Catalog) -> dict[object, object]:
    return {(str(message.id), message.context): message.string for message in catalog if message.id}


def _strings(message: Message) -> list[str]:
    """The translations: one, because Chinese has no plural forms."""
    strings = message.string if isinstance(message.string, tuple | list) else [message.string]
    return [str(string or "") for string in strings[:1]]


def _other_placeholders(message: Message) -> set[str]:
    """Chinese has one form for every count, so it follows the plural."""
    source = message.id if isinstance(message.id, str) else message.id[-1]
    wanted = set(_PLACEHOLDER.findall(source.replace("%%", "")))
    return {
        placeholder
        for string in _strings(message)
        for placeholder in wanted ^ set(_PLACEHOLDER.findall(string.replace("%%", "")))
    }


def _shown(message: Message) -> str:
    source = message.id if isinstance(message.id, str) else message.id[0]
    places = ", ".join(sorted({place for place, _line in message.locations}))
    return f"{source!r} in {places}"
