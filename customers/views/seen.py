"""The customer that an address names."""

from django.shortcuts import get_object_or_404

from accounts.http import Request
from customers.models import Customer


def visible(request: Request, pk: int) -> Customer:
    """The customer, or the same 404 for one that is foreign as for one that is not there."""
    return get_object_or_404(Customer.objects.visible_to(request.user).for_list(), pk=pk)
