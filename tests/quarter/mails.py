"""What leaves the house: nobody gets anything twice, and one summary a day, in their language, with the right numbers."""

import re
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from django.core import mail

from accounts.models import Delivery, Letter, Outgoing
from tests.quarter import book

if TYPE_CHECKING:
    from tests.quarter.life import Life

SUMMARY = {
    "en": re.compile(r"^\d{1,2} \w{3} \d{4}: (\d+) due today, (\d+) overdue · Tierbook$"),
    "zh-hans": re.compile(r"^\d{4}年\d{1,2}月\d{1,2}日：今日到期 (\d+) 项，逾期 (\d+) 项 · Tierbook$"),
}
OF_CHANGES = re.compile(r"Tier changes since the last summary|等级变动")


class Post:
    def __init__(self, life: "Life") -> None:
        self.life = life
        self.summaries: Counter[tuple[str, date]] = Counter()
        self.same: Counter[tuple[str, str, str]] = Counter()
        self.handed_over = 0

    def look(self) -> None:
        """At what went out just now."""
        sent, mail.outbox = mail.outbox, []
        self.handed_over += len(sent)
        self.life.lived.counts["e-mails"] += len(sent)
        said: dict[str, tuple[int, int]] = {}
        for message in sent:
            [address], subject, body = message.to, str(message.subject), str(message.body)
            name = address.removesuffix("@example.com")
            self.same[name, subject, body] += 1
            if self.same[name, subject, body] > 1:
                self.life.finding(f"{name} is told twice: {subject}")
            language = "zh-hans" if name in book.CHINESE else "en"
            if numbers := SUMMARY[language].match(subject):
                said[name] = int(numbers[1]), int(numbers[2])
            elif any(pattern.match(subject) for pattern in SUMMARY.values()):
                self.life.finding(f"{name} is told in the wrong language: {subject}")
        self._summaries(said)
        on_record = sum(
            rows.filter(state=Outgoing.State.SENT).count() for rows in (Delivery.objects, Letter.objects)
        )
        if on_record != self.handed_over:
            self.life.finding(f"{on_record} e-mails on record, {self.handed_over} handed over")

    def _summaries(self, said: dict[str, tuple[int, int]]) -> None:
        life = self.life
        if life.lost:
            return  # the numbers are not ours to reckon any more
        for name in life.people:
            if name not in said and life.now.hour != hour_of(name):
                continue
            came = self.summaries[name, life.today] + (name in said)
            due = life.comparing.due_for(name)
            today = sum(day == life.today for day in due.values())
            is_time = life.office.works(life.today) and life.now.hour >= hour_of(name) and due
            if name in said and said[name] != (today, len(due) - today):
                life.finding(f"{name} is told of {said[name]}, not {(today, len(due) - today)}")
            if came > 1 or (name in said and not is_time):
                life.finding(f"{name} gets a summary {came} times, or out of time")
            if life.now.hour == hour_of(name) and is_time and not came:
                life.finding(f"{name} gets no summary of {len(due)}")
            self.summaries[name, life.today] = came
            life.lived.counts["summaries"] += name in said


def hour_of(name: str) -> int:
    return {book.EARLY: 7, book.QUIET: 9}.get(name, 8)
