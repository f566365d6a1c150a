"""The Celery application; tasks live in each app's `tasks.py`."""

import os

from celery import Celery
from celery.signals import worker_process_init

from toolbox import garbage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("tierbook")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def settle(**_more: object) -> None:
    garbage.settle()
