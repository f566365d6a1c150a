from django.urls import path

from customers.views import book, duplicates, facts, lists, merging, profile, uploads

app_name = "customers"
urlpatterns = [
    path("customers/", book.index, name="list"),
    path("customers/columns/", book.choose_columns, name="columns"),
    path("customers/assign/", book.assign, name="assign"),
    path("customers/archive/", book.archive_many, name="archive_many"),
    path("customers/duplicates/", duplicates.index, name="duplicates"),
    path("customers/duplicates/look/", duplicates.look, name="duplicates_look"),
    path("customers/duplicates/<int:pk>/", duplicates.judge, name="duplicate"),
    path("customers/alike/", duplicates.alike, name="alike"),
    path("customers/merges/", merging.merges, name="merges"),
    path("customers/merges/<int:pk>/undo/", merging.undo, name="merge_undo"),
    path("customers/new/", profile.create, name="create"),
    path("customers/<int:pk>/", profile.detail, name="detail"),
    path("customers/<int:pk>/edit/", profile.edit, name="edit"),
    path("customers/<int:pk>/edits/", profile.edits, name="edits"),
    path("customers/<int:pk>/archive/", profile.archive, name="archive"),
    path("customers/<int:pk>/merge/", merging.choose, name="merge_choose"),
    path("customers/<int:pk>/merge/<int:other_pk>/", merging.merge, name="merge"),
    path("customers/<int:pk>/timeline/", profile.timeline, name="timeline"),
    path("customers/<int:pk>/facts/<slug:kind>/", lists.facts, name="facts"),
    path("customers/<int:pk>/add/<slug:kind>/", facts.add, name="add"),
    path("customers/<int:pk>/correct/<slug:kind>/<int:fact_pk>/", facts.correct, name="correct"),
    path("customers/<int:pk>/contacts/<int:fact_pk>/remove/", facts.remove_contact, name="remove_contact"),
    path("customers/<int:pk>/requests/<int:fact_pk>/resolve/", facts.resolve, name="resolve"),
    path("files/", uploads.index, name="uploads"),
    path("files/orders/", uploads.send_orders, name="upload_orders"),
    path("files/<int:pk>/", uploads.detail, name="upload"),
    path("files/<int:pk>/load/", uploads.load, name="upload_load"),
    path("files/<int:pk>/discard/", uploads.discard, name="upload_discard"),
]
