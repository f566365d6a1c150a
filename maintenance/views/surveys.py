"""Surveys: their pages, inviting to them, the feedback log, and the public page on which customers answer."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.http import Request, address_of, once, only
from accounts.models import User
from customers import scales
from customers.models import Customer, Tier
from customers.views.book import LONGEST_ID, back_to_list, ticked
from maintenance.forms.surveys import AnswerForm, InviteForm, Questions, SurveyForm
from maintenance.listings import ANSWERS, INVITATIONS
from maintenance.models import Answer, Invitation, Question, Survey
from maintenance.surveys import answering, asking, inviting, knocking, results, tokens
from toolbox.pages import capped_count, keyset_page

PAGE_SIZE = 30
NAMED = 5
"""Customers named one by one in a message."""


# The definitions


@require_safe
def index(request: Request) -> HttpResponse:
    visible = Invitation.objects.visible_to(request.user)
    lines = {line.name: line for line in results.summary(visible, by="survey")}
    surveys = Survey.objects.order_by("-is_active", "position", "pk").prefetch_related("questions")
    return render(
        request,
        "maintenance/surveys/index.html",
        {
            "surveys": [(each, lines.get(each.pk)) for each in surveys],
            "to_send": capped_count(visible.to_be_sent(timezone.now())),
        },
    )


@require_safe
def survey(request: Request, pk: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=pk)
    visible = Invitation.objects.visible_to(request.user).filter(survey=found)
    context = {
        "survey": found,
        "questions": found.questions.order_by("position", "pk"),
        "line": results.summary(visible)[0],
        "form": AnswerForm(survey=found),
        "was_sent": found.was_sent,
    }
    return render(request, "maintenance/surveys/survey.html", context)


@only("may_set_up")
@once
def create(request: Request) -> HttpResponse:
    return _edit(request, Survey(made_by=request.user))


@only("may_set_up")
@once
def edit(request: Request, pk: int) -> HttpResponse:
    """Only what nobody was asked yet."""
    found = get_object_or_404(Survey, pk=pk)
    if found.was_sent:
        messages.warning(request, _("Somebody was asked this already. Copy the survey, and change the copy."))
        return redirect("maintenance:survey", pk)
    return _edit(request, found)


def _edit(request: Request, found: Survey) -> HttpResponse:
    data = request.POST or None
    form = SurveyForm(data, instance=found)
    questions = Questions(data, instance=found, queryset=Question.objects.order_by("position", "pk"))
    if request.method == "POST" and form.is_valid() and questions.is_valid():
        with transaction.atomic():
            kept = form.save()
            questions.save()
            standing = [
                one.instance
                for one in questions.forms
                if one.instance.pk and not one.cleaned_data.get("DELETE")
            ]
            for position, question in enumerate(standing, start=1):
                Question.objects.filter(pk=question.pk).update(position=position)
        messages.success(request, _("Survey saved."))
        return redirect("maintenance:survey", kept.pk)
    is_wrong = bool(form.errors or questions.total_error_count())
    context = {"form": form, "questions": questions, "survey": found if found.pk else None}
    return render(request, "maintenance/surveys/edit.html", context, status=422 if is_wrong else 200)


@require_POST
@only("may_set_up")
@once
def copy(request: Request, pk: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=pk)
    questions = list(found.questions.order_by("position", "pk"))
    found.pk, found.key, found.made_by, found.sends_itself = None, None, request.user, False
    found.title_en, found.title_zh = f"{found.title_en[:110]} (2)", f"{found.title_zh[:110]}（2）"
    with transaction.atomic():
        found.save(force_insert=True)
        for question in questions:
            question.pk, question.survey = None, found
        Question.objects.bulk_create(questions)
    messages.success(request, _("Copied. Nobody was asked the copy yet, so its questions can be changed."))
    return redirect("maintenance:survey_edit", found.pk)


@require_POST
@only("may_set_up")
def switch(request: Request, pk: int) -> HttpResponse:
    """In use, or not: then open links say that the survey is over. Or: sent by itself, or not; one survey at most is."""
    found = get_object_or_404(Survey, pk=pk)
    if request.POST.get("what") == "itself":
        asking.send_by_itself(found, not found.sends_itself)
        return redirect("maintenance:survey", pk)
    found.is_active = not found.is_active
    found.save(update_fields=["is_active"])
    return redirect("maintenance:survey", pk)


# Inviting


@only("may_write")
@once
def invite(request: Request) -> HttpResponse:
    """Customers ticked in the list, or one: first it is asked how, then it is done."""
    try:
        pks = _chosen(request)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return back_to_list(request)
    is_confirmed = "confirmed" in request.POST
    form = InviteForm(request.POST if is_confirmed else None)
    if is_confirmed and form.is_valid():
        done = inviting.invite(pks, by=request.user, at=timezone.now(), **form.cleaned_data)
        _say(request, done)
        if len(done.invited) == 1:
            return redirect("maintenance:invitation", done.invited[0].pk)
        query = urlencode({"survey": form.cleaned_data["survey"].pk, "state": "open"})
        return redirect(f"{reverse('maintenance:invitations')}?{query}")
    context = {
        "form": form,
        "count": len(pks),
        "customer": Customer.objects.get(pk=pks[0]) if len(pks) == 1 else None,
        "addresses": len(inviting.first_contacts(pks, needs_address=True)),
        "customers": [] if request.POST.get("everything") else pks,
        "query": request.POST.get("query", ""),
        "sends_mail": settings.SENDS_MAIL,
    }
    return render(request, "maintenance/surveys/invite.html", context, status=422 if is_confirmed else 200)


def _chosen(request: Request) -> list[int]:
    """Of the list's form, or the one named in the address."""
    if request.method == "POST":
        return ticked(request)
    named = request.GET.get("customer", "")
    if not named:
        raise ValidationError(_("No customer was ticked. Tick the customers first."))
    number = int(named) if named.isdecimal() and len(named) <= LONGEST_ID else 0
    return [get_object_or_404(Customer.objects.visible_to(request.user), pk=number).pk]


