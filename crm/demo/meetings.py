"""The weekly meetings of the last weeks: three that were closed, with what came of them, and this week's."""

from datetime import date, timedelta
from typing import Final

from django.utils import timezone

from accounts.models import Notice, Role, User
from accounts.notices import count_unread
from crm.demo.people import DIRECTOR
from crm.demo.rows import dice
from crm.demo.timeline import moment
from customers.models import Customer
from maintenance import meetings
from maintenance.meetings.agenda import Agenda, Item
from maintenance.meetings.deciding import people_who_may
from maintenance.meetings.telling import MINUTES, TASK
from maintenance.models import Meeting
from toolbox.calendars import monday_of

PAST: Final = 3
A_WEEK: Final = timedelta(days=7)
NOTES: Final = (
    "年底前各组把核心客户走访完一遍，走访纪要当天录入。\n物流部提醒：元旦前一周发货排期紧，急单提前三天报。",
    "本周投诉集中在交货，客服与物流每天下午四点对一次在途清单。",
    "技术支持部新增一名顾问，下周起参加核心客户月度面谈。\n报价模板已更新，旧版停用。",
    "季度满意度调查已发出，请客户经理提醒联系人填写。",
)
SAID: Final = {
    "changes": ("降级原因是付款变慢，先谈账期再谈量。", "升级后按核心客户标准服务，本周完成首次面谈。"),
    "broken": ("客户出差两周，已约下周三补上。", "人手不够漏了，本周内补联系并致歉。"),
    "cases": ("客服牵头，技术当天给出分析结论。", "物流已补发，客服电话确认收货。"),
    "dates": ("礼品已备好，客户经理当面送达。", "续签条款本周发对方审阅。"),
}
TASKS: Final = ("约客户面谈并带上改进方案", "给客户书面答复并抄送销售负责人", "核对在途订单，给出确切到货日")
ROLES: Final = {Role.DIRECTOR, Role.TEAM_LEAD, Role.SERVICE, Role.TECHNICAL, Role.LOGISTICS}
CHANCE: Final = 0.7
GENERAL: Final = ("汇总各组走访计划，会前发出", "更新节假日发货排期表")


def hold(users: dict[str, User], *, today: date) -> None:
    director = users[DIRECTOR.username]
    there = [user for user in users.values() if user.role in ROLES]
    monday = monday_of(today)
    for ago in range(PAST, -1, -1):
        week = monday - ago * A_WEEK
        at = moment(week, 9)
        meeting = meetings.open_meeting(None, by=director, at=at, today=week)
        meetings.attend(meeting, there)
        talk(meeting, director, ago=ago)
        if ago:
            meetings.close(meeting, by=director, at=at + timedelta(hours=1))
    finish(today=today)
    told = Notice.objects.filter(kind__in=[MINUTES, TASK])
    told.update(read_at=timezone.now())
    count_unread(told.values_list("recipient", flat=True))


def talk(meeting: Meeting, director: User, *, ago: int) -> None:
    """Something is said of the first points of each section, and two of them become tasks."""
    at = meeting.opened_at + timedelta(minutes=20)
    agenda = meetings.agenda_of(meeting, reader=None, at=at)
    meetings.write_notes(meeting, words=NOTES[ago], version=0, by=director)
    spoken = points(agenda)
    for item, words in spoken:
        meetings.write(meeting, item, words=words, version=0, by=director, at=at)
    for n, (item, _words) in enumerate(spoken[1::2][:2]):
        decide(meeting, item, what=TASKS[(ago + n) % len(TASKS)], by=director, days=3 + n)
    assignee = people_who_may(meeting, None).filter(role=Role.LOGISTICS).order_by("pk")[0]
    meetings.make_task(
        meeting, what=GENERAL[ago % 2], due_on=meeting.week + timedelta(days=4), assignee=assignee, by=director, at=at
    )  # fmt: skip


def points(agenda: Agenda) -> list[tuple[Item, str]]:
    return [
        (item, SAID[section.key][n])
        for section in agenda.sections
        if section.key in SAID
        for n, item in enumerate(section.items[: 2 if section.key != "dates" else 1])
    ]


def decide(meeting: Meeting, item: Item, *, what: str, by: User, days: int) -> None:
    assert item.customer  # noqa: S101 - chosen so
    customer = Customer.objects.select_related("owner", "team").get(pk=item.customer)
    assignee = customer.owner or by
    meetings.make_task(
        meeting, what=what, due_on=meeting.week + timedelta(days=days), assignee=assignee, item=item, by=by,
        at=meeting.opened_at + timedelta(minutes=30),
    )  # fmt: skip


def finish(*, today: date) -> None:
    """Most of what was decided is done, a day before it was due."""
    for meeting in Meeting.objects.exclude(closed_at=None):
        for task in meeting.tasks.select_related("assignee", "aim"):
            done = moment(task.due_on - timedelta(days=1), 16)
            if dice("task", task.what, meeting.week).random() < CHANCE and done.date() < today:
                meetings.finish_task(task, by=task.assignee, at=done)
