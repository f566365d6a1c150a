import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import BaseConstraint, CheckConstraint

from maintenance.models import Benefit, Promise


def worded() -> list[BaseConstraint]:
    """Those of which Django can only say the name: a unique one without a condition names its fields."""
    return [
        rule
        for model in apps.get_app_config("maintenance").get_models()
        for rule in model._meta.constraints
        if isinstance(rule, CheckConstraint) or getattr(rule, "condition", None)
    ]


@pytest.mark.parametrize("rule", worded(), ids=lambda rule: rule.name)
def test_a_rule_of_the_database_is_said_in_a_sentence(rule: BaseConstraint) -> None:
    assert rule.violation_error_message != rule.default_violation_error_message
    assert rule.name not in rule.get_violation_error_message()


@pytest.mark.django_db
def test_a_line_without_a_title_says_so() -> None:
    for line in (Benefit(), Promise(interval=1, unit="day", department="sales")):
        with pytest.raises(ValidationError) as refusal:
            line.validate_constraints()
        assert refusal.value.messages == ["The title is needed in both languages."]
