"""A book of any size, made fast and always the same: the same integers on every machine and on both databases.

Everything is drawn from a hash of (customer, what, which one), so a block of customers needs no other block. The
columns are made in numpy and go in by COPY on PostgreSQL, on both cores, and by batches on SQLite; indexes and
foreign keys are taken off meanwhile and put back at the end.
"""

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from io import StringIO
from itertools import islice, repeat
from typing import Any, Final

import numpy as np
import psycopg2
from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray

from accounts.models import Department, Role, Team, User
from customers.models import (
    Assessment,
    Contact,
    Contract,
    Customer,
    Figure,
    Interaction,
    Order,
    Payment,
    ServiceRequest,
    Standing,
)
from toolbox import pinyin

Ints = NDArray[np.int64]
Hash = NDArray[np.uint64]
Row = tuple[Any, ...]

LAST: Final = date(2026, 9, 30)
EARLIER: Final = date(2026, 6, 30)
"""A quarter before: as of this day a book is graded first."""
RECORDED: Final = "2026-09-30 16:00:00"
"""UTC: the next morning in Shanghai."""
BLOCK: Final = 10_000
SPAN: Final = 800
"""Days of orders: more than the windows of both quarters."""
BARE_FROM: Final = 20_000
"""From so many customers on, it is quicker to take indexes off and put them back."""

PLACES: Final = ("苏州", "无锡", "宁波", "佛山", "重庆", "青岛", "厦门", "合肥")
BRANDS: Final = "恒瑞金泰华盛宏达鑫源永信德美嘉诚瑞丰远航天启明辉卓越"
TRADES: Final = ("机械", "包装", "电子", "五金", "模具", "新材料", "纺织", "食品")
RATED: Final = ("service_response", "expansion_plan", "referral_ability")
GIVEN: Final = "industry_outlook"


def make(customers: int, *, orders: int = 20, managers: int = 50, seed: int = 7, people: bool = True) -> User:
    """Fill an empty database; returns the director. `orders` per customer on average.

    `people` are the contacts and the talks with them, of which no grading knows.
    """
    team = Team.objects.create(name="Sales")
    director = User.objects.create_user("director", password="tierbook", role=Role.DIRECTOR)
    owners = User.objects.bulk_create(User(username=f"am{n}", team=team) for n in range(managers))
    book = Book(seed, orders, director.pk, team.pk, tuple(owner.pk for owner in owners), people=people)
    starts = range(0, customers, BLOCK)
    blocks = [range(n + 1, min(n + BLOCK, customers) + 1) for n in starts]
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size = -400000")
    with bare(TABLES) if customers >= BARE_FROM else nullcontext():
        if connection.vendor == "postgresql" and len(blocks) > 1:
            fill_on_both_cores(book, blocks)
        else:
            for block in blocks:
                with transaction.atomic(), connection.cursor() as cursor:
                    fill(book, block, cursor)
    settle()
    return director


