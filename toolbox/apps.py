from django.apps import AppConfig
from django.conf import settings

from toolbox import failpoints


class Toolbox(AppConfig):
    name = "toolbox"

    def ready(self) -> None:
        from toolbox import among  # noqa: F401, PLC0415 - it registers itself

        failpoints.arm(settings.FAILPOINTS)
