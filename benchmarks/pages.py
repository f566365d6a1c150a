"""How long the pages take: `./run bench pages [--customers 100000] [--rounds 60]`.

Makes a book on a throw-away PostgreSQL (or DATABASE_URL), grades it, serves it with two gunicorn workers and asks
for pages as a browser would, one after the other. Beside each page stands the time of the bare query for the same
rows in the same run: the ratio is what can be compared between machines.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

PORT = 8977
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    options = arguments()
    if "DATABASE_URL" not in os.environ:
        command = [
            sys.executable,
            "-m",
            "tests.servers",
            "--",
            sys.executable,
            "-m",
            "benchmarks.pages",
            *sys.argv[1:],
        ]
        sys.exit(subprocess.call(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": ""}))
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "crm.settings",
        "LOG_LEVEL": "WARNING",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    import django  # noqa: PLC0415 - after the environment

    django.setup()
    prepare(options.customers)
    measure(options.rounds)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=60)
    return parser.parse_args()


def prepare(customers: int) -> None:
    from django.core.management import call_command  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from benchmarks import _book  # noqa: PLC0415
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
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def measure(rounds: int) -> None:
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
        for name, ask in pages(browser).items():
            for _n in range(5):
                ask(0)
            times = [timed(ask, n) for n in range(rounds)]
            print(f"{name:34} {statistics.median(times):8.1f} {sorted(times)[int(rounds * 0.95)]:8.1f}")
    finally:
        server.terminate()
        server.wait()


def timed(ask: Callable[[int], object], n: int) -> float:
    started = time.perf_counter()
    ask(n)
    return 1_000 * (time.perf_counter() - started)


def pages(browser: "Browser") -> dict[str, Callable[[int], object]]:
    from customers.models import Customer  # noqa: PLC0415

    pks = list(
        Customer.objects.order_by("pk").values_list("pk", flat=True)[
            :: max(1, Customer.objects.count() // 97)
        ]
    )
    words = ["苏州", "瑞", "SZ", "恒瑞", "有限公司", "K0000123", "138000", "宁波金"]
    return {
        "list, 100 rows by score": lambda n: browser.get(f"/customers/?size=100&sort={'-' * (n % 2)}score"),
        "list, 100 rows by name": lambda _n: browser.get("/customers/?size=100&sort=name"),
        "list, 100 rows by amount": lambda _n: browser.get("/customers/?size=100&sort=amount"),
        "list, one owner and tier": lambda n: browser.get(f"/customers/?size=100&owner={2 + n % 40}&tier=2"),
        "search": lambda n: browser.get(f"/customers/?size=100&q={quote(words[n % len(words)])}"),
        "customer page": lambda n: browser.get(f"/customers/{pks[n % len(pks)]}/"),
        "its grading panel": lambda n: browser.get(
            f"/customers/{pks[n % len(pks)]}/grading/", HX_Request="true"
        ),
        "its promises panel": lambda n: browser.get(
            f"/customers/{pks[n % len(pks)]}/promises/", HX_Request="true"
        ),
        "an edit with its history row": lambda n: browser.edit(pks[n % len(pks)]),
        "home": lambda _n: browser.get("/"),
    }


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


class Browser:
    """Just enough of one: cookies, forms, no scripts."""

    def __init__(self) -> None:
        self.cookies: SimpleCookie = SimpleCookie()
        self.open = build_opener(NoRedirect).open

    def ask(self, path: str, data: dict[str, str] | None = None, **headers: str) -> str:
        request = Request(
            f"http://127.0.0.1:{PORT}{path}",
            data=urlencode(data).encode() if data else None,
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

    def edit(self, pk: int) -> None:
        """Only the saving is timed by the caller in full: the form is asked for once per customer."""
        from customers.models import Customer  # noqa: PLC0415

        customer = Customer.objects.get(pk=pk)
        form = {
            "name": customer.name, "code": customer.code, "kind": "enterprise", "lifecycle": "active",
            "version": str(customer.version), "notes": f"note {time.perf_counter_ns()}",
            "csrfmiddlewaretoken": self.cookies["csrftoken"].value,
        }  # fmt: skip
        self.ask(f"/customers/{pk}/edit/", form)


if __name__ == "__main__":
    main()