@dataclass(frozen=True, slots=True)
class Book:
    seed: int
    orders: int
    director: int
    team: int
    owners: tuple[int, ...]
    people: bool

    def drawn(self, what: str, pk: Ints, nth: Ints | int = 0) -> Hash:
        """63 bits of chance for each customer and number."""
        start = int.from_bytes(what.encode()[:8].ljust(8, b"\0"), "big") ^ (self.seed * GOLDEN % 2**64)
        mixed = mix(np.uint64(start) + pk.astype(np.uint64) * np.uint64(GOLDEN))
        return mix(mixed + np.asarray(nth).astype(np.uint64)) >> np.uint64(1)

    def below(self, limit: int, what: str, pk: Ints, nth: Ints | int = 0) -> Ints:
        """Evenly from 0 up to, but without, the limit."""
        return (self.drawn(what, pk, nth) % np.uint64(limit)).astype(np.int64)

    def tables(self, pk: Ints) -> Iterator[tuple[type[models.Model], Sequence[str], Iterable[Row]]]:
        """Model, columns and rows of these customers, parents first."""
        yield Customer, CUSTOMER, self.customers(pk)
        yield Standing, ("customer_id",), zip(pk.tolist())
        yield Order, ORDER, self.bought(pk)
        yield Payment, PAYMENT, self.paid(pk)
        yield Contract, CONTRACT, self.signed(pk)
        yield Assessment, ASSESSMENT, self.rated(pk)
        yield Figure, FIGURE, self.given(pk)
        yield ServiceRequest, REQUEST, self.asked(pk)
        if self.people:
            yield Contact, CONTACT, zip(pk.tolist(), repeat("王经理"), repeat("13800000000"), repeat(1))
            yield Interaction, INTERACTION, ((n, self.director) for n in pk.tolist() for _talk in range(5))

    def customers(self, pk: Ints) -> Iterator[Row]:
        since = days(LAST, 100 + self.below(2_900, "since", pk))
        since[self.below(5, "unsince", pk) == 0] = None
        place, trade = self.below(len(PLACES), "place", pk), self.below(len(TRADES), "trade", pk)
        a = self.below(len(BRANDS), "brand", pk)
        b = (a + 1 + self.below(4, "brand", pk, 1)) % len(
            BRANDS
        )  # some thousand names: reading Chinese takes time
        names = map(named, *(column.tolist() for column in (place, a, b, trade)))
        for n, (name, initials, key, searched), day in zip(pk.tolist(), names, since.tolist(), strict=True):
            code, owner = f"K{n:07d}", self.owners[n % len(self.owners)]
            people = "\n王经理\n13800000000" if self.people else ""
            yield n, code, name, initials, owner, self.team, day, key, f"{code}\n{searched}{people}"

    def size(self, pk: Ints) -> Ints:
        """What an order of theirs comes to, in fen: like a lognormal, of integers alone."""
        bits = self.drawn("size", pk)
        steps = np.sum([(bits >> np.uint64(n)) & np.uint64(1) for n in range(14)], axis=0).astype(np.int64)
        size: Ints = (30 * (1_024 + self.below(1_024, "size", pk, 1))) << steps
        return size

    def bought(self, pk: Ints) -> Iterator[Row]:
        most = self.orders * 2
        count = self.below(most + 1, "orders", pk)
        count[self.below(60, "none", pk) == 0] = 0
        at, nth = spread(count)
        who = pk[at]
        # Growing customers bought lately, shrinking ones long ago, the others evenly.
        one, two = self.below(SPAN, "day", who, nth), self.below(SPAN, "day", who, nth + most)
        course = self.below(4, "course", pk)[at]
        before = np.select([course == 0, course == 1], [np.minimum(one, two), np.maximum(one, two)], one)
        amount = self.size(pk)[at] * (512 + self.below(1_024, "amount", who, nth)) >> 10
        amount = np.where(self.below(50, "return", who, nth) == 0, -(amount >> 2), amount)
        typical = self.below(9_000, "custom", pk)[at]
        share = (typical + self.below(1_001, "custom", who, nth + 1)).astype(object)
        share[self.below(7, "unshared", who, nth) == 0] = None
        order = np.argsort(-before, kind="stable")  # orders came in by day, not by customer
        first = (int(pk[0]) - 1) * most + 1
        numbers = [f"{n}-{k}" for n, k in zip(who[order].tolist(), nth[order].tolist(), strict=True)]
        taken = (who[order], days(LAST, before[order]), amount[order], share[order])
        ids = range(first, first + len(who))
        return zip(ids, numbers, *(column.tolist() for column in taken), strict=True)

    def paid(self, pk: Ints) -> Iterator[Row]:
        count = np.where(self.below(12, "unpaid", pk) == 0, 0, 4)
        at, nth = spread(count)
        who = pk[at]
        before = 180 * nth + self.below(180, "due", who, nth)
        is_punctual = self.below(10, "punctual", pk)[at] < 6
        is_late = self.below(100, "late", who, nth) < np.where(is_punctual, 6, 40)
        late = np.where(is_late, 1, -1) * self.below(30, "late", who, nth + 4)
        day = days(LAST, before - late)
        day[self.below(25, "open", who, nth) == 0] = None
        amount = self.size(pk)[at] * (512 + self.below(1_024, "payment", who, nth)) >> 8
        columns = ((who - 1) * 4 + nth + 1, who, amount, days(LAST, before), day)
        return zip(*(column.tolist() for column in columns), strict=True)

    def signed(self, pk: Ints) -> Iterator[Row]:
        at, nth = spread(np.maximum(self.below(5, "contract", pk) - 1, 0))
        who = pk[at]
        before = 240 * nth + self.below(300, "ends", who, nth) - 45
        faithful = self.below(100, "faithful", pk)[at]
        day = days(LAST, before + self.below(30, "renewed", who, nth))
        day[self.below(100, "renewed", who, nth + 4) > faithful] = None
        ids = (who - 1) * 4 + nth + 1
        numbers = [f"F{n}" for n in ids.tolist()]
        columns = (who, days(LAST, before + 365), days(LAST, before), day)
        return zip(ids.tolist(), numbers, *(column.tolist() for column in columns), strict=True)

    def rated(self, pk: Ints) -> Iterator[Row]:
        """Most are rated on most, and a third of them a second time."""
        for n, key in enumerate(RATED):
            at, nth = spread(
                np.select([self.below(100, key, pk) < 15, self.below(100, key, pk) < 65], [0, 1], 2)
            )
            who = pk[at]
            before = np.where(nth == 0, 150, 0) + self.below(150, key, who, nth + 1)
            liked = self.below(6, "liked", pk)[at]
            rating = np.clip(liked + self.below(3, key, who, nth + 3) - 1, 1, 5)
            columns = (((who - 1) * 3 + n) * 2 + nth + 1, who, rating, days(LAST, before))
            for pk_, customer, stars, day in zip(*(column.tolist() for column in columns), strict=True):
                yield pk_, customer, key, stars, self.director, day

    def given(self, pk: Ints) -> Iterator[Row]:
        at, nth = spread(
            np.select([self.below(100, GIVEN, pk) < 20, self.below(100, GIVEN, pk) < 70], [0, 1], 2)
        )
        who = pk[at]
        before = np.where(nth == 0, 120, 0) + self.below(180, GIVEN, who, nth + 1)
        value = np.clip(self.below(80, GIVEN, who, 3) + self.below(40, GIVEN, who, nth + 4), 0, 100)
        columns = ((who - 1) * 2 + nth + 1, who, value, days(LAST, before))
        return (
            (n, customer, GIVEN, number, day, self.director)
            for n, customer, number, day in zip(*(column.tolist() for column in columns), strict=True)
        )

    def asked(self, pk: Ints) -> Iterator[Row]:
        at, nth = spread(np.maximum(self.below(11, "asked", pk) - 2, 0))
        who = pk[at]
        before = self.below(500, "asked", who, nth + 1)
        is_technical = self.below(100, "tech", who, nth + 1) < self.below(100, "tech", pk)[at]
        departments = np.where(is_technical, Department.TECHNICAL.value, Department.SERVICE.value)
        done = days(LAST, before - 1)
        columns = ((who - 1) * 8 + nth + 1, who, departments, days(LAST, before), done)
        for n, customer, department, opened, resolved in zip(*(c.tolist() for c in columns), strict=True):
            yield (
                n, customer, department, f"{opened} 02:00:00", self.director,
                f"{resolved} 02:00:00" if n % 50 else None, self.director if n % 50 else None,
            )  # fmt: skip


