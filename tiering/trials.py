"""What a person may type about simulations, and what an address of one says."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import scales
from customers.models import Tier
from tiering import curves, reasons, refusals, services
from tiering.editing.rows import EndField
from tiering.models import Condition, Floor, SchemeVersion, Simulation
from tiering.scoring import FULL_TOTAL, PERCENT
from tiering.simulation.counting import STEPS
from tiering.simulation.trying import IN_FORCE, PRESENT, Trial, basis_for, said_step
from toolbox.choices import reading, said
from toolbox.days import PAST
from toolbox.forms import date_input

AT_LEAST, AT_MOST = "a", "m"
ENDS: Final = {AT_LEAST: "at_least", AT_MOST: "at_most"}
"""Marks of the fields of a condition, each with its column."""


class TrialForm(forms.Form):
    """A version's weights and floors, or the ends of its conditions where rules decide, to be tried with others: what
    is not said is as the version says.

    The version has to be `whole()` and is nobody else's: it takes over what is said here.
    """

    against = forms.ChoiceField(
        label=_("Compared with"),
        required=False,
        choices=[(PRESENT, _("the present tiers")), (IN_FORCE, _("the version in force, on the same data"))],
    )

    def __init__(self, data: Mapping[str, Any], *, version: SchemeVersion) -> None:
        self.version = version
        self.own = {
            **{f"d-{d.key}": str(d.weight) for d in version.dimensions.all()},
            **{f"i-{i.key}": str(i.weight) for i in version.indicators()},
            **(
                {name: written_end(name, each, value) for name, each, value in self.ends}
                if version.is_by_rules
                else {f"f-{f.tier.key}": written_total(f.total) for f in version.floors.all()}
            ),
        }
        self.sum_errors: dict[str, str] = {}
        known = {"against": PRESENT} | self.own
        super().__init__(known | {name: data[name] for name in known if name in data})
        for dimension in version.dimensions.all():
            self.fields[f"d-{dimension.key}"] = weight_field(dimension.name)
            for indicator in dimension.indicators.all():
                self.fields[f"i-{indicator.key}"] = weight_field(indicator.name)
        for floor in () if version.is_by_rules else version.floors.all():
            self.fields[f"f-{floor.tier.key}"] = floor_field(floor)
        names = {indicator.key: indicator.name for indicator in version.indicators()}
        for name, each, _value in self.ends:
            self.fields[name] = end_field(name, each, names)

    @property
    def ends(self) -> list[tuple[str, Condition, int]]:
        """Names of fields, conditions and the ends that they have, where rules decide."""
        floors = self.version.floors.all() if self.version.is_by_rules else ()
        return [
            (f"{mark}-{each.pk}", each, value)
            for floor in floors
            for each in floor.conditions.all()
            for mark, end in ENDS.items()
            if (value := getattr(each, end)) is not None
        ]

    @property
    def asked(self) -> list["Group"]:
        """The ends of each tier's conditions."""
        named: dict[Tier, list[str]] = {}
        for name, each, _value in self.ends:
            named.setdefault(each.floor.tier, []).append(name)
        return [Group(self, tier.key, tier.name, names) for tier, names in named.items()]

    @property
    def groups(self) -> list["Group"]:
        """Weights that add up to 100."""
        dimensions = self.version.dimensions.all()
        return [
            Group(self, "dimensions", _("Dimensions"), [f"d-{d.key}" for d in dimensions]),
            *(Group(self, d.key, d.name, [f"i-{i.key}" for i in d.indicators.all()]) for d in dimensions),
        ]

    @property
    def floors(self) -> "Group":
        floors = () if self.version.is_by_rules else self.version.floors.all()
        return Group(self, "floors", _("Floors"), [f"f-{f.tier.key}" for f in floors])

    def clean(self) -> None:
        if self.errors:
            return
        for group in self.groups:
            if group.sum != PERCENT:
                message = _("The weights add up to %(sum)s, not to 100.") % {"sum": group.sum}
                self.sum_errors[group.name] = message
                words = {"group": group.title, "problem": message}
                self.add_error(None, _("%(group)s: %(problem)s") % words)
        floors = {name: self.cleaned_data[name] for name in self.floors.names}
        for higher, lower in pairwise(floors):
            if floors[lower] >= floors[higher]:
                above = self.fields[higher].label
                self.add_error(lower, _("Lower than the floor of “%(tier)s”, please.") % {"tier": above})
        for each in {each.pk: each for _name, each, _value in self.ends}.values():
            low, high = (self.cleaned_data.get(f"{mark}-{each.pk}") for mark in ENDS)
            if low is not None and high is not None and low > high:
                problem = _("The least value lies above the greatest: nothing could meet this.")
                self.add_error(f"{AT_MOST}-{each.pk}", problem)
        if not self.errors:
            self.take_over()

    def take_over(self) -> None:
        """The version now says what was typed; `rules` is how it scores."""
        said = self.cleaned_data
        for dimension in self.version.dimensions.all():
            dimension.weight = said[f"d-{dimension.key}"]
            for indicator in dimension.indicators.all():
                indicator.weight = said[f"i-{indicator.key}"]
        for floor in () if self.version.is_by_rules else self.version.floors.all():
            floor.total = int(said[f"f-{floor.tier.key}"] * FULL_TOTAL / PERCENT)
        for name, each, _value in self.ends:
            setattr(each, ENDS[name[0]], said[name])
        try:
            self.rules = self.version.rules()
        except (TypeError, ValueError) as error:
            for why in services.wrong_in(self.version) or [refusals.said(error)]:
                self.add_error(None, _("This version cannot be scored as it stands: %(why)s") % {"why": why})

    @property
    def changes(self) -> dict[str, str]:
        """What differs from the version, as it is kept and as it stands in addresses."""
        ends = {name: each for name, each, _value in self.ends}
        said = {name: f"{self.cleaned_data[name]:f}" for name in self.own if name not in ends}
        trimmed = {name: text.rstrip("0").rstrip(".") if "." in text else text for name, text in said.items()}
        trimmed |= {name: written_end(name, each, self.cleaned_data[name]) for name, each in ends.items()}
        return {name: text for name, text in trimmed.items() if text != self.own[name]}

    @property
    def query(self) -> dict[str, str]:
        against = self.cleaned_data["against"] or PRESENT
        return self.changes | ({} if against == PRESENT else {"against": against})


