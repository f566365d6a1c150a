"""Indicators' names, and values in their unit, where only the key is at hand."""

from django import template

from tiering.reasons import name_of, value_of

register = template.Library()
register.filter("indicator_name", name_of)
register.filter("indicator_value", value_of)
