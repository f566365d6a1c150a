"""For gunicorn."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
application = get_wsgi_application()

import toolbox.readings  # noqa: E402,F401 - nobody waits for the dictionary who saves the first name

# What is loaded by now stays: looking through all of it for garbage, again and again, took a quarter of a second each time.
gc.collect()
gc.freeze()
