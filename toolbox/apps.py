from django.apps import AppConfig
from django.conf import settings

from toolbox import failpoints


class Toolbox(AppConfig):
    name = "toolbox"

    def ready(self) -> None:
        failpoints.arm(settings.FAILPOINTS)
