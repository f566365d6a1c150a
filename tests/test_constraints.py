"""What the database would refuse is refused before, in a sentence."""

import pytest
from django.apps import apps
from django.utils import translation
from django.utils.functional import Promise

from customers.models import Payment


@pytest.mark.parametrize("app", ["accounts", "customers", "tiering"])
def test_every_constraint_says_what_is_wrong_in_the_user_s_language(app: str) -> None:
    silent = []
    for model in apps.get_app_config(app).get_models():
        for constraint in model._meta.constraints:
            message = constraint.violation_error_message
            is_own = message != constraint.default_violation_error_message
            if not (is_own and isinstance(message, Promise)):
                silent.append(constraint.name)
    assert silent == []


def test_the_sentence_is_the_one_that_is_shown() -> None:
    (constraint,) = Payment._meta.constraints
    with translation.override("en"):
        assert constraint.get_violation_error_message() == "A payment has an amount above 0."
