"""For gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
application = get_wsgi_application()

import toolbox.readings  # noqa: E402,F401 - nobody waits for the dictionary who saves the first name
from toolbox import garbage  # noqa: E402 - when all is loaded

garbage.settle()
