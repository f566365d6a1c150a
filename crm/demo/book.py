"""The whole book of a day. It is made from that day alone: twice the same."""

from datetime import date

from crm.demo import clients, judgements, talk, trade
from crm.demo.rows import Book
from crm.demo.timeline import Timeline


def make(today: date) -> Book:
    book, timeline = Book(), Timeline(today)
    for part in (clients, trade, judgements, talk):
        part.fill(book, timeline)
    return book
