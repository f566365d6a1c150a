"""What of a timeline somebody wants to see."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import SUPPORT, Department
from customers.stream.sources import Source
from toolbox.days import midnight

A_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Nothing said is everything. Both days belong to the period."""

    kind: str = ""
    department: str = ""
    person: int | None = None
    since: date | None = None
    until: date | None = None

    def concerns(self, source: Source) -> bool:
        """Whether anything of a source can be meant."""
        if self.kind and source.kind != self.kind:
            return False
        if self.person is not None and not source.by:
            return False
        return not self.department or bool(source.department or source.by)

    def narrow(self, rows: QuerySet[Any], source: Source) -> QuerySet[Any]:
        if self.person is not None:
            rows = rows.filter(**{source.by: self.person})
        if self.department:
            rows = rows.filter(of_department(self.department, source))
        if self.since:
            rows = rows.filter(**{f"{source.at}__gte": self.since if source.is_day else midnight(self.since)})
        if self.until:
            rows = rows.filter(
                **{f"{source.at}__lt": self.until + A_DAY if source.is_day else midnight(self.until + A_DAY)}
            )
        return rows


def of_department(department: str, source: Source) -> Q:
    if source.department:
        return Q(**{source.department: department})
    supports = Q(**{f"{source.by}__role__in": list(SUPPORT)})
    if department == Department.SALES:
        return Q(**{f"{source.by}__isnull": False}) & ~supports
    return Q(**{f"{source.by}__role__in": [role for role, name in SUPPORT.items() if name == department]})
