import pytest
from django import forms

from toolbox.forms import PercentField


class ShareForm(forms.Form):
    share = PercentField(required=False)


@pytest.mark.parametrize(
    "typed, expected", [("", None), ("0", 0), ("92.5", 9_250), ("33.33", 3_333), ("100", 10_000)]
)
def test_a_share_is_typed_in_percent_and_kept_in_basis_points(typed: str, expected: int | None) -> None:
    form = ShareForm({"share": typed})
    assert form.is_valid()
    assert form.cleaned_data == {"share": expected}


@pytest.mark.parametrize("typed", ["-1", "100.01", "0.001", "much", "NaN", "1e400"])
def test_what_is_no_share_is_refused_and_comes_back_as_it_was_typed(typed: str) -> None:
    form = ShareForm({"share": typed})
    assert list(form.errors) == ["share"]
    assert form["share"].value() == typed


def test_a_share_on_record_is_shown_in_percent() -> None:
    assert 'value="92.5"' in str(ShareForm(initial={"share": 9_250})["share"])
