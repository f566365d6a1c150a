"""What customers asked in the last months, as cases: answered, solved, late, waited for, and a few of the last day."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from accounts.models import Department, Notice, User
from accounts.notices import count_unread
from crm.demo.rows import dice
from crm.demo.talk import DEPARTMENT_ROLES
from crm.demo.timeline import moment
from customers.models import Customer, ServiceRequest
from maintenance import casework
from maintenance.case_steps import Step
from maintenance.casework import clocks
from maintenance.casework.opening import write
from maintenance.models import Case, CaseEvent
from maintenance.sla import OfficeTime
from toolbox.calendars import add_working_days

SINCE: Final = timedelta(days=100)
UNREAD: Final = 3
C, R, E, O = Case.Kind.COMPLAINT, Case.Kind.REQUEST, Case.Kind.ENQUIRY, Case.Kind.CUSTOM_ORDER  # noqa: E741 - a table
WHAT: Final[dict[str, tuple[str, str, str]]] = {
    "到货数量短少": (C, "delivery", "processing"),
    "申请更换外箱标签": (R, "ordering", "wish"),
    "对账单有出入": (C, "invoice", "processing"),
    "表面划伤投诉": (C, "quality", "product"),
    "图纸公差确认": (E, "use", "information"),
    "材料替代方案": (E, "use", "wish"),
    "装配异响排查": (C, "quality", "operation"),
    "定制结构打样": (O, "ordering", "wish"),
    "使用培训申请": (R, "use", "wish"),
    "要求提前交货": (R, "delivery", "wish"),
    "更改收货地址": (R, "delivery", "wish"),
    "包装破损": (C, "delivery", "transport"),
}
"""Kind, category and cause of what is asked in this book."""
ANSWERS: Final = ("已收到，正在核实情况，今天内给您初步答复。", "已安排同事处理，有进展随时通知您。")
BACK: Final = ("请提供批次号和现场照片，以便判断原因。", "请确认图纸版本和所需数量。")
SAID: Final = {
    5: "处理及时，很满意。",
    4: "总体不错，希望再快一些。",
    3: "问题解决了，过程有点久。",
    2: "等了太久，中间没人联系。",
}
LATEST: Final = (
    (16, 5, E, "price", "询问明年框架协议价格", "希望了解年用量增加三成后的阶梯价。"),
    (16, 40, O, "ordering", "定制加长型试制三台", "现场空间受限，需加长输出轴并调整法兰孔位。"),
    (17, 20, C, "price", "反馈报价有效期过短", "集团审批需要三周，报价只保留两周。"),
    (17, 50, E, "ordering", "新产线选型咨询", "计划年后上新线，请推荐型号并提供样本。"),
)
"""Of the last working day, for the account managers: hour, minute, kind, category, subject, detail."""


def fill(users: dict[str, User], *, today: date) -> None:
    by_role: dict[str, list[User]] = {}
    for user in sorted(users.values(), key=lambda user: user.pk):
        by_role.setdefault(user.role, []).append(user)
    time = clocks.office()
    for request in asked_since(today):
        live(request, by_role, time, today=today)
    latest(today)
    casework.escalate(at=moment(today, 0))
    leave_unread()


def asked_since(today: date) -> Iterator[ServiceRequest]:
    rows = ServiceRequest.objects.filter(opened_at__gte=moment(today - SINCE, 0), customer__archived_at=None)
    return rows.select_related("customer__owner").order_by("opened_at", "pk").iterator()


def live(request: ServiceRequest, by_role: dict[str, list[User]], time: OfficeTime, *, today: date) -> None:
    """From its opening to where it is now."""
    chance = dice("case", request.customer.code, request.opened_at.isoformat())
    kind, category, cause = WHAT[request.subject]
    people = by_role[DEPARTMENT_ROLES[Department(request.department)]]
    who = chance.choice(people)
    promised = clocks.promised_to([request.customer_id], at=request.opened_at)[request.customer_id]
    contact = request.customer.contacts.order_by("-is_primary", "pk").first()
    case = Case.objects.create(
        request=request,
        kind=kind,
        category=category,
        contact=contact,
        assignee=who if request.resolved_at or chance.random() < 0.6 else None,  # noqa: PLR2004
        tier_id=promised.tier,
    )
    clocks.start(case, promised, opened=request.opened_at)
    case.save(update_fields=["due_at"])
    write(case, CaseEvent.Kind.OPEN, by=request.opened_by, at=request.opened_at, before="")
    end = request.resolved_at or moment(today, 0)
    answered = time.after(request.opened_at, timedelta(minutes=chance.choice((12, 25, 35, 50, 50, 95, 160))))
    if answered >= end:
        answered = request.opened_at + (end - request.opened_at) / 3
    if request.resolved_at or chance.random() < 0.85:  # noqa: PLR2004
        casework.take(case, Step.RESPOND, by=who, at=answered, words=chance.choice(ANSWERS))
    if request.resolved_at:
        solve(case, who, chance.choices((5, 4, 3, 2), weights=(5, 6, 2, 1))[0], cause, today=today)
    elif Case.objects.get(pk=case.pk).state != Case.State.NEW:
        words = chance.choice(BACK) if chance.random() < 0.66 else ""  # noqa: PLR2004
        go_on(case, who, time.after(answered, timedelta(minutes=40)), words, end=end)


def solve(case: Case, who: User, satisfaction: int, cause: str, *, today: date) -> None:
    at = case.request.resolved_at
    assert at  # noqa: S101 - asked before
    casework.take(case, Step.SOLVE, by=who, at=at, words=case.request.resolution, cause=cause)
    closed = at + timedelta(days=1)
    if closed < moment(today, 0):
        casework.take(case, Step.CLOSE, by=who, at=closed)
        casework.rate(case, satisfaction=satisfaction, words=SAID[satisfaction])


def go_on(case: Case, who: User, at: datetime, words: str, *, end: datetime) -> None:
    """Asked back where there are words for it, else in work."""
    if at < end:
        casework.take(case, Step.WAIT if words else Step.START, by=who, at=at, words=words)


def latest(today: date) -> None:
    """Late in the afternoon of the last working day, of good customers of several people."""
    day = add_working_days(today, -1)
    good = Customer.objects.active().filter(standing__tier__key__in=("core", "important"))
    owners: set[int | None] = set()
    customers = []
    for customer in good.select_related("owner", "team").order_by("standing__tier__rank", "code"):
        if customer.owner_id not in owners:
            owners.add(customer.owner_id)
            customers.append(customer)
    for (hour, minute, kind, category, subject, detail), customer in zip(LATEST, customers, strict=False):
        at = moment(day, hour, minute)
        case = casework.open_case(
            customer,
            kind=kind,
            category=category,
            subject=subject,
            detail=detail,
            department=Department.SALES,
            assignee=customer.owner,
            by=customer.owner,
            at=at,
        )
        ServiceRequest.objects.filter(pk=case.request_id).update(recorded_at=at)


def leave_unread() -> None:
    """Nobody comes to work and finds a hundred notices: all but the latest were read."""
    for pk in User.objects.values_list("pk", flat=True):
        told = Notice.objects.filter(recipient=pk, kind__startswith="case_").order_by("-at", "-pk")
        latest_ones = list(told.values_list("pk", flat=True)[:UNREAD])
        for notice in told.exclude(pk__in=latest_ones).filter(read_at=None):
            notice.read_at = notice.at
            notice.save(update_fields=["read_at"])
    count_unread(User.objects.values_list("pk", flat=True))
