"""Groups: the page of them, and customers that are put into one or taken out from the list."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.http import Request, once, only
from customers import services
from customers.forms import FillForm, GroupForm
from customers.listings.upkeep import groups
from customers.models import Group
from customers.views.book import back_to_list, ticked


@require_safe
def index(request: Request) -> HttpResponse:
    """Counts are of the customers whom the reader may see."""
    rows = groups(request.user)
    kept = set(Group.objects.kept_by(request.user).values_list("pk", flat=True))
    uses = services.uses_of(rows)
    context = {
        "groups": [(group, group.pk in kept, uses[group.pk]) for group in rows],
        "may_assign": request.user.may_assign,
    }
    return render(request, "customers/groups.html", context)


@only("may_assign")
@once
def create(request: Request) -> HttpResponse:
    form = GroupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        group = services.create_group(**form.cleaned_data, by=request.user, at=timezone.now())
        messages.success(
            request,
            _("“%(group)s” is made. Tick customers in the list and move them to it.") % {"group": group},
        )
        return redirect("customers:groups")
    return render(request, "customers/group.html", {"form": form}, status=422 if form.errors else 200)


@only("may_assign")
@once
def edit(request: Request, pk: int) -> HttpResponse:
    group = get_object_or_404(Group.objects.kept_by(request.user), pk=pk)
    form = GroupForm(request.POST or None, instance=group)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("“%(group)s” saved.") % {"group": group})
        return redirect("customers:groups")
    present = Group.objects.get(pk=pk)
    return render(
        request, "customers/group.html", {"form": form, "group": present}, status=422 if form.errors else 200
    )


@only("may_assign")
@once
def delete(request: Request, pk: int) -> HttpResponse:
    group = get_object_or_404(Group.objects.kept_by(request.user).counted(request.user), pk=pk)
    if request.method == "POST":
        try:
            services.delete_group(group)
        except services.InUseError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(
                request, _("“%(group)s” is deleted. Its customers stay as they are.") % {"group": group}
            )
        return redirect("customers:groups")
    context = {"group": group, "why": services.use_of(group)}
    return render(request, "customers/group_delete.html", context)


@require_POST
@only("may_assign")
@once
def fill(request: Request) -> HttpResponse:
    """The ticked customers go to a group: first it is asked which, then it is done."""
    try:
        pks = ticked(request)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return back_to_list(request)
    is_confirmed = "confirmed" in request.POST
    form = FillForm(request.POST if is_confirmed else None, request=request)
    if form.is_valid():
        try:
            return redirect(filled(request, form, pks))
        except services.InUseError as refused:
            form.add_error("group", str(refused))
    context = {
        "form": form,
        "count": len(pks),
        "customers": [] if request.POST.get("everything") else pks,
        "query": request.POST.get("query", ""),
    }
    return render(request, "customers/group_fill.html", context, status=422 if is_confirmed else 200)


def filled(request: Request, form: FillForm, pks: list[int]) -> str:
    """The address of the group's customers."""
    said = form.cleaned_data
    now = timezone.now()
    group = said["group"] or services.create_group(
        name=said["name"], description=said["description"], by=request.user, at=now
    )
    count = services.add_to_group(group, pks, by=request.user, at=now, out_of=said.get("out_of"))
    words = ngettext(
        "%(count)s customer moved to “%(group)s”.", "%(count)s customers moved to “%(group)s”.", count
    )
    messages.success(request, words % {"count": count, "group": group})
    return f"{reverse('customers:list')}?{urlencode({'group': group.pk})}"


@require_POST
@only("may_assign")
def empty(request: Request, pk: int) -> HttpResponse:
    """The ticked customers leave the group."""
    group = get_object_or_404(Group.objects.visible_to(request.user), pk=pk)
    try:
        count = len(services.take_out(group, ticked(request), by=request.user))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    except services.InUseError as refused:
        messages.error(request, str(refused))
    else:
        words = ngettext(
            "%(count)s customer taken out of “%(group)s”.",
            "%(count)s customers taken out of “%(group)s”.",
            count,
        )
        messages.success(request, words % {"count": count, "group": group})
    return back_to_list(request)
