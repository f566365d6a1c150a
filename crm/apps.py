from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class Crm(AppConfig):
    name = "crm"


class AdminSite(AdminConfig):
    default_site = "crm.admin.TierbookAdminSite"
