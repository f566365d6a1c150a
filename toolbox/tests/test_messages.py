"""Texts are found in code and templates, their translations kept, mistakes told."""

import gettext
import io
from pathlib import Path

import pytest

from toolbox import messages

CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext_lazy

GREETING = _("Hello %(name)s")
FILES = ngettext("%(n)d file", "%(n)d files", 3)
VERB = pgettext_lazy("verb", "Open")
LONG = _("One text "
         "on two lines")
"""
TEMPLATE = """
{% load i18n %}
<p title="{% translate "It's “here” (really)" %}">
      {% blocktranslate trimmed count n=rows|length with who=user.name %}
  One row by {{ who }}
   {% plural %}
  {{ n }} rows by {{ who }}
    {% endblocktranslate %}
  {% translate 'May' context "month" %} {{ value|default:_("Nothing") }} {# translate "no" #}
</p>
"""
TRANSLATED = """
#: app/greetings.py
#, python-format
msgid "Hello %(name)s"
msgstr "{}"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        "app/greetings.py": CODE,
        "app/tests/test_greetings.py": '_("of a test")',
        "templates/page.html": TEMPLATE,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return tmp_path


def written(project: Path, text: str) -> None:
    path = messages.po_path(project)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def merged(project: Path) -> str:
    return messages.merge(messages.read(messages.po_path(project)), messages.collect(project))


def test_texts_are_collected_from_code_and_templates_but_not_from_tests(project: Path) -> None:
    assert [(message.id, message.context) for message in messages.collect(project) if message.id] == [
        ("Hello %(name)s", None),
        (("%(n)d file", "%(n)d files"), None),
        ("Open", "verb"),
        ("One text on two lines", None),
        ("It's “here” (really)", None),
        (("One row by %(who)s", "%(n)s rows by %(who)s"), None),
        ("May", "month"),
        ("Nothing", None),
    ]


def test_merging_keeps_translations_and_drops_texts_that_are_gone(project: Path) -> None:
    written(
        project, messages.HEADER + TRANSLATED.format("你好，%(name)s") + '\nmsgid "Gone"\nmsgstr "没有了"\n'
    )
    text = merged(project)
    assert 'msgstr "你好，%(name)s"' in text
    assert "Gone" not in text
    written(project, text)
    assert merged(project) == text


def test_what_is_compiled_is_what_gettext_reads(project: Path) -> None:
    written(project, messages.HEADER + TRANSLATED.format("你好，%(name)s"))
    compiled = messages.compile_po(merged(project))
    assert gettext.GNUTranslations(io.BytesIO(compiled)).gettext("Hello %(name)s") == "你好，%(name)s"
    assert messages.same_texts(compiled, messages.compile_po(merged(project)))


@pytest.mark.parametrize(
    "translation, trouble",
    [
        ("你好，%(name)s", None),
        ("", "not translated: 'Hello %(name)s' in app/greetings.py"),
        ("你好", "placeholders differ (%(name)s): 'Hello %(name)s' in app/greetings.py"),
        ("%(nom)s", "placeholders differ (%(name)s, %(nom)s): 'Hello %(name)s' in app/greetings.py"),
    ],
)
def test_mistakes_are_told(project: Path, translation: str, trouble: str | None) -> None:
    written(project, messages.HEADER + TRANSLATED.format(translation))
    found = list(messages.troubles(messages.read(messages.po_path(project))))
    assert found == ([trouble] if trouble else [])


def test_a_doubtful_translation_is_told(project: Path) -> None:
    written(project, messages.HEADER + TRANSLATED.format("你好，%(name)s").replace("#, ", "#, fuzzy, "))
    assert list(messages.troubles(messages.read(messages.po_path(project)))) == [
        "fuzzy: 'Hello %(name)s' in app/greetings.py"
    ]
