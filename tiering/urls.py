from django.urls import path

from tiering.views import changes, grading, runs, sheets

app_name = "tiering"
urlpatterns = [
    path("customers/sheet/", sheets.export, name="sheet_export"),
    path("customers/sheet/import/", sheets.send, name="sheet_import"),
    path("customers/<int:pk>/grading/", grading.grading, name="grading"),
    path("customers/<int:pk>/preview/", grading.preview, name="preview"),
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
    path("schemes/", changes.schemes, name="schemes"),
    path("schemes/<int:pk>/", changes.scheme, name="scheme"),
]
