"""All settings, read from the environment. A strange value stops the start.

What can be set stands in `.env.example`; everything has a default with which `./run demo` works.
"""

from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from maintenance.sla import OfficeHours

django_stubs_ext.monkeypatch()  # ModelForm[User] and the like are classes at run time too

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
"""The log-in page lists the demo's users. Never on a real book."""

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)


def own_secret_key() -> str:
    """A key made once for this installation, kept beside its database, for whoever set none."""
    from django.core.management.utils import get_random_secret_key  # noqa: PLC0415 - only here

    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(get_random_secret_key())
    return path.read_text()


SECRET_KEY = env.str("SECRET_KEY", default="") or own_secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BEHIND_HTTPS = env.bool("BEHIND_HTTPS", default=False)
if BEHIND_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

INSTALLED_APPS = [
    "crm.apps.AdminSite",
    "django.contrib.auth",
    "django.forms",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rest_framework.authtoken",
    "simple_history",
    "template_partials",
    "csp",
    "crm.apps.Crm",
    "toolbox",
    "accounts",
    "customers",
    "tiering",
    "maintenance",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "crm.middleware.PackPagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.UserLanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "crm.middleware.BusyMiddleware",
]

ROOT_URLCONF = "crm.urls"
FORM_RENDERER = "toolbox.forms.Renderer"
WSGI_APPLICATION = "crm.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["toolbox.templatetags.formats"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crm.navigation.navigation",
            ],
        },
    },
]

# Databases. The embedded default is SQLite; DATABASE_URL=postgres://… runs the same code on PostgreSQL.
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url_config(
        env.str("DATABASE_URL", default="") or f"sqlite:///{VAR_DIR / 'tierbook.sqlite3'}"
    ),
}
match DATABASES["default"]["ENGINE"]:
    case "django.db.backends.sqlite3":
        DATABASES["default"]["OPTIONS"] = {
            # With Django's defaults a tenth of concurrent writes failed with "locked"; with these none.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
        }
    case "django.db.backends.postgresql":
        DATABASES["default"]["CONN_MAX_AGE"] = 600
        DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
        # A server that vanished without a word is noticed within a minute, not within the quarter of an hour that TCP takes.
        DATABASES["default"]["OPTIONS"] = {
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 60_000,
        } | DATABASES["default"].get("OPTIONS", {})
    case engine:
        message = f"DATABASE_URL must be sqlite:///… or postgres://…, not one for {engine}."
        raise ImproperlyConfigured(message)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Languages, time and money
LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["crm.formats"]
FILTERS_EMPTY_CHOICE_LABEL = _("All")
BOOK_CURRENCY = env.str("BOOK_CURRENCY", default="CNY")
CURRENCY_SYMBOLS = {"CNY": "¥", "GBP": "£", "USD": "$", "EUR": "€", "HKD": "HK$"}
if BOOK_CURRENCY not in CURRENCY_SYMBOLS:
    message = f"BOOK_CURRENCY must be one of {', '.join(CURRENCY_SYMBOLS)}, not {BOOK_CURRENCY}."
    raise ImproperlyConfigured(message)

# Office hours, in which the clocks of cases run, and when they are told of
try:
    OFFICE_HOURS = OfficeHours.parse(env.str("OFFICE_HOURS", default="09:00-18:00"))
except ValueError as trouble:
    message = f"OFFICE_HOURS: {trouble}."
    raise ImproperlyConfigured(message) from trouble
CASE_WARNINGS = (
    env.int("CASE_WARN_ASSIGNEE_PERCENT", default=50),
    env.int("CASE_WARN_LEAD_PERCENT", default=75),
    env.int("CASE_WARN_DIRECTOR_PERCENT", default=90),
)
"""When so much of a clock's time is used up, whoever has the case, the lead and the directors are told, in this order."""
if not 0 < CASE_WARNINGS[0] <= CASE_WARNINGS[1] <= CASE_WARNINGS[2] < 100:  # noqa: PLR2004 - percent
    message = "CASE_WARN_ASSIGNEE_PERCENT, …_LEAD_… and …_DIRECTOR_… must rise, between 1 and 99."
    raise ImproperlyConfigured(message)

