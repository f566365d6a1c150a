"""What is true of every model in the admin, for the tests of the apps."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

LANGUAGES = ("zh-hans", "en")


def models_of(app: str) -> list[type[Model]]:
    """Those the admin knows; a new one comes into the tests by itself."""
    return [model for model in admin.site._registry if model._meta.app_label == app]


def url(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def status_of_pages(client: Client, model: type[Model], *, language: str) -> dict[str, int]:
    """The list, the list searched and sorted by each column, the newest row, its history, a new row."""
    row = model._default_manager.order_by("-pk").first()
    assert row is not None, f"make a {model.__name__} first"
    columns = range(1, len(admin.site._registry[model].list_display) + 1)
    pages = {
        "list": url(model, "changelist"),
        "search": url(model, "changelist") + "?q=x",
        "sorted": url(model, "changelist") + f"?o={'.'.join(str(n) for n in columns)}",
        "change": url(model, "change", row.pk),
        "history": url(model, "history", row.pk),
        "add": url(model, "add"),
    }
    asked = {"accept-language": language}
    return {name: client.get(address, headers=asked).status_code for name, address in pages.items()}


def open_pages(*, add: bool) -> dict[str, int]:
    return dict.fromkeys(("list", "search", "sorted", "change", "history"), 200) | {
        "add": 200 if add else 403
    }


def refusals(client: Client, model: type[Model]) -> set[int]:
    """What a model that is only looked at answers to whoever posts."""
    row = model._default_manager.order_by("-pk").first()
    assert row is not None, f"make a {model.__name__} first"
    before = model._default_manager.values().get(pk=row.pk)
    answers = {
        client.post(address, {"post": "yes"}).status_code
        for address in (url(model, "add"), url(model, "change", row.pk), url(model, "delete", row.pk))
    }
    assert model._default_manager.values().get(pk=row.pk) == before
    return answers
