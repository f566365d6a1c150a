from django.contrib.auth import views as auth_views
from django.urls import path, reverse_lazy

from accounts import webhook_pages
from accounts.views import account, exports

app_name = "accounts"
urlpatterns = [
    path("login/", account.Login.as_view(), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("language/", account.choose_language, name="language"),
    path("settings/", account.settings, name="settings"),
    path("notifications/", account.notifications, name="notifications"),
    path("notifications/calendar/", account.feed, name="feed"),
    path("webhooks/", webhook_pages.index, name="webhooks"),
    path("webhooks/new/", webhook_pages.create, name="webhook_create"),
    path("webhooks/<int:pk>/", webhook_pages.edit, name="webhook"),
    path("webhooks/<int:pk>/delete/", webhook_pages.delete, name="webhook_delete"),
    path("webhooks/<int:pk>/test/", webhook_pages.try_out, name="webhook_test"),
    path("webhooks/<int:pk>/log/", webhook_pages.log, name="webhook_log"),
    path("webhooks/log/<int:pk>/again/", webhook_pages.again, name="webhook_again"),
    path("notices/", account.notices, name="notices"),
    path("notices/<int:pk>/", account.notice, name="notice"),
    path(
        "password/",
        auth_views.PasswordChangeView.as_view(
            template_name="registration/password_change.html",
            success_url=reverse_lazy("accounts:password_changed"),
        ),
        name="password",
    ),
    path("password/changed/", account.password_changed, name="password_changed"),
    path("exports/", exports.exports, name="exports"),
    path("exports/log/", exports.log, name="export_log"),
    path("exports/new/<slug:key>/", exports.export, name="export"),
    path("exports/new/<slug:key>/<int:pk>/", exports.export, name="export"),
    path("exports/<int:pk>/file/", exports.download, name="export_file"),
    path("exports/<int:pk>/again/", exports.again, name="export_again"),
]
