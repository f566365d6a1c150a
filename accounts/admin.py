"""People, teams and the tokens of programs are run from here."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken import admin as token_admin
from rest_framework.authtoken.models import TokenProxy

from accounts.models import Delivery, Letter, Team, User
from toolbox.admin import Admin, Guarded, ReadOnly

OF_SUPERUSERS = ("is_superuser", "groups", "user_permissions")
ABOUT = ("display_name", "role", "team", "language", "email", "wants_mail", "phone", "weekly_hours")


@admin.register(User)
class UserAdmin(Guarded, auth_admin.UserAdmin[User]):
    list_display = (
        "username", "display_name", "role", "team", "language", "is_active", "is_staff", "last_login",
    )  # fmt: skip
    list_filter = ("role", "team", "is_active", "is_staff", "language")
    list_select_related = ("team",)
    search_fields = ("username", "display_name", "email", "phone")
    ordering = ("username",)
    autocomplete_fields = ("team",)
    filter_horizontal = ("groups", "user_permissions")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("About the person"), {"fields": ABOUT}),
        (
            _("Administration"),
            {
                "fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions"),
                "description": _("The role says what a person may do in the product; this, what here."),
            },
        ),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", *ABOUT, "usable_password", "password1", "password2"),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Nobody gives what they do not have."""
        return self.readonly_fields if request.user.is_superuser else (*self.readonly_fields, *OF_SUPERUSERS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser's password and role are other superusers' business."""
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not is_above and super().has_change_permission(request, obj)

    def has_delete_permission(self, *_asked: Any, **_more: Any) -> bool:
        """Who leaves is made inactive: what they did still bears their name."""
        return False


@admin.register(Team)
class TeamAdmin(Admin[Team]):
    """The whole tree in its order, as the paths say it."""

    list_display = ("in_tree", "parent", "people")
    list_select_related = ("parent",)
    search_fields = ("name",)
    autocomplete_fields = ("parent",)
    ordering = ("path",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        return super().get_queryset(request).annotate(people=Count("members"))

    @admin.display(description=_("team"))
    def in_tree(self, team: Team) -> str:
        depth = team.path.count("/") - 2
        indent = "\u2003" * depth + ("└ " if depth else "")
        return indent + team.name

    @admin.display(description=_("people"))
    def people(self, team: Any) -> int:
        count: int = team.people
        return count


admin.site.unregister([Group, TokenProxy])


@admin.register(Group)
class GroupAdmin(Guarded, auth_admin.GroupAdmin):
    pass


@admin.register(TokenProxy)
class TokenAdmin(token_admin.TokenAdmin, Admin[TokenProxy]):
    """A program's key is shown on its own page only, never in a list over a shoulder or in an address."""

    list_display = ("user", "role", "beginning", "created")
    list_filter = ("created", "user__role")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__display_name")
    autocomplete_fields = ("user",)
    ordering = ("user__username",)
    fields = ("user", "key", "created")
    readonly_fields = ("key", "created")

    def has_change_permission(self, *_asked: Any, **_more: Any) -> bool:
        """A key is thrown away and made anew, never handed on to another user."""
        return False

    @admin.display(description=_("role"), ordering="user__role")
    def role(self, token: TokenProxy) -> str:
        return str(token.user.get_role_display())

    @admin.display(description=_("key"))
    def beginning(self, token: TokenProxy) -> str:
        return f"{token.key[:6]}…"


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly[Delivery]):
    """What went out, what waits and what failed, and why. Nothing is sent again from here."""

    list_display = ("notice", "channel", "state", "attempts", "tried_at", "error")
    list_filter = ("state", "channel")
    list_select_related = ("notice__recipient",)
    search_fields = ("notice__recipient__username", "notice__recipient__display_name", "notice__key")
    ordering = ("-pk",)


@admin.register(Letter)
class LetterAdmin(ReadOnly[Letter]):
    """E-mails that are no notices: daily summaries, invitations to surveys. Nothing is sent again from here."""

    list_display = ("address", "kind", "state", "at", "attempts", "tried_at", "error")
    list_filter = ("state", "kind")
    search_fields = ("address", "key")
    ordering = ("-pk",)