def _say(request: Request, done: inviting.Outcome) -> None:
    count = len(done.invited)
    if count:
        words = ngettext("%(count)s customer invited.", "%(count)s customers invited.", count)
        messages.success(request, words % {"count": count})
    for left, words in (
        (done.asked_already, _("Not asked again, because an invitation is still open: %(names)s")),
        (done.without_address, _("No contact with an e-mail address: %(names)s")),
        (done.archived, _("Archived: %(names)s")),
    ):
        if left:
            names = _(", ").join(customer.name for customer in left[:NAMED])
            messages.warning(request, words % {"names": names + (" …" if len(left) > NAMED else "")})


@require_safe
def invitations(request: Request) -> HttpResponse:
    found = INVITATIONS.find(request.user, request.GET, None)
    page = keyset_page(
        found.rows.with_names(), order=found.by, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE
    )
    now = timezone.now()
    lines = [(row, row.state(now)) for row in page.rows]
    return render(
        request,
        "maintenance/surveys/invitations.html",
        {"filter": found.filter, "page": page, "lines": lines},
    )


@require_safe
def invitation(request: Request, pk: int) -> HttpResponse:
    return render(request, "maintenance/surveys/invitation.html", _about(request, _found(request, pk)))


@require_POST
@only("may_write")
def link(request: Request, pk: int) -> HttpResponse:
    """A link to paste, shown once."""
    found = _found(request, pk)
    made = inviting.take_link(found, at=timezone.now())
    context = _about(request, _found(request, pk)) | {"link": made}
    template = f"maintenance/surveys/invitation.html{'#link' if request.htmx else ''}"
    return render(request, template, context, status=200 if made else 409)


