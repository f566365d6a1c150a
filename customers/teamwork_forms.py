"""What people may type about working together on a customer: service team, notes with files, filters, hand-overs."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from accounts.models import Department, User
from customers import access
from customers.filters import colleagues
from customers.forms import set_choices
from customers.models import SEATS, Customer, Seat
from customers.models.seat import ROLES
from customers.services import Checked
from customers.stream import Asked, kinds
from toolbox.choices import NameField, reading, said
from toolbox.filetypes import KNOWN, WrongFileError, kind_of
from toolbox.forms import date_input

LEAVE, NOBODY = "", "nobody"
MEGABYTE: Final = 1024 * 1024


def workers() -> dict[str, list[User]]:
    """Who can sit where, in reading order."""
    staff = sorted(User.objects.filter(is_active=True, role__in=list(ROLES.values())), key=reading)
    return {department: [user for user in staff if user.role == role] for department, role in ROLES.items()}


class TeamForm(forms.Form):
    """Who serves one customer. Whoever sits there and has left stands among the choices until replaced."""

    def __init__(self, data: Any = None, *, customer: Customer) -> None:
        super().__init__(data)
        taken = {
            seat.department: seat.person
            for seat in Seat.objects.taken().filter(customer=customer).select_related("person")
        }
        for department, title in SEATS.items():
            now = taken.get(department)
            people = Q(is_active=True, role=ROLES[department])
            if now:
                people |= Q(pk=now.pk)
            self.fields[department] = NameField(
                User.objects.filter(people), label=title, required=False, empty_label=_("Anybody in the department"), initial=now
            )  # fmt: skip

    def changes(self) -> dict[str, User | None]:
        return {name: self.cleaned_data[name] for name in self.changed_data}


class SeatsForm(forms.Form):
    """Who serves the ticked customers; what is left as it is stays with each."""

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.people: dict[str, User] = {}
        staff = workers()
        for department, title in SEATS.items():
            people = staff[department]
            self.people |= {str(user.pk): user for user in people}
            self.fields[department] = forms.ChoiceField(
                label=title,
                required=False,
                choices=[
                    (LEAVE, _("Leave as it is")),
                    (NOBODY, _("Anybody in the department")),
                    *((str(user.pk), said(user)) for user in people),
                ],
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not any(data.values()):
            raise forms.ValidationError(_("Choose whom the customers are to be served by."))
        return data

    def team(self) -> dict[str, User | None]:
        return {name: self.people.get(value) for name, value in self.cleaned_data.items() if value != LEAVE}


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each looked into: kind, content and size."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files: Sequence[UploadedFile[Any]] = (
            data if isinstance(data, list | tuple) else [data] if data else []
        )
        if len(files) > settings.ATTACHMENTS_AT_ONCE:
            raise ValidationError(
                _("At most %(limit)s files at once. Attach the others to another note."),
                params={"limit": settings.ATTACHMENTS_AT_ONCE},
            )
        return [checked(super(FilesField, self).clean(file, initial)) for file in files]


def checked(file: "UploadedFile[Any]") -> Checked:
    if (file.size or 0) > settings.ATTACHMENT_LIMIT_MB * MEGABYTE:
        raise ValidationError(
            _("“%(name)s” is larger than %(limit)s MB."),
            params={"name": file.name, "limit": settings.ATTACHMENT_LIMIT_MB},
        )
    try:
        kind = kind_of(file.name or "", file)
    except WrongFileError as refusal:
        raise ValidationError(str(refusal)) from None
    return Checked(file=file, media_type=kind.media_type)


class NoteForm(forms.Form):
    """A note to colleagues. Whom it names stands in its words."""

    words = forms.CharField(
        label=_("Note"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3, "data-mentions": True}),
        help_text=_("Type @ to mention a colleague who sees this customer."),
    )
    attached = FilesField(label=_("Files"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attached"].widget.attrs["accept"] = ",".join(f".{kind}" for kind in KNOWN)
        self.fields["attached"].help_text = _("Up to %(count)s files of %(limit)s MB each.") % {
            "count": settings.ATTACHMENTS_AT_ONCE,
            "limit": settings.ATTACHMENT_LIMIT_MB,
        }


def kind_choices() -> list[tuple[str, str | Promise]]:
    return [("", _("All")), *kinds.items()]


class StreamForm(forms.Form):
    """What of the timeline is shown."""

    kind = forms.ChoiceField(label=_("Kind"), choices=kind_choices, required=False)
    department = forms.ChoiceField(
        label=_("Department"), choices=[("", _("All")), *Department.choices], required=False
    )
    person = NameField(label=_("Person"), queryset=User.objects.all(), required=False, empty_label=_("All"))
    since = forms.DateField(label=pgettext_lazy("of a period", "From"), required=False, widget=date_input())
    until = forms.DateField(label=pgettext_lazy("of a period", "Until"), required=False, widget=date_input())

    def asked(self) -> Asked | None:
        """None where it is not understood: then nothing is shown."""
        if not self.is_valid():
            return None
        data = self.cleaned_data
        person = data["person"]
        return Asked(
            kind=data["kind"],
            department=data["department"],
            person=person.pk if person else None,
            since=data["since"],
            until=data["until"],
        )


class HandoverForm(forms.Form):
    """To whom, and what the successor should know."""

    taker = NameField(User.objects.none(), label=pgettext_lazy("of a hand-over", "To"))
    words = forms.CharField(
        label=_("What the successor should know"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, data: Any = None, *, request: Any, giver: User | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        people = colleagues(request).filter(is_active=True)
        set_choices(self.fields["taker"], people.exclude(pk=giver.pk) if giver else people)


class BookForm(HandoverForm):
    """The whole book of somebody, who may have left."""

    giver = NameField(User.objects.none(), label=pgettext_lazy("of a hand-over", "From"))
    field_order = ("giver", "taker", "words")

    def __init__(self, data: Any = None, *, request: Any, **more: Any) -> None:
        super().__init__(data, request=request, **more)
        theirs = Customer.objects.filter(
            owner=OuterRef("pk"), pk__in=Customer.objects.visible_to(request.user).values("pk")
        )
        set_choices(self.fields["giver"], User.objects.filter(Exists(theirs)))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)


def mentionable(customer: Customer, asked: str, *, but: User, most: int = 8) -> list[User]:
    """Colleagues who see the customer and whose name, or user name, holds what was typed; in reading order."""
    people = access.who_sees(customer).exclude(pk=but.pk)
    if asked:
        people = people.filter(Q(display_name__icontains=asked) | Q(username__icontains=asked))
    return sorted(people, key=reading)[:most]
