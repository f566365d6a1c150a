"""One timeline of a customer: what every department did and said, out of sources that the apps register."""

from customers.stream.asking import Asked
from customers.stream.paging import StreamPage, how_many, page
from customers.stream.sources import Said, Source, kinds, name_kind, register, sources

__all__ = [
    "Asked",
    "Said",
    "Source",
    "StreamPage",
    "how_many",
    "kinds",
    "name_kind",
    "page",
    "register",
    "sources",
]