@require_POST
@only("may_write")
def withdraw(request: Request, pk: int) -> HttpResponse:
    if inviting.withdraw(_found(request, pk), at=timezone.now()):
        messages.success(request, _("Withdrawn. The link opens nothing any more."))
    else:
        messages.warning(request, _("It was answered or withdrawn already."))
    return redirect("maintenance:invitation", pk)


def _found(request: Request, pk: int) -> Invitation:
    return get_object_or_404(Invitation.objects.visible_to(request.user).with_names(), pk=pk)


def _about(request: Request, found: Invitation) -> dict[str, Any]:
    return {
        "invitation": found,
        "state": found.state(timezone.now()),
        "answers": found.answers.select_related("question").order_by("question__position", "pk"),
        "scores": results.of_invitations([found.pk])[found.pk],
        "may_write": request.user.may_write,
    }


# The feedback log


@require_safe
def feedback(request: Request) -> HttpResponse:
    found = ANSWERS.find(request.user, request.GET, None)
    asked: Any = found.filter
    rows = asked.qs
    page = keyset_page(
        found.rows.with_names(),
        order=found.by,
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
    )
    pks = [row.pk for row in page.rows]
    said: dict[int, list[Answer]] = {pk: [] for pk in pks}
    words = Answer.objects.filter(invitation__in=pks, question__kind=Question.Kind.WORDS)
    for answer in words.select_related("question").order_by("question__position", "pk"):
        said[answer.invitation_id].append(answer)
    scores = results.of_invitations(pks)
    by = request.GET.get("by", "")
    by = by if by in {"tier", "owner", "quarter"} else "tier"
    context = {
        "filter": asked,
        "page": page,
        "rows": [(row, scores[row.pk], said[row.pk]) for row in page.rows],
        "line": results.summary(rows)[0],
        "by": by,
        "lines": _lines(rows, by),
        "enough": results.ENOUGH,
    }
    return render(request, "maintenance/surveys/feedback.html", context)


def _lines(rows: Any, by: str) -> list[tuple[Any, results.Line]]:
    """Named, in the order in which people look for them."""
    if by == "quarter":
        return results.by_quarter(rows)
    lines = results.summary(rows, by=by)
    if by == "tier":
        tiers = Tier.objects.in_bulk([line.name for line in lines if line.name])
        scales.tell_apart(tiers.values())
        lines.sort(
            key=lambda line: (tiers[line.name].scale, tiers[line.name].rank) if line.name else ("~", 0)
        )
        return [(tiers.get(line.name), line) for line in lines]
    people = User.objects.in_bulk([line.name for line in lines if line.name])
    lines.sort(key=lambda line: -line.sent)
    return [(people.get(line.name), line) for line in lines]


# The public page


@login_not_required
@never_cache
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Nothing but the customer's name is told to whoever has the link."""
    now, address = timezone.now(), address_of(request)
    if not knocking.may_enter(token=token, address=address, at=now):
        return _public(request, "busy", status=429)
    found = tokens.find(token)
    if found is None:
        knocking.was_wrong(address=address, at=now)
        return _public(request, "unknown", status=404)
    state = found.state(now)
    if state != "open":
        return _public(request, state, invitation=found)
    if request.method == "POST" and "stop" in request.POST:
        answering.opt_out(found, at=now)
        return _public(request, "stopped", invitation=found)
    form = AnswerForm(request.POST if request.method == "POST" else None, survey=found.survey)
    if request.method == "POST" and form.is_valid():
        answering.answer(found, form.said, at=now)
        return redirect("maintenance:answer", token)
    return _public(request, "open", invitation=found, form=form, status=422 if form.errors else 200)


def _public(request: HttpRequest, state: str, *, status: int = 200, **context: Any) -> HttpResponse:
    answer = render(
        request,
        "maintenance/surveys/answer.html",
        {"state": state, **context},
        status=status,
    )
    answer["X-Robots-Tag"] = "noindex, nofollow"
    if state == "busy":
        answer["Retry-After"] = str(knocking.STRETCH)
    return answer
