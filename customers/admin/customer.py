"""The customer itself: saved through the services, so that history, version and search stay true."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _, ngettext
from simple_history.admin import SimpleHistoryAdmin

from customers import services
from customers.admin.search import FactAdmin
from customers.models import Contact, Customer, KeyDate
from customers.reference import industries, regions
from toolbox.admin import Admin, ReadOnly, shown, titled, whether
from toolbox.templatetags import formats

History = Customer.history.model


class ProfileForm(forms.ModelForm[Customer]):
    """`began_at` is the version on which this edit began: who comes second must look again."""

    began_at = forms.IntegerField(widget=forms.HiddenInput, required=False)
    industry = forms.ChoiceField(label=_("Industry"), required=False)
    province = forms.ChoiceField(label=_("Province"), required=False)
    city = forms.ChoiceField(label=_("City"), required=False)

    class Meta:
        model = Customer
        fields = [
            "code", "name", "initials", "kind", "lifecycle", "owner", "team", "industry", "province", "city", "size",
            "source", "preferred_channel", "cooperation_since", "notes",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["began_at"].initial = self.instance.version
        self.fields["code"].required = bool(self.instance.pk)
        for name, choices in (
            ("industry", industries.industry_choices),
            ("province", regions.province_choices),
            ("city", regions.city_choices),
        ):
            cast("forms.ChoiceField", self.fields[name]).choices = [("", "–"), *choices()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.instance.pk:
            now = Customer.objects.select_for_update(of=("self",)).get(pk=self.instance.pk)
            if now.version != data.get("began_at"):
                raise forms.ValidationError(
                    _(
                        "Somebody else has saved this customer meanwhile. Open the page again and repeat your change."
                    )
                )
        province, city = data.get("province"), data.get("city")
        if province and city and not city.startswith(province):
            self.add_error("city", _("This city is not in the chosen province."))
        return data


class ContactInline(admin.TabularInline[Contact, Customer]):
    model = Contact
    extra = 0


class KeyDateInline(admin.TabularInline[KeyDate, Customer]):
    model = KeyDate
    extra = 0


@admin.register(Customer)
class CustomerAdmin(SimpleHistoryAdmin, Admin[Customer]):
    form = ProfileForm
    list_display = (
        "code", "name", "tier", "score", "owner", "team", "lifecycle", "archived_at",
    )  # fmt: skip
    list_display_links = ("code", "name")
    list_filter = (
        whether("archived_at", _("archived")), "standing__tier", "lifecycle", "kind", "size", "team", "owner",
    )  # fmt: skip
    list_select_related = ("standing__tier", "owner", "team")
    search_fields = ("search_text",)
    search_help_text = _("Code, name, pinyin initials or contact")
    autocomplete_fields = ("owner", "team")
    ordering = ("name_key", "pk")
    fieldsets = (
        (None, {"fields": ("began_at", "code", "name", "initials", "kind", "lifecycle", "owner", "team")}),
        (_("Profile"), {"fields": ("industry", "province", "city", "size", "source", "preferred_channel")}),
        (_("Cooperation"), {"fields": ("cooperation_since", "notes")}),
        (
            _("As it stands"),
            {"fields": ("tier", "score", "archived_at", "version", "created_at", "updated_at")},
        ),
    )
    readonly_fields = ("tier", "score", "archived_at", "version", "created_at", "updated_at")
    inlines = (ContactInline, KeyDateInline)
    actions = ("archive", "restore")
    score = shown("standing__total", _("score"), formats.score)

    @admin.display(description=_("tier"), ordering="standing__tier__rank")
    def tier(self, customer: Customer) -> str:
        return str(getattr(customer, "standing", None) or _("Not yet graded"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        found = queryset & Customer.objects.matching(search_term) if search_term.strip() else queryset
        return found, False

    def has_delete_permission(self, *_asked: Any, **_more: Any) -> bool:
        """A customer is archived: what happened with them is kept."""
        return False

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        if not change:
            services.create_customer(obj, by=request.user)  # type: ignore[arg-type]
        elif form.changed_data:
            services.save_customer(obj, version=form.cleaned_data["began_at"], by=request.user)  # type: ignore[arg-type]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        services.refresh_search(form.instance)

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        pks = list(queryset.values_list("pk", flat=True))
        self.told(request, services.archive(pks, by=request.user, at=timezone.now()))  # type: ignore[arg-type]

    @admin.action(description=_("Restore"), permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        pks = list(queryset.values_list("pk", flat=True))
        self.told(request, services.restore(pks, by=request.user))  # type: ignore[arg-type]

    def told(self, request: HttpRequest, changed: int) -> None:
        text = ngettext("%(count)s customer changed.", "%(count)s customers changed.", changed)
        self.message_user(request, text % {"count": changed}, messages.SUCCESS)


@admin.register(History)
class HistoryAdmin(ReadOnly[Any]):
    """Every edit of a profile, as it stood afterwards."""

    list_display = ("at", "what", "code", "name", "by", "owner", "team", "version")
    list_filter = (
        ("history_type", titled(admin.ChoicesFieldListFilter, _("edit"))),
        ("history_date", titled(admin.DateFieldListFilter, _("edited at"))),
    )
    list_select_related = ("history_user", "owner", "team")
    search_fields = ("code", "name")
    ordering = ("-history_date", "-history_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(id__in=Customer.objects.visible_to(request.user))  # type: ignore[arg-type]

    @admin.display(description=_("edited at"), ordering="history_date")
    def at(self, edit: Any) -> datetime:
        moment: datetime = edit.history_date
        return moment

    @admin.display(description=_("edit"), ordering="history_type")
    def what(self, edit: Any) -> str:
        return str(edit.get_history_type_display())

    @admin.display(description=_("edited by"), ordering="history_user", empty_value="–")
    def by(self, edit: Any) -> str | None:
        return edit.history_user and str(edit.history_user)


@admin.register(Contact)
class ContactAdmin(FactAdmin[Contact]):
    """The customer is found by the contact at once, and no longer by one that is gone."""

    list_display = ("name", "title", "customer", "phone", "email", "preferred_channel", "is_primary")
    list_filter = ("is_primary", "preferred_channel")
    ordering = ("-pk",)

    def delete_model(self, request: HttpRequest, obj: Contact) -> None:
        services.remove_contact(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Contact]) -> None:
        for contact in queryset.select_related("customer"):
            services.remove_contact(contact)


@admin.register(KeyDate)
class KeyDateAdmin(FactAdmin[KeyDate]):
    list_display = ("label", "customer", "on", "repeats")
    list_filter = ("repeats",)
    own_search = ("label__contains",)
    ordering = ("-pk",)
