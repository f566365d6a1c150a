"""A cell that cannot be taken: what is wrong, and how to mend it."""

from django.utils.functional import Promise


class WrongValueError(ValueError):
    """Both texts are for people; as one text it is both of them."""

    def __init__(self, problem: str | Promise, remedy: str | Promise) -> None:
        super().__init__(problem, remedy)
        self.problem, self.remedy = problem, remedy

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}"