CUSTOMER = (
    "id",
    "code",
    "name",
    "initials",
    "owner_id",
    "team_id",
    "cooperation_since",
    "name_key",
    "search_text",
)
ORDER = ("id", "number", "customer_id", "ordered_on", "amount", "customised_share")
PAYMENT = ("id", "customer_id", "amount", "due_on", "paid_on")
CONTRACT = ("id", "number", "customer_id", "starts_on", "ends_on", "renewed_on")
ASSESSMENT = ("id", "customer_id", "indicator", "rating", "rater_id", "rated_on")
FIGURE = ("id", "customer_id", "indicator", "value", "as_of", "by_id")
REQUEST = ("id", "customer_id", "department", "opened_at", "opened_by_id", "resolved_at", "resolved_by_id")
CONTACT = ("customer_id", "name", "phone", "is_primary")
INTERACTION = ("customer_id", "by_id")
SAME: Final[dict[str, Any]] = {
    "at": RECORDED, "category": "A", "channel": "phone", "created_at": RECORDED, "evidence": "seen",
    "industry": "C34", "lifecycle": "active", "note": "talked", "preferred_channel": "phone", "province": "32",
    "city": "3205", "recorded_at": RECORDED, "resolution": "", "size": "medium", "source": "fair",
    "subject": "asked", "updated_at": RECORDED, "department": "sales",
}  # fmt: skip
"""What is the same in every row of whatever table has such a column."""
TABLES: Final[tuple[type[models.Model], ...]] = (
    Customer, Standing, Order, Payment, Contract, Assessment, Figure, ServiceRequest, Contact, Interaction,
)  # fmt: skip


