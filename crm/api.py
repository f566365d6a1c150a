"""The API: the same querysets and filters as the pages."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter

from accounts.api import ExportViewSet
from customers.api import CustomerViewSet, ImportViewSet
from customers.handover_api import HandoverViewSet
from maintenance.api.cases import CaseViewSet
from maintenance.api.ledger import LedgerViewSet
from maintenance.api.meetings import MeetingTaskViewSet, MeetingViewSet
from maintenance.api.obligations import ObligationViewSet
from maintenance.api.surveys import InvitationViewSet
from tiering.api import CandidateViewSet, OutlookViewSet, TierChangeViewSet

router = DefaultRouter()
router.register("customers", CustomerViewSet, basename="customer")
router.register("hand-overs", HandoverViewSet, basename="handover")
router.register("imports", ImportViewSet, basename="import")
router.register("tier-changes", TierChangeViewSet, basename="tier-change")
router.register("outlooks", OutlookViewSet, basename="outlook")
router.register("nurture", CandidateViewSet, basename="candidate")
router.register("obligations", ObligationViewSet, basename="obligation")
router.register("ledger", LedgerViewSet, basename="ledger")
router.register("exports", ExportViewSet, basename="export")
router.register("cases", CaseViewSet, basename="case")
router.register("invitations", InvitationViewSet, basename="invitation")
router.register("meetings", MeetingViewSet, basename="meeting")
router.register("meeting-tasks", MeetingTaskViewSet, basename="meeting-task")

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
]
