"""The settings of the tests: crm.settings, untouched by this machine's .env and var/.

DATABASE_URL and REDIS_URL choose the database and the broker, as everywhere (`./run test` sets them).
"""

import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

_directory = Path(tempfile.mkdtemp(prefix="tierbook-tests-"))  # conftest removes it
(_directory / "static").mkdir()

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
_redis_url = os.environ.get("REDIS_URL", "")
if _redis_url and _worker:  # each test process has a Redis database of its own
    _redis_url = urlsplit(_redis_url)._replace(path=f"/{int(_worker.removeprefix('gw')) + 1}").geturl()

os.environ.setdefault("DATABASE_URL", f"sqlite:///{_directory}/unused.sqlite3")
os.environ |= {
    "ALLOWED_HOSTS": "localhost,127.0.0.1",
    "BEHIND_HTTPS": "false",
    "BOOK_CURRENCY": "CNY",
    "CSRF_TRUSTED_ORIGINS": "",
    "DEBUG": "false",
    "DEMO": "false",
    "FAILPOINTS": "",
    "LOG_LEVEL": "WARNING",
    "REDIS_URL": _redis_url,
    "SECRET_KEY": "tests",
    "UPLOAD_LIMIT_MB": "20",
    "VAR_DIR": str(_directory),
    # Playwright's loop runs in the thread of the tests; Django would take it for an asynchronous view.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
}

from crm.settings import *  # noqa: E402, F403 - the environment comes first; all of it is wanted
from crm.settings import DATABASES, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: the live server and the tests have a connection each, as in production.
    DATABASES["default"]["TEST"] = {"NAME": str(_directory / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0  # the live server's threads leave no connection behind

CELERY_TASK_ALWAYS_EAGER = True  # but see the fixture celery_worker_process
CELERY_TASK_EAGER_PROPAGATES = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # real ones are slow on purpose
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

OWN_INDICATORS_SECONDS = (
    None  # they are read when they are written: no test counts a query of another one's clock
)

# What one test counted must not answer the next.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
