"""The Celery application; tasks live in each app's `tasks.py`."""

import os
import sys
from typing import Any

from celery import Celery, Task
from celery.signals import task_postrun, task_prerun, worker_process_init
from django.db import close_old_connections

from toolbox import garbage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("tierbook")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize  # else it connects anew for every task: see below
app.autodiscover_tasks()


@worker_process_init.connect
def settle(**_more: object) -> None:
    garbage.settle()


@task_prerun.connect
@task_postrun.connect
def look_after_connections(sender: "Task[Any, Any]", **_more: object) -> None:
    """As around a web request: a connection that is broken or too old is closed, any other kept for the next task."""
    if not sender.request.is_eager:
        close_old_connections()
