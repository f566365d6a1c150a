from django.urls import path

from maintenance import views

app_name = "maintenance"
urlpatterns = [
    path("my-day/", views.my_day, name="my_day"),
    path("obligations/", views.obligations, name="obligations"),
    path("obligations/<int:pk>/", views.obligation, name="obligation"),
    path("obligations/<int:pk>/complete/", views.complete, name="complete"),
    path("obligations/<int:pk>/snooze/", views.snooze, name="snooze"),
    path("customers/<int:pk>/promises/", views.panel, name="panel"),
    path("simulations/version/<int:pk>/hours/", views.capacity, name="capacity"),
    path("playbooks/", views.playbooks, name="playbooks"),
]
