from django.apps import AppConfig


class Toolbox(AppConfig):
    name = "toolbox"
