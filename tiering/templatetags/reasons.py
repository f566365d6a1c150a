"""Indicators' names where only their key is at hand."""

from django import template

from tiering.reasons import name_of

register = template.Library()
register.filter("indicator_name", name_of)
