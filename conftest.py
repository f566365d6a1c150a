"""The cast of the tests, the browser, and a real worker for those tests that need one."""

import os
import re
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from hypothesis import settings as hypothesis_settings

if TYPE_CHECKING:
    from django.db.backends.base.operations import BaseDatabaseOperations
    from playwright.sync_api import ConsoleMessage, Page, Request
    from pytest_django import DjangoDbBlocker
    from pytest_django.live_server_helper import LiveServer

    from accounts.models import Team, User

PASSWORD = "tierbook"
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FORM_COMES_BACK = re.compile("status of (409|422)")
NO_CHROMIUM = "NO CHROMIUM: install Debian's chromium and fonts-noto-cjk to run the browser tests"
NO_LIBREOFFICE = "NO LIBREOFFICE: install Debian's libreoffice-calc-nogui to open exports with it"
NO_REDIS = "NO REDIS: install Debian's redis-server to run the tests with a real worker"


def do_without(missing: str) -> None:
    """A test that cannot run is skipped, loudly; where a change is let in, that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


hypothesis_settings.register_profile("tierbook", deadline=None, max_examples=50)  # a busy machine is no error
hypothesis_settings.register_profile("thorough", deadline=None, max_examples=500)
hypothesis_settings.load_profile("tierbook")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="look at every page in every way")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("thorough"):
        hypothesis_settings.load_profile("thorough")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if connection.vendor == "postgresql":
        config.hook.pytest_deselected(items=[item for item in items if is_beside_the_database(item)])
        items[:] = [item for item in items if not is_beside_the_database(item)]
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        if item.get_closest_marker("postgres") and connection.vendor != "postgresql":
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: ./run test --postgres"))


def is_beside_the_database(item: pytest.Item) -> bool:
    """What an app's test needs no database for is the same on each: it is tried with SQLite alone."""
    fixtures = {"db", "transactional_db"}.intersection(getattr(item, "fixturenames", ()))
    is_of_the_whole = item.path.is_relative_to(Path(__file__).with_name("tests"))
    is_marked = any(item.get_closest_marker(name) for name in ("django_db", "postgres"))
    return not (fixtures or is_marked or is_of_the_whole)


def pytest_report_header() -> str:
    broker = "Redis" if django_settings.REDIS_URL else "no broker"
    return f"database: {connection.vendor}, {broker}; browser: {CHROMIUM or NO_CHROMIUM}"


def pytest_unconfigure() -> None:
    shutil.rmtree(django_settings.VAR_DIR, ignore_errors=True)


@pytest.fixture
def libreoffice() -> None:
    """For tests that send sheets through `soffice`."""
    if not shutil.which("soffice"):
        do_without(NO_LIBREOFFICE)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()


# The cast: the team Sales has the teams East and South below it. Everybody's password is PASSWORD.


@pytest.fixture
def sales(db: None) -> "Team":
    return _team("Sales")


@pytest.fixture
def east(sales: "Team") -> "Team":
    return _team("East", parent=sales)


@pytest.fixture
def south(sales: "Team") -> "Team":
    return _team("South", parent=sales)


@pytest.fixture
def alice(east: "Team") -> "User":
    """An account manager of the team East: it is mostly her book."""
    return _user("alice", "account_manager", east)


@pytest.fixture
def bob(east: "Team") -> "User":
    """Leads the team East."""
    return _user("bob", "team_lead", east)


@pytest.fixture
def carol(south: "Team") -> "User":
    """An account manager of the team South: a stranger to Alice's customers."""
    return _user("carol", "account_manager", south)


@pytest.fixture
def dan(db: None) -> "User":
    return _user("dan", "service")


@pytest.fixture
def tess(db: None) -> "User":
    return _user("tess", "technical")


@pytest.fixture
def logan(db: None) -> "User":
    return _user("logan", "logistics")


@pytest.fixture
def dora(db: None) -> "User":
    """The sales director."""
    return _user("dora", "director")


@pytest.fixture
def audrey(db: None) -> "User":
    """The auditor: sees all, writes nothing."""
    return _user("audrey", "auditor")


@pytest.fixture
def adam(db: None) -> "User":
    """The administrator, with the run of the admin site."""
    return _user("adam", "administrator", is_staff=True, is_superuser=True)