# Chance, days, names

GOLDEN: Final = 0x9E3779B97F4A7C15


def mix(x: Hash) -> Hash:
    """The finishing of splitmix64: every bit of the answer hangs on every bit of the question."""
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def spread(count: Ints) -> tuple[Ints, Ints]:
    """Where each of so many rows belongs, and the how-manieth of its customer it is."""
    at = np.repeat(np.arange(len(count)), count)
    return at, np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)


def days(last: date, before: Ints) -> NDArray[np.object_]:
    """So many days before, written out. Days after the last one count negative."""
    return calendar(last)[before + 400]


@cache
def calendar(last: date) -> NDArray[np.object_]:
    return np.array([str(last - timedelta(days=n)) for n in range(-400, 4_000)], object)


@cache
def named(place: int, a: int, b: int, trade: int) -> tuple[str, str, str, str]:
    """Name, initials, key to sort by, and what is searched beside the code."""
    customer = Customer(code="", name=f"{PLACES[place]}{BRANDS[a]}{BRANDS[b]}{TRADES[trade]}有限公司")
    customer.prepare()
    searched = "\n".join(map(pinyin.normalise, (customer.name, customer.initials)))
    return customer.name, customer.initials, customer.name_key, searched


# Into the database


def fill(book: Book, block: range, cursor: CursorWrapper | Any) -> None:
    for model, columns, rows in book.tables(np.arange(block.start, block.stop)):
        if connection.vendor == "postgresql":
            copy(cursor, model, columns, rows)
        else:
            insert(cursor, model, columns, rows)


def fill_on_both_cores(book: Book, blocks: list[range]) -> None:
    link_to = parameters()
    connection.close()  # not to be shared with the processes
    forked = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=forked) as pool:
        list(pool.map(partial(fill_alone, book, link_to), blocks))


def parameters() -> dict[str, Any]:
    """Where a connection of one's own goes to."""
    known = connection.get_connection_params()
    return {key: known[key] for key in ("dbname", "user", "password", "host", "port") if key in known}


def fill_alone(book: Book, link_to: dict[str, Any], block: range) -> None:
    link = psycopg2.connect(**link_to, options="-c TimeZone=UTC -c synchronous_commit=off")
    try:
        with link, link.cursor() as cursor:
            fill(book, block, cursor)
    finally:
        link.close()


def completed(model: type[models.Model], columns: Sequence[str]) -> tuple[list[str], list[Any]]:
    """Names of the columns as the table has them, and what stands in those that no row says."""
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    others = [
        f for f in model._meta.concrete_fields if f not in fields and not isinstance(f, models.AutoField)
    ]
    return [str(f.column) for f in (*fields, *others)], [default(f) for f in others]


def default(field: Any) -> Any:
    if field.name in SAME:
        return SAME[field.name]
    value = field.get_default()
    if value is None and not field.null:
        value = "bench"
    return field.get_db_prep_save(int(value) if isinstance(value, bool) else value, connection)


