"""Working together on the best customers: service teams, a note that mentions somebody, a hand-over that waits."""

from datetime import date
from typing import Final

from accounts.models import Role, User
from crm.demo.people import DIRECTOR, of_role
from crm.demo.timeline import ONE_DAY, moment
from customers import services
from customers.models import SEATS, Customer, Watch
from customers.models.seat import ROLES

SERVED: Final = ("core", "important")
NOTES: Final = (
    "客户下月新产线投产，请@{technical} 提前确认安装条件，@{service} 安排备件。",
    "本周到货两批，请@{logistics} 优先安排自有车辆，现场联系人已通知。",
    "上次走访谈到的改型要求已写进报价，等客户回签。",
)


def fill(users: dict[str, User], *, today: date) -> None:
    director = users[DIRECTOR.username]
    served = list(
        Customer.objects.active()
        .filter(standing__tier__key__in=SERVED, standing__tier__scale="b2b")
        .select_related("owner")
        .order_by("standing__tier__rank", "pk")
    )
    people = {
        department: [users[person.username] for person in of_role(Role(ROLES[department]))]
        for department in SEATS
    }
    at = moment(today - 30 * ONE_DAY, 9)
    for department, staff in people.items():
        for n, person in enumerate(staff):
            pks = [customer.pk for customer in served[n :: len(staff)]]
            services.seat(pks, team={department: person}, by=director, at=at)
    notes(served[: len(NOTES)], today=today)
    hand_over(served[len(NOTES)], director, today=today)


def notes(customers: list[Customer], *, today: date) -> None:
    for n, (customer, words) in enumerate(zip(customers, NOTES, strict=True)):
        owner = customer.owner
        assert owner  # noqa: S101 - everybody in the demo has one
        team = {seat.department: seat.person.name for seat in customer.seats.taken().select_related("person")}
        at = moment(today - (n + 1) * ONE_DAY, 10)
        services.write_note(customer, by=owner, at=at, words=words.format(**team))
        Watch.objects.create(customer=customer, person=owner, since=at, told_until=moment(today, 8))


def hand_over(customer: Customer, by: User, *, today: date) -> None:
    """To a colleague of the same team."""
    owner = customer.owner
    assert owner  # noqa: S101 - everybody in the demo has one
    colleagues = User.objects.filter(team=owner.team, role=Role.ACCOUNT_MANAGER).exclude(pk=owner.pk)
    services.ask(
        [customer.pk],
        giver=owner,
        taker=colleagues.earliest("pk"),
        by=by,
        at=moment(today - ONE_DAY, 15),
        words="区域调整，建议两位一起拜访一次再交接。",
    )
