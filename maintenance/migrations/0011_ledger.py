from typing import Any

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

import toolbox.money
import toolbox.percent


def who_had_it(apps: Any, _editor: Any) -> None:
    """Of what was promised before: whoever it was for, or else whoever has the customer now."""
    has_it = apps.get_model("customers", "Customer").objects.filter(pk=OuterRef("customer"))
    apps.get_model("maintenance", "Obligation").objects.update(
        owner=Coalesce("assignee", Subquery(has_it.values("owner"))), team=Subquery(has_it.values("team"))
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_exports"),
        ("customers", "0017_round_trip"),
        ("maintenance", "0010_surveys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Rates",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "hour_cost",
                    toolbox.money.MoneyField(
                        blank=True,
                        help_text="What an hour of somebody who serves customers costs. Empty: not known.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="cost of an hour",
                    ),
                ),
                (
                    "margin_share",
                    toolbox.percent.PercentField(
                        blank=True,
                        help_text="In percent, such as 32.5: before the cost of serving. Empty: not known.",
                        null=True,
                        verbose_name="margin, as a share of what is ordered",
                    ),
                ),
            ],
            options={
                "verbose_name": "rates of the ledger",
                "verbose_name_plural": "rates of the ledger",
            },
        ),
        migrations.CreateModel(
            name="TierMargin",
            fields=[
                (
                    "tier",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="customers.tier",
                        verbose_name="tier",
                    ),
                ),
                (
                    "margin_share",
                    toolbox.percent.PercentField(verbose_name="margin, as a share of what is ordered"),
                ),
            ],
            options={
                "verbose_name": "margin of a tier",
                "verbose_name_plural": "margins of tiers",
            },
        ),
        migrations.AddField(
            model_name="obligation",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="account manager on the day",
            ),
        ),
        migrations.AddField(
            model_name="obligation",
            name="team",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.team",
                verbose_name="team on the day",
            ),
        ),
        migrations.AddIndex(
            model_name="obligation",
            index=models.Index(
                fields=[
                    "originally_due_on",
                    "state",
                    "missed_on",
                    "owner",
                    "team",
                    "tier",
                    "department",
                    "customer",
                    "due_on",
                    "completed_at",
                ],
                name="obligation_ledger",
            ),
        ),
        migrations.AddConstraint(
            model_name="rates",
            constraint=models.CheckConstraint(
                condition=models.Q(("pk", 1)),
                name="rates_are_one_row",
                violation_error_message="There is one book.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rates",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("hour_cost", None), ("hour_cost__range", (0, 1000000000000000)), _connector="OR"
                    ),
                    models.Q(("margin_share", None), ("margin_share__range", (0, 10000)), _connector="OR"),
                ),
                name="rates_are_sane",
                violation_error_message="Give an amount of 0 or more, and a share between 0 and 100 percent.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tiermargin",
            constraint=models.CheckConstraint(
                condition=models.Q(("margin_share__range", (0, 10000))),
                name="tier_margin_is_a_share",
                violation_error_message="A margin share lies between 0 and 100 percent.",
            ),
        ),
        migrations.RunPython(who_had_it, migrations.RunPython.noop),
    ]