def copy(cursor: Any, model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    names, rest = completed(model, columns)
    line = "\t".join(["%s"] * len(columns) + [text(value) for value in rest]) + "\n"
    has_long_texts = "search_text" in columns
    statement = f"COPY {model._meta.db_table} ({quoted(names)}) FROM STDIN (NULL 'None')"
    feed = iter(rows)
    while batch := list(islice(feed, 50_000)):
        lines = map(line.__mod__, batch)
        if has_long_texts:
            lines = map(on_one_line, lines)
        cursor.copy_expert(statement, StringIO("".join(lines)))


def on_one_line(line: str) -> str:
    return line[:-1].replace("\n", "\\n") + "\n"


def quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def text(value: Any) -> str:
    return str(int(value) if isinstance(value, bool) else value).replace("%", "%%")


def insert(
    cursor: CursorWrapper, model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]
) -> None:
    names, rest = completed(model, columns)
    places = ", ".join(["%s"] * len(names))
    statement = f"INSERT INTO {model._meta.db_table} ({quoted(names)}) VALUES ({places})"
    more = tuple(rest)
    cursor.executemany(statement, [row + more for row in rows])


@contextmanager
def bare(tables: Sequence[type[models.Model]]) -> Iterator[None]:
    """Without indexes, foreign keys and unique columns but the primary key; put back at the end."""
    names = [model._meta.db_table for model in tables]
    parts = list(taken_off(names))
    with connection.cursor() as cursor:
        for off, _on in parts:
            cursor.execute(off)
    yield
    put_back([on for _off, on in parts])


def taken_off(tables: list[str]) -> Iterator[tuple[str, str]]:
    """Statements that take something off a table and put it back: foreign keys first and last."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            places = ", ".join(["%s"] * len(tables))
            question = (
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> '' AND tbl_name IN"
            )
            cursor.execute(f"{question} ({places})", tables)
            yield from [(f'DROP INDEX "{name}"', sql) for name, sql in cursor.fetchall()]
            return
        cursor.execute(
            """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), contype FROM pg_constraint
               WHERE contype IN ('f', 'u') AND conrelid = ANY (%s::regclass[])
               ORDER BY contype DESC, conrelid""",
            [tables],
        )
        parts = [
            (
                f'ALTER TABLE {table} DROP CONSTRAINT "{name}"',
                f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {words}',
            )
            for table, name, words, _kind in cursor.fetchall()
        ]
        cursor.execute(
            """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i
               WHERE indrelid = ANY (%s::regclass[]) AND NOT EXISTS (
                   SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u'))""",
            [tables],
        )
        yield from [(f"DROP INDEX {name}", words) for name, words in cursor.fetchall()]
        yield from parts


def put_back(statements: list[str]) -> None:
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        return
    first = [statement for statement in statements if "FOREIGN KEY" not in statement]
    run_on_both_cores(first)
    run_on_both_cores([statement for statement in statements if statement not in first], cores=1)


def run_on_both_cores(statements: list[str], *, cores: int | None = None) -> None:
    with ThreadPoolExecutor(cores or os.cpu_count()) as pool:
        list(pool.map(partial(run_alone, parameters()), statements))


def run_alone(link_to: dict[str, Any], statement: str) -> None:
    link = psycopg2.connect(
        **link_to, options="-c maintenance_work_mem=512MB -c max_parallel_maintenance_workers=0"
    )
    try:
        with link, link.cursor() as cursor:
            cursor.execute(statement)
    finally:
        link.close()


def settle() -> None:
    """Ids go on after the ones given here, and the planner knows what there is."""
    from django.core.management.color import no_style  # noqa: PLC0415 - only here

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), TABLES):
            cursor.execute(statement)
        is_alone = connection.vendor == "postgresql" and not connection.in_atomic_block
        cursor.execute("VACUUM (FREEZE, ANALYZE)" if is_alone else "ANALYZE")
