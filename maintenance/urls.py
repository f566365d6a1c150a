from django.urls import path

from maintenance import case_views
from maintenance.views import obligations, playbooks

app_name = "maintenance"
urlpatterns = [
    path("my-day/", obligations.my_day, name="my_day"),
    path("obligations/", obligations.obligations, name="obligations"),
    path("obligations/<int:pk>/", obligations.obligation, name="obligation"),
    path("obligations/<int:pk>/complete/", obligations.complete, name="complete"),
    path("obligations/<int:pk>/snooze/", obligations.snooze, name="snooze"),
    path("obligations/<int:pk>/skip/", obligations.skip, name="skip"),
    path("obligations/<int:pk>/excuse/", obligations.excuse, name="excuse"),
    path("obligations/<int:pk>/contact/", obligations.choose, name="choose"),
    path("obligations/<int:pk>/take-back/", obligations.take_back, name="take_back"),
    path("customers/<int:pk>/promises/", obligations.panel, name="panel"),
    path("simulations/version/<int:pk>/hours/", obligations.capacity, name="capacity"),
    path("playbooks/", playbooks.playbooks, name="playbooks"),
    path("playbooks/<int:pk>/", playbooks.playbook, name="playbook"),
    path("playbooks/<int:pk>/copy/", playbooks.copy, name="playbook_copy"),
    path("playbooks/<int:pk>/times/", playbooks.times, name="playbook_times"),
    path("playbooks/<int:pk>/in-force/", playbooks.publish, name="playbook_publish"),
    path("playbooks/<int:pk>/call-off/", playbooks.call_off, name="playbook_call_off"),
    path("playbooks/<int:pk>/delete/", playbooks.delete, name="playbook_delete"),
    path("playbooks/<int:pk>/<slug:kind>/add/", playbooks.add, name="playbook_add"),
    path("playbooks/<int:pk>/<slug:kind>/<int:line_pk>/", playbooks.line, name="playbook_line"),
    path("customers/<int:pk>/cases/", case_views.of_customer, name="customer_cases"),
    path("customers/<int:pk>/cases/new/", case_views.create, name="case_create"),
    path("cases/", case_views.cases, name="cases"),
    path("cases/mine/", case_views.mine, name="my_cases"),
    path("cases/new/", case_views.choose, name="case_choose"),
    path("cases/feedback/", case_views.feedback, name="case_feedback"),
    path("cases/rules/", case_views.routes, name="case_routes"),
    path("cases/rules/<int:pk>/", case_views.route, name="case_route"),
    path("cases/rules/<int:pk>/move/", case_views.route_move, name="case_route_move"),
    path("cases/letters/", case_views.letters, name="case_letters"),
    path("cases/letters/<int:pk>/", case_views.letter, name="case_letter"),
    path("cases/<int:pk>/", case_views.case, name="case"),
    path("cases/<int:pk>/note/", case_views.note, name="case_note"),
    path("cases/<int:pk>/hand-over/", case_views.hand_over, name="case_hand_over"),
    path("cases/<int:pk>/rate/", case_views.rate, name="case_rate"),
    path("cases/<int:pk>/steps/<slug:step>/", case_views.step, name="case_step"),
]