# Files
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "files"
"""Uploads. Never served by a URL: only tasks and access-checked views open them."""
UPLOAD_LIMIT_MB = env.int("UPLOAD_LIMIT_MB", default=20)
SHEET_LIMIT_ROWS = env.int("SHEET_LIMIT_ROWS", default=50_000)
SHEET_LIMIT_COLUMNS = env.int("SHEET_LIMIT_COLUMNS", default=200)
SHEET_LIMIT_CHARACTERS = env.int("SHEET_LIMIT_CHARACTERS", default=32_767)
SHEET_UNPACKED_LIMIT_MB = env.int("SHEET_UNPACKED_LIMIT_MB", default=400)
SHEET_MEMORY_MB = env.int("SHEET_MEMORY_MB", default=300)
SHEET_SECONDS = env.int("SHEET_SECONDS", default=30)
ATTACHMENT_LIMIT_MB = env.int("ATTACHMENT_LIMIT_MB", default=10)
ATTACHMENTS_AT_ONCE = env.int("ATTACHMENTS_AT_ONCE", default=5)
UPLOAD_KEEP_DAYS = env.int("UPLOAD_KEEP_DAYS", default=30)
EXPORT_AT_ONCE = env.int("EXPORT_AT_ONCE", default=5_000)
"""Rows up to which an export comes at once; longer lists are written in the background."""
EXPORT_KEEP_HOURS = env.int("EXPORT_KEEP_HOURS", default=24)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}
WHITENOISE_MANIFEST_STRICT = False

# The browser may load from us alone. Charts set style attributes, scripts and sheets come as files.
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"] if DEBUG else [],
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "style-src-attr": ["'unsafe-inline'"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True

# Background work: the database is the record, the broker only wakes workers.
REDIS_URL = env.str("REDIS_URL", default="")
QUEUE_DIR = VAR_DIR / "queue"
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "visibility_timeout": 600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,  # else what a lost worker held comes back up to 100 s later
        "socket_connect_timeout": 5,
        "socket_timeout": 30,  # a broker that is gone without a word must not hold a page or a worker for ever
        "socket_keepalive": True,
    }
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    QUEUE_DIR.mkdir(exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR),
        "data_folder_out": str(QUEUE_DIR),
        "control_folder": str(QUEUE_DIR / "control"),
    }
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None  # there are none, so beat needs no task of its own that deletes them
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: who gave up would have to be started by hand
DJANGO_CELERY_BEAT_TZ_AWARE = True

# E-mail: without a server nothing is sent, and people are told in the product alone.
EMAIL_URL = env.str("EMAIL_URL", default="")
SENDS_MAIL = bool(EMAIL_URL)
vars().update(env.email_url_config(EMAIL_URL or "dummymail://"))
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="Tierbook <tierbook@localhost>")
MAIL_LANGUAGE = env.str("MAIL_LANGUAGE", default="zh-hans")
"""For whoever chose no language."""
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
"""Where people open the product: links in e-mails begin with it."""
if MAIL_LANGUAGE not in dict(LANGUAGES):
    message = f"MAIL_LANGUAGE must be one of {', '.join(dict(LANGUAGES))}, not {MAIL_LANGUAGE}."
    raise ImproperlyConfigured(message)

# Webhooks: to the outside by HTTPS alone. Both are for whoever has a program of their own inside.
WEBHOOK_PLAIN_HTTP = env.bool("WEBHOOK_PLAIN_HTTP", default=False)
WEBHOOK_PRIVATE_ADDRESSES = env.bool("WEBHOOK_PRIVATE_ADDRESSES", default=False)

# Re-grading
OWN_INDICATORS_SECONDS: int | None = 5  # as much may a page be behind indicators that people just made
REGRADE_CHUNK_SIZE = env.int("REGRADE_CHUNK_SIZE", default=10_000)
REGRADE_LEASE_SECONDS = env.int("REGRADE_LEASE_SECONDS", default=90)
if REGRADE_CHUNK_SIZE < 1 or REGRADE_LEASE_SECONDS < 1:
    message = "REGRADE_CHUNK_SIZE and REGRADE_LEASE_SECONDS must be at least 1."
    raise ImproperlyConfigured(message)

# Sheets: so long may whoever imports or exports one say nothing before another worker takes it over.
SHEET_LEASE_SECONDS = env.int("SHEET_LEASE_SECONDS", default=180)
if SHEET_LEASE_SECONDS < 1:
    message = "SHEET_LEASE_SECONDS must be at least 1."
    raise ImproperlyConfigured(message)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": "3600/hour"},
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tierbook",
    "DESCRIPTION": "Customers, their tiers and the promises that follow.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# Covering columns of an index exist on PostgreSQL; SQLite does without, and that is all the warning says.
SILENCED_SYSTEM_CHECKS = ["models.W040"]
SIMPLE_HISTORY_REVERT_DISABLED = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
FAILPOINTS = env.str("FAILPOINTS", default="")
"""Faults that are ordered, for tests; see toolbox.failpoints."""
PRODUCT_NAME = _("Tierbook")
