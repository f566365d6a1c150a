"""How much a re-plan changed."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Replanned:
    created: int = 0
    withdrawn: int = 0
    reassigned: int = 0
    moved: int = 0
    missed: int = 0
    renewed: int = 0
    """Open under a new version of the playbook."""
    matched: int = 0

    def __add__(self, other: "Replanned") -> "Replanned":
        return Replanned(
            created=self.created + other.created,
            withdrawn=self.withdrawn + other.withdrawn,
            reassigned=self.reassigned + other.reassigned,
            moved=self.moved + other.moved,
            missed=self.missed + other.missed,
            renewed=self.renewed + other.renewed,
            matched=self.matched + other.matched,
        )
