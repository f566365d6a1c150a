"""How long somebody waits who imports a sheet on its page: `./run bench clicks [--rows 10000] [--preview 50000]`.

On a throw-away PostgreSQL, with two gunicorn workers and a real Celery worker: the file is posted, its columns are taken as
they were found, the plan is committed; after each click the page is asked again each second, as it asks itself, until it says
that the step is done. What a person thinks in between is not counted. Then a preview of many rows: each of its tabs, the first
and the last page, with the queries that it makes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from uuid import uuid4

import psutil

from benchmarks import imports, pages

ROOT: Final = pages.ROOT
EVERY: Final = 1.0
"""As the page asks."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--preview", type=int, default=50_000, help="rows; 0 for none")
    options = parser.parse_args()
    if "VAR_DIR" not in os.environ:
        with tempfile.TemporaryDirectory(prefix="tierbook-bench-") as directory:
            limits = {"UPLOAD_LIMIT_MB": "200", "SHEET_LIMIT_ROWS": str(options.preview + 10_000)}
            command = [sys.executable, "-m", "benchmarks.clicks", *sys.argv[1:]]
            environment = os.environ | {"VAR_DIR": directory} | limits
            sys.exit(subprocess.call(command, cwd=ROOT, env=environment))
    pages.set_up("benchmarks.clicks")
    from django.core.management import call_command  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    User.objects.create(username="director", role="director")
    file = Path(os.environ["VAR_DIR"]) / "customers.xlsx"
    with served() as (person, worker):
        imports.write(str(file), options.rows)
        click_through(person, worker, file, options.rows)
        if options.preview:
            imports.write(str(file), options.preview, first=options.rows // 2)
            look_through(person, file, options.preview)


@contextmanager
def served() -> "Iterator[tuple[Person, psutil.Process]]":
    web = [sys.executable, "-m", "gunicorn", "crm.wsgi", "-b", f"127.0.0.1:{pages.PORT}", "-w", "2"]
    worker = [sys.executable, "-m", "celery", "-q", "-A", "crm", "worker", "-c", "2", "-l", "WARNING"]
    processes = [
        subprocess.Popen([*web, "--log-level", "error"], cwd=ROOT),
        subprocess.Popen(worker, cwd=ROOT),
    ]
    try:
        person = Person()
        person.log_in("director")
        wait_for_the_worker()
        yield person, psutil.Process(processes[1].pid)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def wait_for_the_worker() -> None:
    from crm.celery import app  # noqa: PLC0415

    for _n in range(60):
        if app.control.ping(timeout=1):
            return
    sys.exit("The worker does not answer.")


def click_through(person: "Person", worker: psutil.Process, file: Path, rows: int) -> None:
    from customers.models import Customer  # noqa: PLC0415

    computed = computing(worker)
    address, read = person.send(file)
    compared = person.click(f"{address}columns/", address, until='id="commit"')
    committed = person.click(address, address, until="/undo/", action="/commit/")
    if Customer.objects.count() != rows:
        sys.exit(f"{Customer.objects.count()} customers are on record.")
    print(
        f"{rows:,} rows from click to result: {read + compared + committed:.1f} s"
        f" (send and read {read:.1f}, compare {compared:.1f}, commit {committed:.1f};"
        f" {computing(worker) - computed:.1f} s of computing in the worker)"
    )


def computing(worker: psutil.Process) -> float:
    """Seconds of the worker and of what it started, without PostgreSQL's."""
    times = [process.cpu_times() for process in (worker, *worker.children())]
    return sum(one.user + one.system + one.children_user + one.children_system for one in times)


def look_through(person: "Person", file: Path, rows: int) -> None:
    """Some of these rows are on record with other content."""
    address, _read = person.send(file)
    person.click(f"{address}columns/", address, until='id="state"', patience=600)
    person.wait(address, until="Ready to commit", patience=600)
    print(f"A preview of {rows:,} rows:")
    from customers.models import Import  # noqa: PLC0415

    parent = Import.objects.latest("pk")
    for tab in ("new", "likely", "changed", "unchanged"):
        count = parent.counts.get(tab, 0)
        for page in sorted({1, max(1, -(-count // 50))}):
            took, queries = asked(person, f"{address}?tab={tab}&page={page}")
            print(f"  {tab:10} {count:7,} page {page:5}: {took:6.0f} ms, {queries} queries")


def asked(person: "Person", path: str) -> tuple[float, int]:
    """Milliseconds over the network, the best of three; the queries as this process counts them."""
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415

    took = []
    for _n in range(3):
        started = time.perf_counter()
        person.get(path)
        took.append(1_000 * (time.perf_counter() - started))
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(username="director"))
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return min(took), len(queries)


class Person(pages.Browser):
    def send(self, file: Path) -> tuple[str, float]:
        """The address of the import, and how long it took until its columns can be looked at."""
        token = self.form("/imports/new/customers/", "")
        started = time.perf_counter()
        mark = uuid4().hex
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in token.items()
        ]
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n\r\n'
        body = b"".join([*parts, head.encode(), file.read_bytes(), f"\r\n--{mark}--\r\n".encode()])
        self.ask("/imports/new/customers/", body, Content_Type=f"multipart/form-data; boundary={mark}")
        from customers.models import Import  # noqa: PLC0415

        address = f"/imports/{Import.objects.latest('pk').pk}/"
        self.wait(address, until="", patience=600, or_elsewhere=True)
        return address, time.perf_counter() - started

    def click(self, path: str, address: str, *, until: str, action: str = "", patience: float = 120) -> float:
        """Send the form of a page as it is, and wait; seconds."""
        form = self.form(path, action)
        started = time.perf_counter()
        self.ask(f"{address}commit/" if action else path, form)
        self.wait(address, until=until, patience=patience)
        return time.perf_counter() - started

    def wait(self, address: str, *, until: str, patience: float = 120, or_elsewhere: bool = False) -> None:
        """Until the page says it, or sends one on."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            answer = self.get(address, HX_Request="true")
            if "every 1s" not in answer and (or_elsewhere or until in answer):
                return
            if "every 1s" not in answer:
                sys.exit(f"The page says something else:\n{answer}")
            time.sleep(EVERY)
        sys.exit(f"{address} is not through.")

    def form(self, path: str, action: str) -> dict[str, str]:
        """What the form of a page would send if nobody changed anything."""
        reader = Fields(action)
        reader.feed(self.get(path))
        return reader.found


class Fields(HTMLParser):
    """The fields of the posted form with this in its address, with what is chosen."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.found: dict[str, str] = {}
        self.is_inside = False
        self.select = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attributes}
        match tag:
            case "form":
                self.is_inside = own.get("method") == "post" and self.fits(own.get("action", ""))
            case "input" if self.is_inside and own.get("type") not in {"file", "checkbox", "radio"}:
                self.found[own.get("name", "")] = own.get("value", "")
            case "select" if self.is_inside:
                self.select = own.get("name", "")
            case "option" if self.is_inside and ("selected" in own or self.select not in self.found):
                self.found[self.select] = own.get("value", "")

    def fits(self, action: str) -> bool:
        return action.endswith(self.action) if self.action else not action

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False


if __name__ == "__main__":
    main()
