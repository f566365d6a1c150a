from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from toolbox.days import COOPERATION, PAST, PLANNED, REMEMBERED, DayFrom

TODAY = date(2028, 2, 29)
ONE_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    "limits, first, last",
    [
        (PAST, date(1990, 1, 1), TODAY),
        (COOPERATION, date(1949, 1, 1), TODAY),
        (PLANNED, date(1990, 1, 1), date(2038, 2, 28)),
        (REMEMBERED, date(1900, 1, 1), date(2038, 2, 28)),
    ],
)
def test_days_outside_the_limits_are_refused(limits: DayFrom, first: date, last: date) -> None:
    with time_machine.travel("2028-02-29T12:00:00+08:00", tick=False):
        for day in (first, last):
            limits(day)
        for day in (date.min, first - ONE_DAY, last + ONE_DAY, date.max):
            with pytest.raises(ValidationError):
                limits(day)


def test_the_message_names_the_limit() -> None:
    with pytest.raises(ValidationError) as refused:
        PAST(date(1, 1, 1))
    assert refused.value.messages == ["Enter a day from 1 Jan 1990 on: this one is too long ago to be true."]
