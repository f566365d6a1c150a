"""The settings of the tests, but messages really go to the workers of the suite."""

from tests.settings import *  # noqa: F403 - all of it is wanted

CELERY_TASK_ALWAYS_EAGER = False
