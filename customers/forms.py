"""What a person may type about customers and their facts."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from customers import queries
from customers.filters import colleagues, groups, own_teams
from customers.imports import life, reading
from customers.imports.kind import Kind
from customers.imports.mappings import GENERIC, MAPPINGS
from customers.models import (
    Contact,
    Contract,
    Customer,
    Group,
    Import,
    Interaction,
    KeyDate,
    Order,
    Payment,
    ServiceRequest,
)
from customers.models.customer import refuse_hidden
from customers.models.fact import Fact
from customers.reference import industries, regions
from customers.services import merging, moment_of
from toolbox.choices import InReadingOrder, NameField
from toolbox.forms import date_input
from toolbox.sheetfiles.delimited import ENCODINGS
from toolbox.sheets import column_letter, keys

NOTHING = ("", "–")


@dataclass(frozen=True)
class Conflict:
    """A field that somebody else changed meanwhile, and what this edit makes of it."""

    label: str
    theirs: str
    yours: str


@dataclass(frozen=True)
class Merge:
    """What two edits make of a profile: fields both changed, and those of the other that are taken over."""

    conflicts: list[Conflict]
    taken: list[Conflict]
    data: dict[str, Any]
    """As the browser would have sent the fields taken over."""


class CustomerForm(forms.ModelForm[Customer]):
    """The profile. `version` is where this edit began."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    industry = forms.ChoiceField(
        label=_("Industry"), required=False, choices=lambda: [NOTHING, *industries.industry_choices()]
    )
    province = forms.ChoiceField(
        label=_("Province"), required=False, choices=lambda: [NOTHING, *regions.province_choices()]
    )
    city = forms.ChoiceField(
        label=_("City"), required=False, choices=lambda: [NOTHING, *regions.city_choices()]
    )

    class Meta:
        model = Customer
        fields = [
            "name", "code", "kind", "lifecycle", "owner", "team", "industry", "size", "province", "city", "source",
            "preferred_channel", "cooperation_since", "initials", "notes",
        ]  # fmt: skip
        widgets = {"cooperation_since": date_input(), "notes": forms.Textarea(attrs={"rows": 4})}
        help_texts = {"code": _("Leave empty to have one made.")}

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.fields["code"].required = bool(self.instance.pk)
        if self.instance.pk:
            self.fields["code"].help_text = ""
        owners, teams = colleagues(request), own_teams(request.user)
        if self.instance.owner_id:
            owners = owners | User.objects.filter(pk=self.instance.owner_id)
        if self.instance.team_id:
            teams = teams | Team.objects.filter(pk=self.instance.team_id)
        set_choices(self.fields["owner"], owners)
        set_choices(self.fields["team"], teams)
        if not request.user.may_assign:
            del self.fields["owner"], self.fields["team"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        province, city = data.get("province"), data.get("city")
        if province and city and not city.startswith(province):
            self.add_error("city", _("This city is not in the chosen province."))
        if {"owner", "team"} & set(self.changed_data):
            self.clean_whose(data)
        return data

    def clean_whose(self, data: dict[str, Any]) -> None:
        """An owner without a team named brings the own team; a lead keeps in sight what is given away."""
        owner, team = data.get("owner"), data.get("team")
        if owner and not team:
            data["team"] = owner.team
        if not owner and not team and not self.request.user.sees_all:
            self.add_error("team", _("Choose an account manager or a team: nobody would see this customer."))
        if owner and team and not team.holds(owner):
            self.add_error("team", not_in_team(owner, team))

    def merge(self, current: Customer, base: Any) -> Merge:
        """This edit, begun at `base`, with what was saved since. Without a base every difference is a conflict."""
        merge, now = Merge([], [], {}), CustomerForm(instance=current, request=self.request)
        for name in self.fields:
            mine, theirs = self.cleaned_data.get(name), getattr(current, name)
            if name == "version" or same(mine, theirs) or (base and same(theirs, getattr(base, name))):
                continue
            shown = [queries.shown(row, name, getattr(row, name)) for row in (current, self.instance)]
            conflict = Conflict(str(self.fields[name].label), *shown)
            if base and same(mine, getattr(base, name)):
                merge.taken.append(conflict)
                merge.data[name] = "" if theirs is None else now[name].value()
            else:
                merge.conflicts.append(conflict)
        return merge


@dataclass(frozen=True)
class MergeRow:
    """One field of two profiles. `choice` names the form's field where the two differ."""

    label: str
    kept: str
    taken: str
    choice: str
    picked: str
    """Whose is picked."""
    may_be_both: bool = False


class MergeForm(forms.Form):
    """Whose field the one customer has, where the two differ. The versions are those that were looked at."""

    keeper_version = forms.IntegerField(widget=forms.HiddenInput)
    gone_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, keeper: Customer, gone: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keeper, self.gone = keeper, gone
        self.stale = False
        self.initial = {"keeper_version": keeper.version, "gone_version": gone.version}
        for name in merging.FIELDS:
            if self.differs(name):
                choices = [merging.KEPT, merging.TAKEN] + [merging.BOTH] * (name == "notes")
                self.fields[name] = forms.ChoiceField(choices=[(key, key) for key in choices])

    def differs(self, name: str) -> bool:
        return any(
            not same(getattr(self.keeper, column), getattr(self.gone, column))
            for column in merging.FIELDS[name]
            if column != "initials"
        )

    def rows(self) -> list[MergeRow]:
        return [
            MergeRow(
                label=merging.label(name),
                kept=said(self.keeper, name),
                taken=said(self.gone, name),
                choice=name if name in self.fields else "",
                picked=self.data.get(name) or self.sensible(name),
                may_be_both=name == "notes",
            )
            for name in merging.FIELDS
        ]

    def sensible(self, name: str) -> str:
        """What is filled beats what is empty, and who was a customer earlier was so for both."""
        kept, taken = (getattr(row, merging.FIELDS[name][0]) for row in (self.keeper, self.gone))
        if name == "cooperation_since" and kept and taken:
            return merging.TAKEN if taken < kept else merging.KEPT
        if name == "notes" and kept and taken:
            return merging.BOTH
        return merging.TAKEN if taken and not kept else merging.KEPT

    def seen(self) -> tuple[Customer, Customer]:
        """The two, as of the versions that were looked at."""
        self.keeper.version = self.cleaned_data["keeper_version"]
        self.gone.version = self.cleaned_data["gone_version"]
        return self.keeper, self.gone

    def chosen(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in merging.FIELDS if name in self.fields}


def said(customer: Customer, name: str) -> str:
    """A field of the profile, for people, with what comes with it."""
    match name:
        case "owner":
            return " · ".join(str(one) for one in (customer.owner, customer.team) if one) or "–"
        case "province":
            return customer.region_name or "–"
        case "cooperation_since":
            return date_format(customer.cooperation_since) if customer.cooperation_since else "–"
        case _other:
            return queries.shown(customer, name, getattr(customer, name))


def same(one: Any, other: Any) -> bool:
    """Nothing is nothing, and a form sends lines and edges of a text in its own way."""
    return bool(plain(one) == plain(other))


def plain(value: Any) -> Any:
    return "\n".join(value.strip().splitlines()) if isinstance(value, str) else value


def set_choices(field: forms.Field, rows: QuerySet[Any]) -> None:
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - only called with those
    field.iterator = InReadingOrder
    field.queryset = rows


def not_in_team(owner: User, team: Team) -> forms.ValidationError:
    return forms.ValidationError(
        _(
            "%(owner)s does not work in %(team)s. Choose another team, or leave it empty to take the person's own."
        ),
        params={"owner": owner, "team": team},
    )


class AssignForm(forms.Form):
    """Give the ticked customers to somebody, to a team, or both."""

    owner = NameField(User.objects.none(), label=_("Account manager"), required=False)
    team = NameField(Team.objects.none(), label=_("Team"), required=False)

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self.fields["owner"], colleagues(request))
        set_choices(self.fields["team"], own_teams(request.user))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        owner, team = data.get("owner"), data.get("team")
        if not owner and not team:
            raise forms.ValidationError(_("Choose an account manager or a team."))
        if owner and team and not team.holds(owner):
            raise not_in_team(owner, team)
        return data


