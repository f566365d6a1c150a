"""The branded admin site."""

from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class TierbookAdminSite(AdminSite):
    site_header = _("Tierbook administration")
    site_title = _("Tierbook")
    index_title = _("Schemes, playbooks, people and schedules")
    site_url = "/"
    enable_nav_sidebar = True
