from datetime import date
from typing import Any

from django.db import migrations, models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import TruncDate

BEGINNING = date(2000, 1, 1)
CONTACTS = ["contact", "meeting", "review"]
"""Of the promises that ship, those that any fitting contact keeps."""


def as_it_was_kept(apps: Any, _editor: Any) -> None:
    """What is in use is in force from the beginning, what is not is a draft; obligations say their promise's key."""
    apps.get_model("maintenance", "Playbook").objects.filter(is_active=True).update(starts_on=BEGINNING)
    promises = apps.get_model("maintenance", "Promise").objects
    promises.filter(key__in=CONTACTS).update(by_contact=True)
    obligations = apps.get_model("maintenance", "Obligation").objects
    obligations.update(
        key=Subquery(promises.filter(pk=OuterRef("promise")).values("key")[:1]),
        opens_on=TruncDate("created_at"),
    )
    obligations.filter(state="done").update(how="said")


class Migration(migrations.Migration):
    dependencies = [
        ("maintenance", "0007_versions_and_facts"),
    ]

    operations = [
        migrations.RunPython(as_it_was_kept, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name="playbook",
            name="is_active",
        ),
        migrations.AddConstraint(
            model_name="obligation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("order", None), ("state", "open")),
                fields=("customer", "key", "department"),
                name="obligation_is_open_once",
                violation_error_message="The same promise is open to this customer already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="obligation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("order__isnull", False), models.Q(("state", "withdrawn"), _negated=True)),
                fields=("order", "key", "department"),
                name="obligation_answers_an_order_once",
                violation_error_message="This order is followed up already.",
            ),
        ),
    ]
