"""Choices as people look for them: names in the order in which they are read."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext as _
from django_filters.fields import ModelChoiceField as FilterField

from toolbox import pinyin

if TYPE_CHECKING:
    _Iterator = ModelChoiceIterator[Model]
    _Field = forms.ModelChoiceField[Model]
else:
    _Iterator, _Field = ModelChoiceIterator, forms.ModelChoiceField


class InReadingOrder(_Iterator):
    """Chinese names by their pinyin, Latin ones among them."""

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        if label := getattr(self.field, "null_label", None):  # of a filter: those that have none
            yield (getattr(self.field, "null_value"), label)  # noqa: B009 - as above
        yield from (self.choice(row) for row in sorted(self.queryset, key=reading))


def reading(row: Model) -> str:
    return pinyin.sort_key(str(row), is_person=isinstance(row, AbstractBaseUser))


def said(row: Model) -> str:
    """Whoever left is said to have left."""
    has_left = isinstance(row, AbstractBaseUser) and not row.is_active
    return _("%(name)s (left)") % {"name": row} if has_left else str(row)


class NameField(_Field):
    """A person or a team."""

    iterator = InReadingOrder

    def label_from_instance(self, obj: Model) -> str:
        return said(obj)


class _NameFilterField(FilterField):
    iterator = InReadingOrder

    def label_from_instance(self, obj: Model) -> str:
        return said(obj)


class NameFilter(django_filters.ModelChoiceFilter):
    """The same as a filter."""

    field_class = _NameFilterField