class GroupForm(forms.ModelForm[Group]):
    class Meta:
        model = Group
        fields = ["name", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}
        help_texts = {"description": _("What it is for, so that others can use it.")}


class FillForm(forms.Form):
    """Which group the ticked customers go to, or that a new one is made; and which one they leave."""

    group = NameField(Group.objects.none(), label=_("Group"), required=False, empty_label=_("A new group"))
    name = forms.CharField(label=_("Name of the new group"), max_length=80, required=False)
    description = forms.CharField(
        label=_("Description"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    out_of = NameField(
        Group.objects.none(),
        label=_("They leave the group"),
        required=False,
        empty_label=_("None, they stay"),
    )

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        visible = groups(request)
        set_choices(self.fields["group"], visible)
        set_choices(self.fields["out_of"], visible)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "group" in self.errors or data.get("group"):
            return data
        if not data.get("name"):
            self.add_error("name", _("Choose a group, or give the new one a name."))
        elif Group.objects.filter(name=data["name"]).exists():
            self.add_error("name", _("There is a group of this name already. Choose another name."))
        return data


class FactForm(forms.ModelForm[Any]):
    """A form for one fact of a customer. The customer and who writes are set by the view.

    A correction carries along what stood there when it began, so that `changed_data` is what was typed.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = bool(self.instance.pk)

    def prepare(self, fact: Fact, user: User) -> None:
        """Fill in what is not typed."""


class ContactForm(FactForm):
    class Meta:
        model = Contact
        fields = ["name", "title", "phone", "email", "wechat", "preferred_channel", "birthday", "is_primary"]


class KeyDateForm(FactForm):
    class Meta:
        model = KeyDate
        fields = ["label", "on", "repeats"]
        widgets = {"on": date_input()}


class InteractionForm(FactForm):
    on = forms.DateField(
        label=_("On which day"), required=False, initial=timezone.localdate, widget=date_input()
    )

    class Meta:
        model = Interaction
        fields = ["channel", "topic", "on", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 3, "data-autofocus": True})}

    def clean_on(self) -> date | None:
        on: date | None = self.cleaned_data["on"]
        self.at = moment_of(on, now=timezone.now())
        return on

    def prepare(self, fact: Fact, user: User) -> None:
        assert isinstance(fact, Interaction)  # noqa: S101 - Meta.model
        fact.by, fact.department, fact.at = user, user.department, self.at


class NumberedForm(FactForm):
    """Of a fact that a sheet finds by its number: what is typed is refused as it is there."""

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"]
        if "number" in self.changed_data:
            refuse_hidden(number)
        return number


class OrderForm(NumberedForm):
    class Meta:
        model = Order
        fields = ["number", "ordered_on", "amount", "category", "customised_share"]
        widgets = {"ordered_on": date_input()}


class PaymentForm(FactForm):
    class Meta:
        model = Payment
        fields = ["amount", "due_on", "paid_on"]
        widgets = {"due_on": date_input(), "paid_on": date_input()}


class ContractForm(NumberedForm):
    class Meta:
        model = Contract
        fields = ["number", "subject", "amount", "starts_on", "ends_on", "renewed_on"]
        widgets = {"starts_on": date_input(), "ends_on": date_input(), "renewed_on": date_input()}


class RequestForm(FactForm):
    class Meta:
        model = ServiceRequest
        fields = ["subject", "topic", "department", "detail"]
        widgets = {"detail": forms.Textarea(attrs={"rows": 3})}

    def prepare(self, fact: Fact, user: User) -> None:
        assert isinstance(fact, ServiceRequest)  # noqa: S101 - Meta.model
        if not fact.pk:
            fact.opened_by, fact.opened_at = user, timezone.now()


class ResolutionForm(forms.Form):
    resolution = forms.CharField(
        label=_("What was done"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )


FACTS: dict[str, type[FactForm]] = {
    "interaction": InteractionForm,
    "contact": ContactForm,
    "key-date": KeyDateForm,
    "order": OrderForm,
    "payment": PaymentForm,
    "contract": ContractForm,
    "request": RequestForm,
}
"""Kinds of facts that can be added on the customer's page, by their word in the address."""
CORRECTABLE = ("contact", "key-date", "payment", "contract")
"""Facts that change by nature (a bill is paid, a contract is renewed). The others are appended only."""
BY_ANY_DEPARTMENT = ("interaction", "request")
"""Facts that everybody who sees the customer may add."""


ORDER_FILES = (".csv", ".csv.gz", ".xlsx", ".xls")


class OrderFileForm(forms.Form):
    """A file of orders. What stands in it is checked in the background."""

    file = forms.FileField(label=_("File"), widget=forms.FileInput(attrs={"accept": ".csv,.gz,.xlsx,.xls"}))
    mapping = forms.ChoiceField(
        label=_("Kind of file"),
        choices=lambda: [(mapping.key, mapping.name) for mapping in MAPPINGS.values()],
        initial=GENERIC.key,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hint = _("An Excel workbook or a CSV file (also as .csv.gz) of at most %(limit)s MB.")
        self.fields["file"].help_text = hint % {"limit": settings.UPLOAD_LIMIT_MB}

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if not (file.name or "").lower().endswith(ORDER_FILES):
            raise forms.ValidationError(
                _(
                    "“%(name)s” is neither a workbook nor a CSV file. Save it as .xlsx or .csv and choose it again."
                ),
                params={"name": file.name},
            )
        if (file.size or 0) > settings.UPLOAD_LIMIT_MB * 1024 * 1024:
            raise forms.ValidationError(
                _("“%(name)s” is larger than %(limit)s MB. Split it, or send it as .csv.gz."),
                params={"name": file.name, "limit": settings.UPLOAD_LIMIT_MB},
            )
        return file


SHEET_FILES = ".xlsx,.xlsm,.xls,.xlsb,.ods,.et,.csv,.tsv,.txt,.gz"


class ImportFileForm(forms.Form):
    """A sheet on its way in. What stands in it is read in the background, whatever its suffix says."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": SHEET_FILES, "class": "form-control drop-input"}),
    )
    mode = forms.ChoiceField(label=_("What to do"), choices=Import.Mode.choices, initial=Import.Mode.BOTH)

    def __init__(self, *args: Any, kind: type[Kind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not kind.creates:
            del self.fields["mode"]

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > settings.UPLOAD_LIMIT_MB * 1024 * 1024:
            raise forms.ValidationError(
                _("“%(name)s” is larger than %(limit)s MB. Split it into smaller files."),
                params={"name": file.name, "limit": settings.UPLOAD_LIMIT_MB},
            )
        return file


class ReadingForm(forms.Form):
    """How a file is to be read, beginning with what was recognised."""

    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    header_rows = forms.CharField(
        label=_("Header rows"),
        max_length=20,
        required=False,
        help_text=_("Row numbers as Excel shows them: 3, or 2,3 where there are two. Empty: found anew."),
    )
    last_row = forms.IntegerField(
        label=_("Last row of data"),
        min_value=1,
        max_value=1_048_576,
        required=False,
        help_text=_("Empty: to the end, without totals and notes."),
    )
    encoding = forms.ChoiceField(label=_("Encoding"), required=False)
    separator = forms.ChoiceField(
        label=_("Separator"),
        choices=[(",", _("Comma ,")), (";", _("Semicolon ;")), ("\t", _("Tab")), ("|", _("Vertical bar |"))],
        required=False,
    )

    def __init__(self, *args: Any, parent: Import, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parent = parent
        found = parent.found
        names = [sheet["name"] for sheet in found.get("sheets", [])]
        set_options(self.fields["sheet"], [(name, name) for name in names], found.get("sheet", ""))
        self.fields["header_rows"].initial = ",".join(map(str, found.get("header_rows", [])))
        self.fields["last_row"].initial = parent.reading.get("last_row")
        set_options(
            self.fields["encoding"], [(name, name.upper()) for name in ENCODINGS], found.get("encoding", "")
        )
        self.fields["separator"].initial = found.get("separator", "")
        if not found.get("separator"):
            separator: Any = self.fields["separator"]
            separator.choices = [("", _("found anew")), *separator.choices]
        if found.get("format") not in {"text", None}:
            del self.fields["encoding"], self.fields["separator"]
        if found.get("format") in {"text", None}:
            del self.fields["sheet"]

    def clean_header_rows(self) -> list[int]:
        try:
            return life.header_rows(self.cleaned_data["header_rows"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def reading(self) -> dict[str, Any]:
        """What differs from what would be recognised anyway, and the rest that was said before."""
        said = dict(self.parent.reading)
        said.pop("map", None)
        changed = self.cleaned_data
        if changed.get("sheet"):
            said["sheet"] = changed["sheet"]
            if changed["sheet"] != self.parent.found.get("sheet"):
                said.pop("header_rows", None)
        is_other_sheet = bool(changed.get("sheet")) and changed["sheet"] != self.parent.found.get("sheet")
        is_same = changed["header_rows"] == self.parent.found.get("header_rows")
        if changed["header_rows"] and not (is_other_sheet and is_same):
            said["header_rows"] = changed["header_rows"]
        else:
            said.pop("header_rows", None)
        for name in ("encoding", "separator"):
            if changed.get(name):
                said[name] = changed[name]
        said["last_row"] = changed["last_row"]
        return said


def set_options(field: forms.Field, options: list[tuple[str, str]], initial: str) -> None:
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - only called with those
    field.choices = options
    field.initial = initial


@dataclass(frozen=True)
class MappedColumn:
    """A column of the sheet on the page of columns."""

    letter: str
    header: str
    samples: list[str]
    field: Any
    is_likely: bool
    is_ambiguous: bool


class MappingForm(forms.Form):
    """Which column of the sheet is which of ours: one choice for each that has a header or values."""

    LEFT_OUT: Final = "-"
    """Of a column that others could be as well: it was looked at, and is none of ours."""

    mode = forms.ChoiceField(label=_("What to do"), choices=Import.Mode.choices)
    save_as = forms.CharField(
        label=_("Save as a mapping"),
        max_length=80,
        required=False,
        help_text=_("It is applied by itself to the next sheet with the same headers."),
    )
    is_shared = forms.BooleanField(label=_("For everybody"), required=False)

    def __init__(self, *args: Any, parent: Import, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parent, self.kind, self.columns = parent, kind, kind.columns
        self.fields["mode"].initial = parent.mode
        if not kind.creates:
            del self.fields["mode"]
        found = parent.found
        self.places = [
            at
            for at in range(max(len(found["headers"]), len(found["samples"])))
            if (self.header(at) or (at < len(found["samples"]) and found["samples"][at]))
            and not keys.is_header(self.header(at))
        ]
        by_place = {at: key for key, at in parent.mapping.items()}
        names = [(column.key, column.label()) for column in self.columns.all]
        usual = [("", _("– leave out –")), *names]
        open_ = [("", _("– please choose –")), (self.LEFT_OUT, _("– leave out –")), *names]
        self.ambiguous = {at for places in found.get("ambiguous", {}).values() for at in places}
        self.was_asked = bool(parent.mapping_name) or parent.state != Import.State.READ
        for at in self.places:
            is_open = at in self.ambiguous
            self.fields[f"column_{at}"] = forms.ChoiceField(
                label=_("Column %(letter)s stands for") % {"letter": column_letter(at)},
                choices=open_ if is_open else usual,
                required=False,
                initial=by_place.get(at, self.LEFT_OUT if is_open and self.was_asked else ""),
            )

    def header(self, at: int) -> str:
        headers = self.parent.found["headers"]
        return headers[at] if at < len(headers) else ""

    def rows(self) -> list[MappedColumn]:
        found = self.parent.found
        likely = {self.parent.mapping.get(key) for key in found.get("likely", [])}
        return [
            MappedColumn(
                letter=column_letter(at),
                header=self.header(at),
                samples=found["samples"][at] if at < len(found["samples"]) else [],
                field=self[f"column_{at}"],
                is_likely=at in likely and not self.parent.mapping_name,
                is_ambiguous=at in self.ambiguous and not self.was_asked,
            )
            for at in self.places
        ]

    def mapping(self) -> dict[str, int]:
        said = ((at, self.cleaned_data.get(f"column_{at}")) for at in self.places)
        return {key: at for at, key in said if key and key != self.LEFT_OUT}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first: dict[str, int] = {}
        left_out: set[int] = set()
        for at in self.places:
            key = data.get(f"column_{at}")
            if key == self.LEFT_OUT:
                left_out.add(at)
            elif key and key in first:
                self.add_error(
                    f"column_{at}",
                    _("Column %(letter)s stands for it already.") % {"letter": column_letter(first[key])},
                )
            elif key:
                first[key] = at
        if problems := reading.undecided(self.parent, self.columns, first, left_out):
            raise forms.ValidationError(problems)
        if not first:
            raise forms.ValidationError(reading.nothing_known(self.parent, self.columns))
        if problems := reading.missing_columns(self.parent, self.kind, first):
            raise forms.ValidationError(problems)
        return data