@pytest.fixture
def cast(request: pytest.FixtureRequest, db: None) -> "dict[str, User]":
    """Everybody, by name."""
    names = ("alice", "bob", "carol", "dan", "tess", "logan", "dora", "audrey", "adam")
    return {name: request.getfixturevalue(name) for name in names}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: "DjangoDbBlocker") -> Iterator[None]:
    """PostgreSQL drops no database that a thread of the live server, kept alive by a browser, still looks at."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(scope="session", autouse=True)
def _history_ends_with_the_test() -> Iterator[None]:
    """Tests with transactions of their own empty the database when they are done; history would refuse."""
    from toolbox import append_only

    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def emptied(self: "BaseDatabaseOperations", statements: list[str]) -> None:
        with append_only.unlocked(self.connection):
            flush(self, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", emptied)
        yield


@pytest.fixture(scope="session", autouse=True)
def _conditions_of_an_update_stand_on_the_row_itself() -> Iterator[None]:
    """Django puts a condition on two tables into a subquery. PostgreSQL, when it has waited for somebody who changed
    the row, does not ask that again: a worker that claims a chunk would end a pause that came in the same moment."""
    from django.db.models.sql.compiler import SQLUpdateCompiler

    prepare = SQLUpdateCompiler.pre_sql_setup

    def looked_at(self: SQLUpdateCompiler) -> None:
        self.query.get_initial_alias()
        if self.query.count_active_tables() > 1 and not _is_asked_by_a_test():
            table = self.query.get_meta().label
            pytest.fail(f"An update of {table} has conditions on other tables: use …__in=<queryset>")
        prepare(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SQLUpdateCompiler, "pre_sql_setup", looked_at)
        yield


def _is_asked_by_a_test() -> bool:
    here = Path(__file__).parent
    frames = (frame.filename for frame in reversed(traceback.extract_stack()))
    ours = (Path(name) for name in frames if name.startswith(str(here)) and name != __file__)
    asking = next((path for path in ours if "site-packages" not in path.parts), None)
    return asking is None or "tests" in asking.parts


def _team(name: str, parent: "Team | None" = None) -> "Team":
    from accounts.models import Team

    return Team.objects.create(name=name, parent=parent)


def _user(username: str, role: str, team: "Team | None" = None, **more: Any) -> "User":
    from accounts.models import User

    return User.objects.create_user(username, password=PASSWORD, role=role, team=team, **more)


# The browser


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if CHROMIUM is None:
        do_without(NO_CHROMIUM)
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], live_server: "LiveServer") -> dict[str, Any]:
    """Paths are enough for `page.goto`; the browser asks for English."""
    return browser_context_args | {
        "base_url": live_server.url,
        "locale": "en-US",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1440, "height": 900},
    }


@pytest.fixture
def page(page: "Page", live_server: "LiveServer") -> "Iterator[Page]":
    """A page on which a script error, a breach of the security policy or an outside request fails the test."""
    troubles: list[str] = []

    def on_console(message: "ConsoleMessage") -> None:
        asked_for_it = message.text.startswith("Failed to load resource") and (
            message.location["url"] == page.url or FORM_COMES_BACK.search(message.text)
        )
        if message.type == "error" and not asked_for_it:
            troubles.append(f"{page.url}: {message.text} {message.location['url']}")

    def on_request(request: "Request") -> None:
        if not request.url.startswith((live_server.url, "data:", "blob:", "about:")):
            troubles.append(f"{page.url}: outside request to {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    page.on("request", on_request)
    yield page
    assert troubles == []


@pytest.fixture
def sign_in(page: "Page", live_server: "LiveServer") -> "Callable[[User], Page]":
    """`page = sign_in(alice)`: without typing the password."""

    def sign_in(user: "User") -> "Page":
        client = Client()
        client.force_login(user)
        name = django_settings.SESSION_COOKIE_NAME
        page.context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
        )
        return page

    return sign_in


@pytest.fixture(autouse=True)
def _no_rules_of_other_tests() -> None:
    from tiering import called
    from tiering.measures import own
    from tiering.models import scheme

    scheme.KEPT_RULES.clear()
    scheme.KEPT_NAMES.clear()
    called.forget()
    own.forget()


# A real worker


@pytest.fixture
def celery_worker_process(transactional_db: None) -> "Iterator[subprocess.Popen[bytes]]":
    """`celery worker` as in production, on the test's own database: tasks go through Redis to it."""
    if not django_settings.REDIS_URL or connection.vendor != "postgresql":
        if connection.vendor == "postgresql":
            do_without(NO_REDIS)
        pytest.skip("needs PostgreSQL and Redis: ./run test --postgres")
    from crm.celery import app

    app.control.purge()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "crm.settings",
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])
        ._replace(path=f"/{connection.settings_dict['NAME']}")
        .geturl(),
    }
    command = [sys.executable, "-m", "celery", "-A", "crm", "worker", "-c", "2", "-l", "WARNING"]
    command += ["--without-gossip", "--without-mingle"]
    app.conf.task_always_eager = False
    with subprocess.Popen(command, env=environment, cwd=Path(__file__).parent) as process:
        try:
            until = time.monotonic() + 60
            while not app.control.ping(timeout=0.5):
                assert process.poll() is None, "the worker ended"
                assert time.monotonic() < until, "the worker does not answer"
            yield process
        finally:
            app.conf.task_always_eager = True
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
