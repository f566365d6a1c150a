"""The facts. One module per noun."""

from customers.models.assessment import Assessment, Figure
from customers.models.contact import Contact, KeyDate
from customers.models.contract import Contract
from customers.models.correction import Correction
from customers.models.customer import Customer, Kind, Lifecycle, Size, Source
from customers.models.duplicate import Duplicate
from customers.models.group import Group, Membership
from customers.models.imports import Import, ImportBatch, SavedMapping
from customers.models.interaction import Channel, Interaction
from customers.models.merge import Merge
from customers.models.order import Order, Payment
from customers.models.request import ServiceRequest
from customers.models.standing import Standing, Tier
from customers.models.topic import Topic
from customers.models.upload import Upload

__all__ = [
    "Assessment",
    "Channel",
    "Contact",
    "Contract",
    "Correction",
    "Customer",
    "Duplicate",
    "Figure",
    "Group",
    "Import",
    "ImportBatch",
    "Interaction",
    "KeyDate",
    "Kind",
    "Lifecycle",
    "Membership",
    "Merge",
    "Order",
    "Payment",
    "SavedMapping",
    "ServiceRequest",
    "Size",
    "Source",
    "Standing",
    "Tier",
    "Topic",
    "Upload",
]
