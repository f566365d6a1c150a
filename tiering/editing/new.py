"""A new scheme: its names, its scale of tiers, and the draft with which it begins."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from django import forms
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import get_language, gettext as _, gettext_lazy

from accounts.models import User
from customers.models import Tier
from tiering import services
from tiering.editing.draft import stamp
from tiering.models import Decides, Floor, Scheme, SchemeVersion
from tiering.scoring import FULL_TOTAL, PERCENT

MOST_TIERS: Final = 6
COLOURS: Final = (
    ("yellow", gettext_lazy("Yellow")),
    ("blue", gettext_lazy("Blue")),
    ("green", gettext_lazy("Green")),
    ("secondary", gettext_lazy("Grey")),
)
LONGEST_KEY: Final = 40
LONGEST_TIER: Final = 40
NEW: Final = "new"


def languages() -> tuple[str, str]:
    """The reader's own first."""
    return ("zh", "en") if (get_language() or "").startswith("zh") else ("en", "zh")


class InTwoLanguages(forms.Form):
    """A text that is left out in the other language says there the same as in the reader's own."""

    doubled: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name in self.doubled:
            fill(data, name)
        return data


def fill(data: dict[str, Any], name: str) -> None:
    texts = [data.get(f"{name}_{language}") for language in languages()]
    given = next((text for text in texts if text), None)
    for language in languages():
        if given and not data.get(f"{name}_{language}"):
            data[f"{name}_{language}"] = given


def described_in(language: str) -> forms.Textarea:
    """For a text in that language, whatever the language of the page."""
    return forms.Textarea(attrs={"rows": 2, "lang": {"zh": "zh-hans"}.get(language, language)})