def trial_of(data: Mapping[str, Any], *, version: SchemeVersion) -> Trial | None:
    """What an address asks for; None where it does not add up, or the book was not measured for it."""
    form = TrialForm(data, version=version)
    basis = basis_for(version, pk=whole_number(data.get("basis", "")))
    if basis is None or not form.is_valid():
        return None
    return Trial(version, form.rules, basis, against=form.cleaned_data["against"])


def whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 - a bigint


@dataclass(frozen=True)
class Group:
    form: TrialForm
    name: str
    title: Any
    names: list[str]

    @property
    def rows(self) -> list[tuple[BoundField, str]]:
        """Each field, and what the version says there, where something else is said."""
        return [
            (self.form[name], self.form.own[name] if self.form.data[name] != self.form.own[name] else "")
            for name in self.names
        ]

    @property
    def sum(self) -> int:
        """Of what can be read."""
        return sum(self.form.cleaned_data.get(name) or 0 for name in self.names)

    @property
    def error(self) -> str:
        return self.form.sum_errors.get(self.name, "")


def weight_field(label: str) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric", "step": 1})
    return forms.IntegerField(label=label, min_value=0, max_value=PERCENT, widget=widget)


def floor_field(floor: Floor) -> forms.DecimalField:
    """The last one is 0 and stays."""
    is_last = floor.total == 0
    widget = forms.NumberInput(
        attrs={"inputmode": "decimal", "step": "any"} | ({"readonly": True} if is_last else {})
    )
    return forms.DecimalField(
        label=floor.tier.name,
        min_value=0,
        max_value=0 if is_last else PERCENT,
        max_digits=9,
        decimal_places=6,
        widget=widget,
    )


def end_field(name: str, condition: Condition, names: reasons.Names) -> EndField:
    """What a condition asks for; an end that it does not have cannot be tried."""
    words = {"indicator": reasons.name_of(condition.indicator, names)}
    is_least = name[0] == AT_LEAST
    label = (_("%(indicator)s at least") if is_least else _("%(indicator)s at most")) % words
    return EndField(is_least=is_least, key=condition.indicator, label=label, required=True)


def written_end(name: str, condition: Condition, value: int) -> str:
    return curves.write_end(value, curves.unit_of(condition.indicator), is_least=name[0] == AT_LEAST)


def written_total(total: int) -> str:
    """79_500_000 → "79.5"."""
    points, rest = divmod(total, FULL_TOTAL // PERCENT)
    return f"{points}.{rest:06}".rstrip("0").rstrip(".")


class MeasureForm(forms.Form):
    """Measure the book anew."""

    as_of = forms.DateField(
        label=_("As of"), widget=date_input(), initial=timezone.localdate, validators=[PAST]
    )


class KeepForm(forms.ModelForm[Simulation]):
    """The name of a simulation."""

    class Meta:
        model = Simulation
        fields = ["name"]


class MoversForm(forms.Form):
    """Which customers of a trial are listed."""

    direction = forms.ChoiceField(
        label=_("Direction"),
        required=False,
        choices=[
            ("", _("Everybody who changes tier")), ("up", _("Upgrades")), ("down", _("Downgrades")),
            ("first", _("First gradings")), ("stays", _("Who stays")), ("all", _("All")),
        ],
    )  # fmt: skip
    from_tier = forms.TypedChoiceField(label=_("From"), required=False, coerce=int, empty_value=None)
    to_tier = forms.TypedChoiceField(label=_("To"), required=False, coerce=int, empty_value=None)
    owner = forms.TypedChoiceField(label=_("Account manager"), required=False, coerce=int, empty_value=None)
    team = forms.TypedChoiceField(label=_("Team"), required=False, coerce=int, empty_value=None)
    before = forms.TypedChoiceField(label=_("Score before"), required=False, coerce=int, empty_value=None)
    after = forms.TypedChoiceField(label=_("Score after"), required=False, coerce=int, empty_value=None)
    q = forms.CharField(label=_("Search"), required=False, max_length=100)

    def __init__(self, data: Mapping[str, Any], *, trial: Trial) -> None:
        super().__init__(data)
        there = [tier for _place, tier in trial.shown if tier]
        tiers = sorted(there, key=lambda tier: (tier.scale, tier.rank))
        scales.tell_apart(tiers)
        graded = [("", _("All")), *((tier.pk, tier.label) for tier in tiers), (0, _("Not yet graded"))]
        self.offer("from_tier", graded)
        self.offer("to_tier", graded)
        steps = [("", _("All")), *((n, said_step(n)) for n in range(STEPS))]
        self.offer("before", steps)
        self.offer("after", steps)
        self.offer("owner", whose(trial.owners, _("Without account manager")))
        self.offer("team", whose(trial.teams, _("Without team")))

    def offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


def whose(rows: list[Any], nobody: Any) -> list[tuple[Any, Any]]:
    return [("", _("All")), *((row.pk, said(row)) for row in sorted(rows, key=reading)), (0, nobody)]
