"""A small book with something on every page: customers that rise, fall and stand still, and what follows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.translation import override

from accounts.models import Department, Endpoint, Parcel, User
from crm.celery import app
from customers import services
from customers.duplicates import finding
from customers.imports import life, reading, uploads
from customers.models import Customer, Duplicate, Import, KeyDate, Standing, Upload
from customers.tests import imports_making
from customers.tests.imports_making import a_text, commit, committed, planned
from customers.tests.making import (
    a_contact,
    a_contract,
    a_customer,
    a_figure,
    a_file,
    a_group,
    a_note,
    a_payment,
    a_rating,
    a_request,
    a_talk,
    an_order,
    serves,
)
from maintenance import casework, meetings
from maintenance.casework import mail_in
from maintenance.models import Invitation, Obligation, Playbook, Promise, Question, Route, Survey
from maintenance.services import complete, copy_to_draft, put_in_force, skip, snooze
from maintenance.surveys import answering, inviting, tokens
from tiering import regrade, reviewing
from tiering.matrix import Step, Sums
from tiering.models import Condition, Floor, Indicator, OwnIndicator, Run, Scheme, SchemeVersion, TierChange
from tiering.models.governing import Review
from tiering.nurture import listing
from tiering.services import copy_version, set_by_hand
from tiering.simulation import measuring
from tiering.simulation.keeping import keep
from tiering.tests.conftest import tier, unguarded
from tiering.tests.nurture_making import a_candidate
from tiering.tests.sheets_making import edited, keyed, put, sent
from tiering.undoing import undo
from tiering.verifying import keeping
from toolbox.calendars import ONE_DAY, months_before, period_end_before

TODAY = timezone.localdate()
THIS_QUARTER = period_end_before(TODAY, "quarterly")
"""The last one that is over."""
LAST_QUARTER = period_end_before(THIS_QUARTER, "quarterly")
WON = 120_000_00
LOST = 4_000_00

ORDERS = """订单号,客户编号,客户名称,订单日期,金额,产品类别
S1,K1,苏州精工机械有限公司,2026-01-02,100,齿轮
S2,K2,Acme,2026-02-02,-20,
"""


def rising(owner: User) -> Customer:
    """Nothing but a beginning before the last quarter, a good customer since."""
    customer = a_customer(
        "杭州精工机电有限公司", owner=owner, code="HZ01", cooperation_since=date(2023, 3, 1)
    )
    a_contact(customer, "李雷", title="采购经理", phone="13800001147", is_primary=True)
    services.add_fact(KeyDate(customer=customer, label="公司成立周年", on=date(1996, 3, 28), repeats=True))
    judged(customer, owner, LAST_QUARTER, 2)
    trade(customer, until=LAST_QUARTER, months=1, amount=LOST)
    trade(customer, until=THIS_QUARTER, months=3, amount=WON)
    judged(customer, owner, THIS_QUARTER, 5)
    a_payment(customer, TODAY + timedelta(days=20), amount=42_500_00)
    a_contract(customer, TODAY + timedelta(days=40))
    a_request(customer, owner, department=Department.TECHNICAL)
    a_talk(customer, owner, "谈了新项目的样品。")
    return customer


def falling(owner: User) -> Customer:
    """Bought and paid until the last quarter, pays late since."""
    customer = a_customer(
        "宁波翎铎制药有限公司", owner=owner, code="NB02", cooperation_since=date(2020, 5, 1)
    )
    judged(customer, owner, LAST_QUARTER, 4)
    trade(customer, until=LAST_QUARTER, months=11, amount=WON // 3)
    a_payment(customer, LAST_QUARTER, paid=LAST_QUARTER)
    for month in range(3):
        late = months_before(THIS_QUARTER, month)
        a_payment(customer, late - timedelta(days=40), paid=late)
    judged(customer, owner, THIS_QUARTER, 1)
    return customer


def steady(owner: User) -> Customer:
    customer = a_customer(
        "Suzhou Yuhe Body Systems", owner=owner, code="SZ03", notes="Wants a quarterly summary."
    )
    judged(customer, owner, LAST_QUARTER, 4)
    trade(customer, until=THIS_QUARTER, months=12, amount=LOST)
    return customer


def judged(customer: Customer, by: User, on: date, rating: int) -> None:
    for indicator in ("service_response", "expansion_plan", "referral_ability"):
        a_rating(customer, by, on, rating, indicator)
    a_figure(customer, by, on, rating * 20, "industry_outlook")


def trade(customer: Customer, *, until: date, months: int, amount: int) -> None:
    """An order a month, the last one on the last day."""
    for month in range(months):
        an_order(customer, months_before(until, month), amount, category="齿轮", customised_share=3_000)


def graded(as_of: date, by: User) -> Run:
    """As on the day after; published by the time it is back."""
    unguarded()
    run = regrade.start(
        Scheme.objects.get(is_default=True),
        as_of=as_of,
        trigger=Run.Trigger.PERSON,
        at=in_the_night_after(as_of),
        by=by,
    )
    run.refresh_from_db()
    assert run.state == Run.State.PUBLISHED
    return run


def in_the_night_after(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + ONE_DAY, time(2)))


@contextmanager
def no_worker() -> Iterator[None]:
    """Messages are sent, and nobody is there to take them."""
    app.conf.task_always_eager = False
    try:
        yield
    finally:
        app.conf.task_always_eager = True


def graded_once(owner: User, by: User) -> dict[str, Customer]:
    """Three customers, ready to be graded again as of the end of this quarter."""
    customers = {"rising": rising(owner), "falling": falling(owner), "steady": steady(owner)}
    graded(LAST_QUARTER, by)
    return customers


def small_book(cast: dict[str, User], *, language: str = "en") -> dict[str, int]:
    """Alice's customers, graded twice, with promises kept and broken; the ids of what pages are about, by name.

    In the language sheets were imported: what is wrong in them is kept as it was said to whoever sent them.
    """
    alice, dora, adam = cast["alice"], cast["dora"], cast["adam"]
    customers = {"rising": rising(alice), "falling": falling(alice), "steady": steady(alice)}
    customers["person"] = a_customer("王芳", owner=alice, code="SH04", kind="individual")
    customers["archived"] = a_customer("Gone Ltd", owner=alice, code="WH05")
    services.archive([customers["archived"].pk], by=alice, at=timezone.now())
    runs = {"last_run": graded(LAST_QUARTER, dora), "run": graded(THIS_QUARTER, dora)}
    verified(runs["run"], dora)
    set_by_hand(
        customers["steady"], tier=tier("core"), reason="Strategic.", expires_on=TODAY + timedelta(days=90), by=dora,
        at=timezone.now(),
    )  # fmt: skip
    found = {name: row.pk for name, row in (customers | runs).items()}
    found |= promises(customers["rising"], alice) | stopped_runs(dora) | files(dora, adam)
    with override(language):
        found |= imports(alice) | {"import_conflict": a_tier_sheet(dora, alice).pk}
    found["change"] = TierChange.objects.get(run=runs["run"], customer=customers["rising"]).pk
    found["first_change"] = TierChange.objects.get(run=runs["last_run"], customer=customers["falling"]).pk
    found["change_by_hand"] = TierChange.objects.get(run=None).pk
    found["the_contact"] = customers["rising"].contacts.get().pk
    found["the_payment"] = customers["rising"].payments.get().pk
    found["the_request"] = customers["rising"].servicerequests.get().pk
    found |= nurtured(customers, alice)
    found["version"] = Scheme.objects.get(is_default=True).published().pk
    found |= twins(customers["falling"], alice, dora)
    found |= surveyed(customers, alice)
    found["webhook"] = told_outside(dora)
    found["group"] = a_group("重点维护", customers["rising"], customers["steady"], by=dora).pk
    found |= cases(customers["rising"], alice, cast["dan"])
    found |= held(dora, alice)
    found |= together(customers, cast)
    return found | drafts(dora) | tried(dora) | versions(dora)


def held(dora: User, alice: User) -> dict[str, int]:
    """Last week's meeting, closed, and this week's, with minutes and tasks."""
    now = timezone.now()
    found = {}
    for name, at in (("meeting_closed", now - timedelta(days=7)), ("meeting", now)):
        meeting = meetings.open_meeting(None, by=dora, at=at, today=timezone.localdate(at))
        meetings.attend(meeting, [dora, alice])
        meetings.write_notes(meeting, words="年底前走访完核心客户。", version=0, by=dora)
        item = next(
            item for item in meetings.agenda_of(meeting, reader=None, at=now).items if item.kind == "case"
        )
        meetings.write(meeting, item, words="本周给出结论。", version=0, by=dora, at=at)
        for about in (item, None):
            meetings.make_task(
                meeting, what="约客户面谈", due_on=TODAY, assignee=alice, item=about, by=dora, at=at
            )
        if name == "meeting_closed":
            meetings.close(meeting, by=dora, at=at)
        found[name] = meeting.pk
    return found


def cases(customer: Customer, by: User, service: User) -> dict[str, int]:
    """One that is late, one that waits for the customer, one closed; a rule, and an e-mail of nobody we know."""
    now = timezone.now()
    said: dict[str, Any] = {
        "subject": "齿轮开裂",
        "detail": "十件中有两件。\n周一起。",
        "category": "quality",
    }
    late, waiting, closed = (
        casework.open_case(customer, kind="complaint", by=by, at=now - timedelta(days=30), **said)
        for _n in range(3)
    )
    casework.escalate(at=now - timedelta(days=1))
    casework.hand_over(late, department="service", assignee=service, by=by, at=now, words="请处理。")
    casework.take(waiting, "wait", by=service, at=now, words="哪个批次？")
    casework.take(closed, "solve", by=service, at=now, words="已补发。", cause="product")
    casework.take(closed, "close", by=by, at=now)
    casework.rate(closed, satisfaction=3, words="有点慢。")
    mail = "From: 王阳 <new@example.com>\r\nSubject: 交期\r\nMessage-ID: <1@x>\r\n\r\n多久能到货？".encode()
    return {
        "late_case": late.pk,
        "waiting_case": waiting.pk,
        "closed_case": closed.pk,
        "route": Route.objects.earliest("position").pk,
        "letter": mail_in.receive(mail, at=now).pk,
    }


def together(customers: dict[str, Customer], cast: dict[str, User]) -> dict[str, int]:
    """A service team, a note with files that mentions somebody, an order to dispatch first, two hand-overs."""
    alice, bob, dora, now = cast["alice"], cast["bob"], cast["dora"], timezone.now()
    serves(customers["steady"], alice, technical=cast["tess"], logistics=cast["logan"])
    services.watch(customers["steady"], by=bob, at=now - timedelta(days=1))
    memo = a_note(
        customers["steady"], alice, "@bob 样品已寄出。\n报价见附件。", a_file("报价单.pdf"), a_file("old.pdf")
    )
    services.delete_attachment(memo.attachments.get(name="old.pdf"), by=alice, at=now)
    an_order(customers["steady"], TODAY, category="齿轮", number="F1")
    open_, done = (
        services.ask([customers[name].pk], giver=alice, taker=bob, by=dora, at=now, words="下周一起拜访。")
        for name in ("steady", "person")
    )
    services.decline(done, by=bob, at=now, reason="下季度再说。")
    return {"handover": open_.pk, "declined_handover": done.pk}


def surveyed(customers: dict[str, Customer], by: User) -> dict[str, int]:
    """Asked and answered, asked just now, and asked long ago. The secret parts of the links are their names."""
    survey = Survey.objects.get(key="quarterly")
    now = timezone.now()
    found = {}
    for name, days in (("rising", 20), ("falling", 10), ("steady", 5)):
        at = now - timedelta(days=days)
        [found[name]] = inviting.invite(
            [customers[name].pk], survey=survey, channel="link", by=by, at=at
        ).invited
    for name in ("rising", "falling"):
        tokens.mint(found[name])
        said = {q.pk: "交货可以再快一些。" if q.kind == "words" else 4 for q in survey.questions.all()}
        answering.answer(found[name], said, at=now - timedelta(days=3))
    over = inviting.invite(
        [customers["person"].pk], survey=survey, channel="link", by=by, at=now - timedelta(days=60)
    ).invited[0]
    [fresh] = inviting.invite([customers["falling"].pk], survey=survey, channel="link", by=by, at=now).invited
    for invitation, link in (
        (found["rising"], "link-answered"),
        (found["steady"], "link-open"),
        (over, "link-over"),
    ):
        Invitation.objects.filter(pk=invitation.pk).update(token_hash=tokens.hashed(link))
    new = Survey.objects.create(title_en="New products", title_zh="新品意向")
    Question.objects.create(
        survey=new, kind="nps", title_en="Would you buy?", title_zh="您会购买吗？", position=1
    )
    return {
        "survey": survey.pk,
        "new_survey": new.pk,
        "answered": found["rising"].pk,
        "pending": found["steady"].pk,
        "fresh": fresh.pk,
    }


def told_outside(by: User) -> int:
    """A chat that was told, one piece of news that failed, and one that rests."""
    now = timezone.now()
    endpoint = Endpoint.objects.create(
        name="销售群",
        format="wecom",
        url="https://chat.example/?key=1",
        kinds=["tier_change"],
        made_by=by,
        made_at=now,
    )
    for n, (state, error) in enumerate(
        (("sent", ""), ("failed", "93000: invalid webhook url"), ("waiting", "HTTP 503"))
    ):
        Parcel.objects.create(
            endpoint=endpoint, kind="tier_change", key=str(n), at=now, next_try_at=now + timedelta(days=1),
            state=state, error=error, attempts=1,
        )  # fmt: skip
    return endpoint.pk


def twins(customer: Customer, owner: User, by: User) -> dict[str, int]:
    """A customer that stands in the book three times: one of them merged already, one only found."""
    twin, gone, apart = (
        a_customer(
            f"{customer.name.removesuffix('有限公司')}{ending}",
            owner=owner,
            code=f"TW{n}",
            notes="展会上认识。",
        )
        for n, ending in enumerate(("集团", "股份有限公司", "集团公司"), start=1)
    )
    an_order(gone, THIS_QUARTER, category="齿轮")
    customer.refresh_from_db()
    services.merge(customer, gone, fields={}, by=by, at=timezone.now())
    finding.find(at=timezone.now())
    finding.tell_apart(Duplicate.objects.get(second=apart), by=by, at=timezone.now())
    return {"twin": twin.pk, "gone": gone.pk}


def tried(by: User) -> dict[str, int]:
    """The book measured, and a simulation that was kept."""
    version = Scheme.objects.get(is_default=True).published()
    basis = measuring.start(as_of=TODAY, window_months=12, at=timezone.now(), by=by)
    words: dict[str, Any] = {"basis": None, "by": by, "at": timezone.now()}
    kept = keep(version, name="行业前景优先", changes={"f-core": "70"}, steps={}, **words)
    draft = copy_version(version, by=by)
    core, important = (floor.tier_id for floor in draft.floors.order_by("-total")[:2])
    steps: dict[Step, Sums] = {
        (core, core): (3, 9_000_000_00),
        (core, important): (1, 500_000_00),
        (None, core): (2, 100_00),
    }
    saved = keep(draft, name="保存后草案又有改动", changes={}, steps=steps, **words)
    SchemeVersion.objects.filter(pk=draft.pk).update(revision=1)
    return {"basis": basis.pk, "simulation": kept.pk, "saved_simulation": saved.pk}


def versions(by: User) -> dict[str, int]:
    """Of the core playbook a draft with something changed, and one that is to come."""
    in_force = Playbook.objects.in_force(TODAY).get(tier=tier("core"))
    coming = copy_to_draft(in_force, by=by)
    put_in_force(coming, starts_on=TODAY + timedelta(days=30), note="下一季度。", by=by, at=timezone.now())
    draft = copy_to_draft(in_force, by=by)
    draft.promises.filter(key="contact").update(interval=2, minutes=45)
    draft.promises.filter(key="salon").delete()
    Promise.objects.create(
        playbook=draft, key="callback", title_en="Call back after an order", title_zh="下单后回访",
        department=Department.SALES, unit="order", interval=7, by_contact=True,
    )  # fmt: skip
    draft.benefits.filter(kind="rebate").update(cost_share=150)
    return {
        "playbook": in_force.pk,
        "coming_playbook": coming.pk,
        "draft_playbook": draft.pk,
        "playbook_promise": draft.promises.get(key="callback").pk,
        "playbook_benefit": draft.benefits.get(kind="rebate").pk,
    }


def drafts(by: User) -> dict[str, int]:
    """One as it was copied, one that does not add up, one with a bit of everything changed."""
    in_force = Scheme.objects.get(is_default=True).published()
    draft, wrong, changed = (copy_version(in_force, by=by) for _ in range(3))
    wrong.dimensions.filter(key="finance").update(weight=40)
    Floor.objects.filter(version=changed, tier__key="core").update(total=85_000_000)
    retail = Scheme.objects.get(key="retail").published()
    rules_draft = copy_version(retail, by=by)
    easier = Condition.objects.filter(floor__version=rules_draft, floor__tier__key="core")
    easier.filter(indicator="annual_amount").update(at_least=1_000_00)
    visits = OwnIndicator.objects.create(
        key="own-visits",
        name_en="Site visit",
        name_zh="走访评价",
        kind="rated",
        help_en="问采购负责人。",
        help_zh="请询问。",
    )
    credit = OwnIndicator.objects.create(
        key="own-credit", name_en="Credit", name_zh="授信", kind="given", unit="fen", lowest=0
    )
    Indicator.objects.filter(dimension__version=draft, key="technical_support").update(key=visits.key)
    outlook = Indicator.objects.filter(dimension__version=changed, key="industry_outlook")
    outlook.update(knots=[[0, 0], [50, 8_000], [100, 10_000]], missing=Indicator.Missing.ZERO)
    Indicator.objects.filter(dimension__version=changed, key="expansion_plan").update(key="order_trend")
    return {
        "draft": draft.pk,
        "own_visits": visits.pk,
        "own_credit": credit.pk,
        "wrong_draft": wrong.pk,
        "changed_draft": changed.pk,
        "orders_scheme": Scheme.objects.get(key="orders").pk,
        "rules_version": retail.pk,
        "rules_draft": rules_draft.pk,
        "orders_version": Scheme.objects.get(key="orders").published().pk,
        "curve": outlook.get().pk,
        "curve_in_force": Indicator.objects.get(dimension__version=in_force, key="annual_amount").pk,
        "curve_of_rating": Indicator.objects.get(dimension__version=draft, key="referral_ability").pk,
    }


def nurtured(customers: dict[str, Customer], by: User) -> dict[str, int]:
    """One waits, one is taken up, one was dismissed."""
    said = {"count": 1, "first": "2026-10-09", "last": "2026-11-20", "days": 90}
    now = timezone.now()
    asked = a_candidate(customers["rising"], rule="enquiries", evidence=said | {"count": 4})
    bulk = a_candidate(customers["rising"], rule="bulk", evidence=said)
    listing.take_up(bulk, by=by, at=now, next_step="Bring samples.", follow_up_on=TODAY - ONE_DAY)
    dismissed = a_candidate(customers["falling"])
    listing.dismiss(dismissed, by=by, at=now, words="Buys for somebody else.")
    growing = a_candidate(customers["steady"])
    return {"growing": growing.pk, "asked": asked.pk, "taken": bulk.pk, "dismissed": dismissed.pk}


def verified(run: Run, by: User) -> None:
    """With something to show: a standing that somebody had a hand in, for that long."""
    spoilt = Standing.objects.filter(grading_id=run.gradings.order_by("pk").values("pk")[:1])
    total = spoilt.values_list("total", flat=True).get()
    spoilt.update(total=1)
    keeping.carry_out(keeping.ask(run, by=by, at=timezone.now()).pk, at=timezone.now())
    spoilt.update(total=total)


def promises(customer: Customer, by: User) -> dict[str, int]:
    """One overdue, one kept, one put off, one skipped."""
    now = timezone.now()
    rows = Obligation.objects.open().filter(customer=customer, department="sales").order_by("due_on")
    kept = rows.get(key="contact")
    late, put_off, left_out = rows.filter(promise__by_contact=False)[:3]  # no contact keeps them by itself
    day = TODAY - timedelta(days=9)
    Obligation.objects.filter(pk=late.pk).update(due_on=day, originally_due_on=day)
    complete(kept, by=by, at=now, channel="phone", note="Looked at the new line together.")
    until = put_off.due_on + timedelta(days=7)
    snooze(put_off, by=by, at=now, until=until, reason="On holiday until then.")
    skip(left_out, by=by, at=now, reason="They asked us not to.")
    return {"late": late.pk, "kept": kept.pk, "put_off": put_off.pk, "skipped": left_out.pk}


def stopped_runs(by: User) -> dict[str, int]:
    """One at a time is at work: the one that waits for review is put aside for as long as another is paused."""
    judged(
        Customer.objects.get(code="NB02"), by, TODAY - ONE_DAY, 5
    )  # so that somebody moves; recorded at noon
    undoing = an_undone_run(by)
    waiting = a_run_in_review(by)
    Run.objects.filter(pk=waiting.pk).update(state=Run.State.CANCELLED)
    with no_worker():
        paused = regrade.start(
            Scheme.objects.get(is_default=True),
            as_of=TODAY,
            trigger=Run.Trigger.PERSON,
            at=timezone.now(),
            by=by,
        )
    regrade.pause(paused)
    failed = Run.objects.create(
        scheme=paused.scheme, version=paused.version, as_of=TODAY, period="2026-11", state=Run.State.FAILED,
        trigger=Run.Trigger.SCHEDULE, error="MemoryError: the machine has too little of it",
    )  # fmt: skip
    Run.objects.filter(pk=waiting.pk).update(state=Run.State.REVIEW, period=f"{waiting.period}b")
    return {
        "paused": paused.pk,
        "failed": failed.pk,
        "in_review": waiting.pk,
        "undoing": undoing.pk,
        "undone": undoing.undoes_id or 0,
    }


def a_run_in_review(by: User) -> Run:
    """As of today; the first of its movements is rejected."""
    Scheme.objects.filter(is_default=True).update(review=Review.WAIT)
    run = started_today(by)
    mover = run.movements.earliest("pk")
    reviewing.decide(
        run, [mover.customer_id], is_accepted=False, comment="战略伙伴。", by=by, at=timezone.now()
    )
    Scheme.objects.filter(is_default=True).update(review=Review.GUARDED)
    return run


def an_undone_run(by: User) -> Run:
    """The run that takes it back."""
    undoing = undo(started_today(by), by=by, at=timezone.now())
    undoing.refresh_from_db()
    assert undoing.state == Run.State.PUBLISHED
    return undoing


def started_today(by: User) -> Run:
    scheme = Scheme.objects.get(is_default=True)
    run = regrade.start(scheme, as_of=TODAY, trigger=Run.Trigger.PERSON, at=timezone.now(), by=by)
    run.refresh_from_db()
    return run


def files(dora: User, adam: User) -> dict[str, int]:
    found = {
        "waiting": an_order_file(ORDERS, dora),
        "refused": orders_sent(ORDERS + "S3,,A,never,ten,\n", dora),
        "checked": orders_sent(ORDERS, dora),
        "loaded": orders_sent(ORDERS.replace("K2,Acme", "SZ03,Acme"), adam),
    }
    assert uploads.ask_to_load(found["loaded"])
    uploads.load(found["loaded"].pk)
    return {name: upload.pk for name, upload in found.items()}


def a_tier_sheet(dora: User, alice: User) -> Import:
    """Back with a tier, a computed cell that was edited, and a note that Alice changed meanwhile."""

    def edit(sheet: object) -> None:
        put(sheet, "HZ01", "Customer notes", "Visit in spring.")
        put(sheet, "HZ01", "Total score", 99)
        put(sheet, "NB02", "Customer tier", "Core")

    with override("en"):
        content = edited(keyed(dora), edit)
    changed = Customer.objects.get(code="HZ01")
    services.write_notes({changed.pk: "Visit in winter."}, by=alice)
    parent = sent(content, dora)
    assert (parent.errors, parent.conflict_cells) == ([], 1)
    return parent


def imports(alice: User) -> dict[str, int]:
    """One in each state that looks different; what was committed stands in the way of the one that is stale."""
    head = "客户编号,客户名称,客户备注,代号\n"
    read = life.receive(a_text(head + "HZ01,,x,1\n合计,1,,\n"), kind="customers", by=alice)
    life.work(read.pk)
    stale = planned(head + "SH04,王芳,waits,\n", "customers", alice)
    done = committed(head + "SH04,王芳,Visit in autumn.,\nIM01,重庆长安汽车,,\n", "customers", alice)
    undone = imports_making.undo(committed("客户编号,客户名称\nIM02,Once\n", "customers", alice))
    person = Customer.objects.get(code="SH04")
    person.notes = "By hand."
    services.save_customer(person, version=person.version, by=alice)
    reading.save_mapping(done, name="ERP", is_shared=True)
    found = {
        "import_read": read,
        "import_stale": commit(stale),
        "import_done": done,
        "import_undone": undone,
        "import_wrong": planned(
            head + "NB02,,,\nIM03,,,\nIM04,X,,\nIM05,重庆市长安汽车,,\n,,x,\n", "customers", alice
        ),
        "import_ready": planned(head + "IM05,重庆市长安汽车,,\nHZ01,,New notes,\n", "customers", alice),
        "import_failed": planned("PK\x03\x04 no", "customers", alice),
        "import_busy": life.receive(a_text(head), kind="customers", by=alice),
    }
    return {name: row.pk for name, row in found.items()}


def orders_sent(text: str, by: User) -> Upload:
    """Checked as the task does it."""
    upload = an_order_file(text, by)
    uploads.check(upload.pk)
    return upload


def an_order_file(text: str, by: User) -> Upload:
    return uploads.receive(
        SimpleUploadedFile("orders.csv", text.encode()),
        kind=Upload.Kind.ORDERS,
        by=by,
        options={"mapping": "generic"},
    )
