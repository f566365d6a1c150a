"""How long the pages take: `./run bench pages [--customers 100000] [--rounds 60]`.

Makes a book on a throw-away PostgreSQL (or DATABASE_URL), grades it, plans its promises, serves it with two gunicorn
workers and asks for pages as a browser would, one after the other. Every answer is looked at: a list that shows
other rows than it should, or an edit that was not kept, stops the benchmark, for it would be fast too.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

PORT = 8977
ROWS = 100
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    options = arguments()
    set_up("benchmarks.pages")
    prepare(options.customers)
    measure(options.rounds)


def set_up(module: str) -> None:
    """Django on DATABASE_URL; without one this program starts anew with a throw-away PostgreSQL."""
    if "DATABASE_URL" not in os.environ:
        command = [sys.executable, "-m", "tests.servers", "--", sys.executable, "-m", module, *sys.argv[1:]]
        sys.exit(subprocess.call(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": ""}))
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "crm.settings",
        "LOG_LEVEL": "WARNING",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    import django  # noqa: PLC0415 - after the environment

    django.setup()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=60)
    return parser.parse_args()


def prepare(customers: int) -> None:
    from django.core.management import call_command  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415
    from benchmarks import _book  # noqa: PLC0415
    from maintenance import meetings, services  # noqa: PLC0415
    from tiering import regrade  # noqa: PLC0415
    from tiering.models import Run, Scheme  # noqa: PLC0415

    started = time.perf_counter()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    _book.make(customers)
    print(f"book of {customers:,} customers made in {time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    scheme = Scheme.objects.get(is_default=True)
    run = regrade.start(scheme, as_of=_book.LAST, trigger=Run.Trigger.COMMAND, at=timezone.now())
    regrade.work_off(run)
    print(f"graded and {run.state} in {time.perf_counter() - started:.1f} s in one process")
    started = time.perf_counter()
    now = timezone.now()
    planned = services.replan(None, today=timezone.localdate(now))
    print(f"{planned.created:,} promises planned in {time.perf_counter() - started:.1f} s")
    director = User.objects.get(username="director")
    meetings.open_meeting(None, by=director, at=now, today=timezone.localdate(now))
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def measure(rounds: int, choose: "Callable[[Browser], dict[str, Page]] | None" = None) -> dict[str, float]:
    """Prints and gives the median milliseconds of each page."""
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "crm.wsgi",
        "-b",
        f"127.0.0.1:{PORT}",
        "-w",
        "2",
        "--log-level",
        "error",
    ]
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        browser = Browser()
        browser.log_in("director")
        print(f"{'page':34} {'median':>8} {'p95':>8}   (ms, {rounds} rounds)")
        medians = {}
        for name, page in (choose or pages)(browser).items():
            for n in range(20):
                page.timed(n)
            times = [page.timed(n) for n in range(rounds)]
            medians[name] = statistics.median(times)
            print(f"{name:34} {medians[name]:8.1f} {sorted(times)[int(rounds * 0.95)]:8.1f}")
        return medians
    finally:
        server.terminate()
        server.wait()


@dataclass(frozen=True)
class Page:
    """How a page is asked for in round n, and whether the answer is what its name says."""

    ask: Callable[[int], str]
    is_right: Callable[[str, int], bool]

    def timed(self, n: int) -> float:
        """Milliseconds."""
        started = time.perf_counter()
        answer = self.ask(n)
        taken = 1_000 * (time.perf_counter() - started)
        if not self.is_right(answer, n):
            sys.exit(f"Round {n} was answered with something else:\n{answer}")
        return taken


def pages(browser: "Browser") -> dict[str, Page]:
    from accounts.models import User  # noqa: PLC0415
    from customers.models import Customer, Tier  # noqa: PLC0415
    from maintenance.models import Meeting  # noqa: PLC0415

    book = Customer.objects.active()
    pks = list(book.order_by("pk").values_list("pk", flat=True)[:: max(1, book.count() // 97)])
    owners = list(User.objects.filter(username__startswith="am").order_by("pk").values_list("pk", flat=True))
    important = Tier.objects.get(scale="b2b", key="important").pk
    words = ["苏州", "瑞", "SZ", "恒瑞", "有限公司", "K0000123", "138000", "宁波金"]
    hits = [book.matching(word)[:ROWS].count() for word in words]
    theirs = [book.filter(owner=owner, standing__tier=important)[:ROWS].count() for owner in owners]

    def rows(query: Callable[[int], str], expected: Callable[[int], int]) -> Page:
        return Page(
            lambda n: browser.get(f"/customers/?rows={ROWS}&{query(n)}"),
            lambda answer, n: answer.count('name="customer" value="') == expected(n),
        )

    def of_customer(part: str, shown: str, **headers: str) -> Page:
        return Page(
            lambda n: browser.get(f"/customers/{pks[n % len(pks)]}/{part}", **headers),
            lambda answer, _n: shown in answer,
        )

    def of_the_book(path: str, shown: str) -> Page:
        return Page(lambda _n: browser.get(path), lambda answer, _n: shown in answer)

    everybody = min(ROWS, book.count())
    meeting = Meeting.objects.get().pk
    return {
        "list, 100 rows by score": rows(lambda n: f"sort={'-' * (n % 2)}score", lambda _n: everybody),
        "list, 100 rows by name": rows(lambda _n: "sort=name", lambda _n: everybody),
        "list, 100 rows by amount": rows(lambda _n: "sort=amount", lambda _n: everybody),
        "list, one owner and tier": rows(
            lambda n: f"owner={owners[n % len(owners)]}&tier={important}", lambda n: theirs[n % len(owners)]
        ),
        "search": rows(lambda n: f"q={quote(words[n % len(words)])}", lambda n: hits[n % len(words)]),
        "customer page": of_customer("", "王经理"),
        "its grading panel": of_customer("grading/", "Annual cooperation amount", HX_Request="true"),
        "its promises panel": of_customer("promises/", "/complete/", HX_Request="true"),
        "an edit with its history row": Page(
            lambda n: browser.edit(pks[n % len(pks)]), lambda note, _n: is_kept_with_history(note)
        ),
        "its timeline": of_customer("timeline/", "<h1"),
        "home": Page(lambda _n: browser.get("/"), lambda answer, _n: "Important" in answer),
        "my day of the director": of_the_book("/my-day/", 'name="obligation"'),
        "my day of one account manager": Page(
            lambda n: browser.get(f"/my-day/?person={owners[n % len(owners)]}"),
            lambda answer, _n: 'name="obligation"' in answer,
        ),
        "calendar of the director": of_the_book("/calendar/", 'id="entry-'),
        "promises, the next ones": of_the_book("/obligations/", 'name="obligation"'),
        "the weekly meeting": of_the_book(f"/meetings/{meeting}/", "Tier changes"),
    }


def is_kept_with_history(note: str) -> bool:
    from customers.models import Customer  # noqa: PLC0415

    customer = Customer.objects.filter(notes=note).first()
    kept = customer and customer.history.filter(notes=note, version=customer.version, history_type="~")
    return bool(kept and kept.count() == 1)


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


class Browser:
    """Just enough of one: cookies, forms, no scripts."""

    def __init__(self) -> None:
        self.cookies: SimpleCookie = SimpleCookie()
        self.open = build_opener(NoRedirect).open

    def ask(self, path: str, data: dict[str, str] | bytes | None = None, **headers: str) -> str:
        request = Request(
            f"http://127.0.0.1:{PORT}{path}",
            data=urlencode(data).encode() if isinstance(data, dict) else data,
            headers={"Cookie": "; ".join(f"{k}={m.value}" for k, m in self.cookies.items())}
            | {key.replace("_", "-"): value for key, value in headers.items()},
        )
        try:
            answer = self.open(request)
        except OSError as error:
            if getattr(error, "code", 0) != 302:
                raise
            answer = error
        for header in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.load(header)
        return str(answer.read().decode())

    def get(self, path: str, **headers: str) -> str:
        return self.ask(path, None, **headers)

    def log_in(self, username: str) -> None:
        """A session as the log-in would make it, and the first page once the server is up."""
        from django.test import Client  # noqa: PLC0415

        from accounts.models import User  # noqa: PLC0415

        client = Client()
        client.force_login(User.objects.get(username=username))
        self.cookies["sessionid"] = client.cookies["sessionid"].value
        for _n in range(100):
            try:
                self.get("/customers/new/")
            except OSError:
                time.sleep(0.1)
            else:
                return

    def edit(self, pk: int) -> str:
        """Saves what the form would hold, which is read from the database, with another note; answers with the note."""
        from customers.models import Customer  # noqa: PLC0415

        fields = ("name", "code", "kind", "lifecycle", "owner_id", "team_id", "version", "cooperation_since")
        row = Customer.objects.values(*fields).get(pk=pk)
        note = f"note {time.perf_counter_ns()}"
        form = {
            key.removesuffix("_id"): "" if value is None else str(value) for key, value in row.items()
        } | {
            "notes": note,
            "csrfmiddlewaretoken": self.cookies["csrftoken"].value,
        }
        self.ask(f"/customers/{pk}/edit/", form)
        return note


if __name__ == "__main__":
    main()
