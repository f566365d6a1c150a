"""Two quarters of surveys: most important customers were asked, and most of them answered."""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import F

from accounts.models import Department, User
from crm.demo.rows import Client, dice
from crm.demo.talk import someone_of
from crm.demo.timeline import moment
from customers.models import Customer, Figure, Interaction
from maintenance.models import Invitation, Question, Survey
from maintenance.surveys import answering, inviting, tokens
from toolbox.append_only import unlocked

ROUNDS: Final = (timedelta(days=96), timedelta(days=18))
"""So long ago, the older first."""
ASKED: Final = 36
ANSWERS: Final = 0.7
HAS_WORDS: Final = 0.4
STILL_OPEN: Final = 4
BETTER: Final = (
    "交货周期希望再缩短一周，旺季经常要催。",
    "技术支持响应很快，希望周末也能有人值班。",
    "希望提供更完整的检测报告电子版。",
    "包装可以再牢固一些，上批有两箱磕碰。",
    "价格调整请提前一个月通知，方便我们做预算。",
    "对账单能否按月固定日期发送？",
)
PLANS: Final = (
    "明年一季度计划上一条新产线，届时需要配套选型。",
    "下半年会增加外贸订单，需要英文资料和认证文件。",
    "正在评估设备升级，希望安排一次技术交流。",
)


def collect(clients: dict[int, Client], users: dict[str, User], *, today: date) -> None:
    survey = Survey.objects.get(key="quarterly")
    important = Customer.objects.filter(
        archived_at=None,
        standing__tier__key__in=("core", "important"),
        created_at__lt=moment(today - ROUNDS[0], 0),
    )
    pks = list(important.order_by("code").values_list("pk", flat=True)[:ASKED])
    for number, ago in enumerate(ROUNDS):
        day = today - ago
        by = users[someone_of(Department.SERVICE, clients[pks[0]], dice("surveys", day))]
        asked = inviting.invite(pks, survey=survey, channel="link", by=by, at=moment(day, 10)).invited
        Invitation.objects.filter(pk__in=[one.pk for one in asked]).update(obligation=None)
        is_last = number == len(ROUNDS) - 1
        for one in asked[: -STILL_OPEN if is_last else None]:
            tokens.mint(one)
            if dice("answers", one.customer_id, number).random() < ANSWERS:
                days = dice("answered after", one.customer_id).randrange(1, 15)
                answering.answer(one, said(one, survey), at=answered_at(day, days))

    backdate()


def backdate() -> None:
    """What followed from an answer was recorded when it came."""
    answered = Invitation.objects.answered()
    with unlocked(connection):
        Interaction.objects.filter(pk__in=answered.values("interaction")).update(recorded_at=F("at"))
        for figure, at in answered.exclude(figure=None).values_list("figure", "answered_at"):
            Figure.objects.filter(pk=figure).update(recorded_at=at)


def answered_at(day: date, days: int) -> datetime:
    return moment(day + timedelta(days=days), 9 + days % 8, days * 3)


def said(invitation: Invitation, survey: Survey) -> dict[int, int | str]:
    """Content on the whole, some very, a few not at all."""
    chance = dice("said", invitation.customer_id, invitation.sent_at)
    mood = chance.choice((5, 5, 4, 4, 4, 3, 2))
    found: dict[int, int | str] = {}
    for question in survey.questions.order_by("position"):
        if question.kind == Question.Kind.SATISFACTION:
            found[question.pk] = max(1, min(5, mood + chance.choice((-1, 0, 0, 1))))
        elif question.kind == Question.Kind.NPS:
            found[question.pk] = max(0, min(10, 2 * mood + chance.choice((-1, 0, 1))))
    words = survey.questions.filter(kind=Question.Kind.WORDS).order_by("position")
    for question, sentences in zip(words, (BETTER, PLANS), strict=False):
        if chance.random() < HAS_WORDS:
            found[question.pk] = chance.choice(sentences)
    return found
