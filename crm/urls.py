"""Every address. Each app's own stand in its `urls.py`."""

from django.contrib import admin
from django.urls import include, path

from crm import api, views

urlpatterns = [
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("search/", views.search, name="search"),
    path("account/", include("accounts.urls")),
    path("", include("customers.urls")),
    path("", include("tiering.urls")),
    path("", include("maintenance.urls")),
    path("api/", include(api.urlpatterns)),
    path("admin/", admin.site.urls),
]

handler403 = "crm.views.forbidden"
handler404 = "crm.views.not_found"
handler500 = "crm.views.broken"
