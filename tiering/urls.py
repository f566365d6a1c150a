from django.urls import path

from tiering.views import changes, comparing, curves, drafts, grading, outlooks, runs, schemes, sheets

app_name = "tiering"
urlpatterns = [
    path("customers/sheet/", sheets.export, name="sheet_export"),
    path("customers/sheet/import/", sheets.send, name="sheet_import"),
    path("customers/<int:pk>/grading/", grading.grading, name="grading"),
    path("customers/<int:pk>/preview/", grading.preview, name="preview"),
    path("customers/<int:pk>/path/", outlooks.path, name="path"),
    path("customers/<int:pk>/task/", outlooks.aim, name="aim"),
    path("tasks/", outlooks.aims, name="aims"),
    path("tasks/<int:pk>/done/", outlooks.aim_done, name="aim_done"),
    path("customers/<int:pk>/rate/", grading.rate, name="rate"),
    path("customers/<int:pk>/figure/", grading.give, name="give"),
    path("customers/<int:pk>/tier/", grading.set_by_hand, name="set_by_hand"),
    path("customers/<int:pk>/tier/end/", grading.end_by_hand, name="end_by_hand"),
    path("customers/<int:pk>/gradings/compare/", changes.compare, name="compare"),
    path("tier-changes/", changes.index, name="changes"),
    path("tier-changes/<int:pk>/", changes.detail, name="change"),
    path("tier-changes/<int:pk>/category/", changes.categorise, name="categorise"),
    path("regrades/", runs.index, name="runs"),
    path("regrades/start/", runs.start, name="run_start"),
    path("regrades/<int:pk>/", runs.detail, name="run"),
    path("regrades/<int:pk>/steer/", runs.steer, name="run_steer"),
    path("regrades/<int:pk>/verify/", runs.verify, name="run_verify"),
    path("schemes/", schemes.index, name="schemes"),
    path("schemes/compare/", comparing.compare, name="scheme_compare"),
    path("schemes/curves/<int:pk>/", curves.curve, name="scheme_curve"),
    path("schemes/curves/<int:pk>/book/", curves.distribution, name="scheme_distribution"),
    path("schemes/<int:pk>/", schemes.detail, name="scheme"),
    path("schemes/<int:pk>/copy/", schemes.copy, name="scheme_copy"),
    path("schemes/<int:pk>/edit/", drafts.edit, name="scheme_edit"),
    path("schemes/<int:pk>/publish/", comparing.publish, name="scheme_publish"),
    path("schemes/<int:pk>/delete/", schemes.delete, name="scheme_delete"),
    path("schemes/<int:pk>/grade/", schemes.grade_the_book, name="scheme_grade"),
]