class NewSchemeForm(InTwoLanguages):
    doubled = ("name", "description")

    name_zh = forms.CharField(label=gettext_lazy("Chinese name"), max_length=80, required=False)
    name_en = forms.CharField(label=gettext_lazy("English name"), max_length=80, required=False)
    description_zh = forms.CharField(
        label=gettext_lazy("Chinese description"), required=False, max_length=2_000, widget=described_in("zh")
    )  # fmt: skip
    description_en = forms.CharField(
        label=gettext_lazy("English description"), required=False, max_length=2_000, widget=described_in("en")
    )  # fmt: skip
    key = forms.SlugField(
        label=gettext_lazy("Key"),
        max_length=LONGEST_KEY,
        required=False,
        help_text=gettext_lazy("For commands and the interface: letters, digits, hyphens. Empty: made from the name."),
    )  # fmt: skip
    cadence = forms.ChoiceField(label=gettext_lazy("Re-graded"))
    source = forms.ChoiceField(
        label=gettext_lazy("Begin with"),
        help_text=gettext_lazy(
            "A copy takes over dimensions, indicators, weights and curves; all can be changed."
        ),
    )
    scale = forms.ChoiceField(
        label=gettext_lazy("Tiers"),
        help_text=gettext_lazy("On tiers that there are already, playbooks are there too. New ones need playbooks of their own."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, versions: Sequence[SchemeVersion]) -> None:
        super().__init__(data)
        self.versions = {version.pk: version for version in versions}
        own, other = languages()
        self.fields[f"name_{own}"].required = True
        self.fields[f"name_{other}"].help_text = _("Empty: as in your language.")
        self._offer(
            "cadence", list(Scheme._meta.get_field("cadence").choices or []), Scheme.cadence.field.default
        )
        copies = [(pk, f"{version} · {version.get_state_display()}") for pk, version in self.versions.items()]
        self._offer("source", [(NEW, _("An empty draft")), *copies], NEW)
        self._offer("scale", [*scales(), (NEW, _("New tiers, named below"))], NEW)
        for n in range(1, MOST_TIERS + 1):
            for language in (own, other):
                label = _("Chinese name") if language == "zh" else _("English name")
                self.fields[f"tier{n}_{language}"] = forms.CharField(
                    label=label, max_length=LONGEST_TIER, required=False
                )
            self.fields[f"tier{n}_colour"] = forms.ChoiceField(
                label=_("Colour"),
                choices=COLOURS,
                required=False,
                initial=COLOURS[min(n, len(COLOURS)) - 1][0],
            )

    def _offer(self, name: str, choices: list[Any], initial: str) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields[name].initial = initial

    @property
    def names(self) -> list[Any]:
        return [self[f"{name}_{language}"] for name in self.doubled for language in languages()]

    @property
    def tiers(self) -> list[tuple[int, list[Any]]]:
        """The best first: a row of fields for each that there may be."""
        return [
            (n, [self[f"tier{n}_{part}"] for part in (*languages(), "colour")])
            for n in range(1, MOST_TIERS + 1)
        ]

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        if key and Scheme.objects.filter(key=key).exists():
            raise forms.ValidationError(_("There is a scheme with this key already. Choose another one."))
        return key

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for n in range(1, MOST_TIERS + 1):
            fill(data, f"tier{n}")
        if data.get("scale") == NEW:
            self._clean_tiers(data)
        return data

    def _clean_tiers(self, data: dict[str, Any]) -> None:
        named = [n for n in range(1, MOST_TIERS + 1) if data.get(f"tier{n}_zh")]
        if len(named) < 2:  # noqa: PLR2004 - one tier tells nobody from anybody
            self._refuse(1, _("Name at least two tiers, the best first."))
            return
        if named[-1] != len(named):
            gap = next(n for n in range(1, MOST_TIERS + 1) if n not in named)
            self._refuse(gap, _("Leave no row empty between two tiers."))
            return
        for language in languages():
            names = [data[f"tier{n}_{language}"] for n in named]
            if twice := next((n for n, name in enumerate(names) if name in names[:n]), None):
                self._refuse(twice + 1, _("Two tiers have this name."))
                return

    def _refuse(self, tier: int, why: str) -> None:
        self.add_error(f"tier{tier}_{languages()[0]}", why)


def scales() -> list[tuple[str, str]]:
    """Each with its tiers in words, the best first."""
    found: dict[str, list[str]] = {}
    for tier in Tier.objects.order_by("scale", "rank"):
        found.setdefault(tier.scale, []).append(tier.name)
    return [(scale, " · ".join(names)) for scale, names in found.items()]


@transaction.atomic
def create(form: NewSchemeForm, *, by: User, at: datetime) -> SchemeVersion:
    """The scheme with its first draft. It grades nobody until a version is in force and customers are assigned to it."""
    said = form.cleaned_data
    words = {
        name: said[name] for name in ("name_zh", "name_en", "description_zh", "description_en", "cadence")
    }
    scheme = Scheme.objects.create(key=said["key"] or free_key(said["name_en"]), **words)
    tiers = new_tiers(said, scale=scheme.key) if said["scale"] == NEW else tiers_of(said["scale"])
    if said["source"] == NEW:
        draft = SchemeVersion.objects.create(scheme=scheme, number=1, note=by.name)
        lay_floors(draft, tiers)
    else:
        draft = services.copy_version(form.versions[int(said["source"])], by=by, into=scheme)
        if [floor.tier for floor in draft.floors.order_by("tier__rank")] != tiers:
            lay_floors(draft, tiers)
    stamp(draft, by=by, at=at)
    return draft


def free_key(name: str) -> str:
    """From the English name; a number where that is taken, or says nothing in Latin letters."""
    base = slugify(name)[: LONGEST_KEY - 4] or "scheme"
    taken = set(Scheme.objects.filter(key__startswith=base).values_list("key", flat=True))
    return (
        base
        if base not in taken
        else next(k for n in range(2, len(taken) + 3) if (k := f"{base}-{n}") not in taken)
    )


def tiers_of(scale: str) -> list[Tier]:
    return list(Tier.objects.filter(scale=scale).order_by("rank"))


def new_tiers(said: dict[str, Any], *, scale: str) -> list[Tier]:
    """On a scale that is called as the scheme, or nearly so where there is one already."""
    taken = set(Tier.objects.values_list("scale", flat=True))
    own = scale if scale not in taken else next(s for n in range(2, len(taken) + 3) if (s := f"{scale[:36]}-{n}") not in taken)  # fmt: skip
    tiers = []
    for n in range(1, MOST_TIERS + 1):
        if not said.get(f"tier{n}_zh"):
            break
        words = {f"name_{language}": said[f"tier{n}_{language}"] for language in languages()}
        colour = said[f"tier{n}_colour"] or COLOURS[0][0]
        tiers.append(Tier.objects.create(scale=own, key=new_key(own, n), rank=n, colour=colour, **words))
    return tiers


def new_key(scale: str, rank: int) -> str:
    """One that no tier of any scale has: what a reason says of a tier stays clear wherever it is read."""
    start = f"{scale[:14]}-{rank}"
    taken = set(Tier.objects.filter(key__startswith=start).values_list("key", flat=True))
    return start if start not in taken else next(k for n in range(2, len(taken) + 3) if (k := f"{start}-{n}") not in taken)  # fmt: skip


def lay_floors(draft: SchemeVersion, tiers: Sequence[Tier]) -> None:
    """The draft's own in the tiers' names, with their rules and approvals, where they are as many; else evenly, in whole
    points, and by floors: rules of other tiers say nothing of these."""
    floors = list(draft.floors.order_by("tier__rank"))
    if len(floors) == len(tiers) and all(low.total < high.total for high, low in pairwise(floors)):
        for floor, tier in zip(floors, tiers, strict=True):
            floor.tier = tier
            floor.save(update_fields=["tier"])
        return
    draft.floors.all().delete()
    draft.decides_by = Decides.FLOORS
    draft.save(update_fields=["decides_by"])
    point = FULL_TOTAL // PERCENT
    totals = [PERCENT * (len(tiers) - n) // len(tiers) * point for n in range(1, len(tiers) + 1)]
    Floor.objects.bulk_create(
        Floor(version=draft, tier=tier, total=total) for tier, total in zip(tiers, totals, strict=True)
    )


class SettingsForm(forms.ModelForm[Scheme]):
    """What a scheme says of itself: names, how often it re-grades, and when a re-grade waits for people."""

    class Meta:
        model = Scheme
        fields = [
            "name_zh", "name_en", "description_zh", "description_en", "cadence", "review", "guard_customers",
            "guard_amount", "guard_coverage", "guard_stale_days",
        ]  # fmt: skip
        widgets = {
            "description_zh": described_in("zh"),
            "description_en": described_in("en"),
            "review": forms.RadioSelect,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own, other = languages()
        self.fields["review"].choices = Scheme._meta.get_field("review").choices  # type: ignore[attr-defined]
        self.fields[f"name_{other}"].required = False
        self.fields[f"name_{other}"].help_text = _("Empty: as in your language.")
        self.order_fields([f"name_{own}", f"name_{other}", f"description_{own}", f"description_{other}"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("name", "description"):
            fill(data, name)
        return data

    @property
    def words(self) -> list[Any]:
        return [self[f"{name}_{language}"] for name in ("name", "description") for language in languages()]

    @property
    def guards(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("guard_")]
