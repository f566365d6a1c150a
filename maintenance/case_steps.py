"""The life of a case: which step leads from where to where. What is said to the customer stands with the step."""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    NEW = "new"
    RESPONDED = "responded"
    IN_WORK = "in_work"
    WAITING = "waiting"
    SOLVED = "solved"
    CLOSED = "closed"
    REOPENED = "reopened"


class Step(StrEnum):
    """What people do with a case. Each is also what an event of a case is called."""

    RESPOND = "respond"
    START = "start"
    WAIT = "wait"
    SOLVE = "solve"
    CLOSE = "close"
    REOPEN = "reopen"


OPEN: Final = frozenset({State.NEW, State.RESPONDED, State.IN_WORK, State.WAITING, State.REOPENED})
"""Somebody still owes the customer something, or waits for it."""
LEADS: Final[dict[Step, tuple[frozenset[State], State]]] = {
    Step.RESPOND: (frozenset({State.NEW}), State.RESPONDED),
    Step.START: (frozenset({State.RESPONDED, State.WAITING, State.REOPENED}), State.IN_WORK),
    Step.WAIT: (OPEN - {State.WAITING}, State.WAITING),
    Step.SOLVE: (OPEN, State.SOLVED),
    Step.CLOSE: (frozenset({State.SOLVED}), State.CLOSED),
    Step.REOPEN: (frozenset({State.SOLVED, State.CLOSED}), State.REOPENED),
}
"""From which states to which. Who asks the customer back, or solves at once, has responded by it."""
ANSWERS: Final = frozenset({Step.RESPOND, Step.WAIT, Step.SOLVE})


def steps_from(state: str) -> list[Step]:
    return [step for step, (states, _to) in LEADS.items() if state in states]


def leads_to(step: Step, *, state: str) -> State | None:
    """Where the step leads from here; None where it cannot be taken."""
    states, to = LEADS[step]
    return to if state in states else None
