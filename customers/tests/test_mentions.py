"""Whom a note names."""

import pytest

from customers.mentions import Person, mentioned

PEOPLE = [
    Person(pk=1, name="沈若川", username="shen"),
    Person(pk=2, name="沈若", username="shenruo"),
    Person(pk=3, name="Ann", username="ann"),
    Person(pk=4, name="Annabel", username="annabel"),
    Person(pk=5, name="Li Wei", username="lw1"),
    Person(pk=6, name="Li Wei", username="lw2"),
]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", []),
        ("nobody", []),
        ("@沈若川请看一下", [1]),
        ("@沈若 看", [2]),
        ("请@沈若川 和 @ANN 看", [1, 3]),
        ("@annabel, please", [4]),
        ("@ann.", [3]),
        ("@annette", []),
        ("@ann @ann", [3]),
        ("write to mail@ann.com", []),
        ("@Li Wei", []),
        ("@lw2", [6]),
        ("@", []),
        ("@@ann", [3]),
    ],
)
def test_whom_a_text_names(text: str, expected: list[int]) -> None:
    assert mentioned(text, PEOPLE) == expected
