"""The facts. One module per noun."""

from customers.models.assessment import Assessment, Figure
from customers.models.contact import Contact, KeyDate
from customers.models.contract import Contract
from customers.models.correction import Correction
from customers.models.customer import Customer, Kind, Lifecycle, Size, Source
from customers.models.duplicate import Duplicate
from customers.models.group import Group, Membership
from customers.models.handover import Handed, Handover, HandoverItem
from customers.models.imports import Import, ImportBatch, SavedMapping
from customers.models.interaction import Channel, Interaction
from customers.models.memo import Attachment, Memo, Mention
from customers.models.merge import Merge
from customers.models.order import Order, Payment
from customers.models.request import ServiceRequest
from customers.models.seat import SEATS, Seat
from customers.models.standing import Standing, Tier
from customers.models.topic import Topic
from customers.models.upload import Upload
from customers.models.watch import Watch

__all__ = [
    "SEATS",
    "Assessment",
    "Attachment",
    "Channel",
    "Contact",
    "Contract",
    "Correction",
    "Customer",
    "Duplicate",
    "Figure",
    "Group",
    "Handed",
    "Handover",
    "HandoverItem",
    "Import",
    "ImportBatch",
    "Interaction",
    "KeyDate",
    "Kind",
    "Lifecycle",
    "Membership",
    "Memo",
    "Mention",
    "Merge",
    "Order",
    "Payment",
    "SavedMapping",
    "Seat",
    "ServiceRequest",
    "Size",
    "Source",
    "Standing",
    "Tier",
    "Topic",
    "Upload",
    "Watch",
]
