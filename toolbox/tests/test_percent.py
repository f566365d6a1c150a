import pytest
from django import forms

from toolbox.percent import PercentFormField


class ShareForm(forms.Form):
    share = PercentFormField(required=False)


@pytest.mark.parametrize(
    "typed, expected",
    [
        ("", None),
        (" ", None),
        ("0", 0),
        ("-0", 0),
        ("30", 3_000),
        ("30%", 3_000),
        ("12.5 %", 1_250),
        ("３０．５％", 3_050),
        (".5", 50),
        ("33.33", 3_333),
        ("100", 10_000),
        ("100.00%", 10_000),
    ],
)
def test_a_share_is_typed_in_percent_and_kept_in_basis_points(typed: str, expected: int | None) -> None:
    form = ShareForm({"share": typed})
    assert form.is_valid()
    assert form.cleaned_data == {"share": expected}


RANGE = "Enter a percentage from 0% to 100%."
EXAMPLE = "Enter a percentage such as 92% or 92.5%."


@pytest.mark.parametrize(
    "typed, message",
    [
        ("-1", RANGE),
        ("100.01", RANGE),
        ("9" * 5_000, RANGE),
        ("0.001", "A percentage has at most two decimals."),
        ("much", EXAMPLE),
        ("%", EXAMPLE),
        (".", EXAMPLE),
        ("12,5", EXAMPLE),
        ("NaN", EXAMPLE),
        ("3²", EXAMPLE),
        ("1e400", EXAMPLE),
    ],
)
def test_what_is_no_share_is_refused_and_comes_back_as_it_was_typed(typed: str, message: str) -> None:
    form = ShareForm({"share": typed})
    assert form.errors == {"share": [message]}
    assert form["share"].value() == typed


@pytest.mark.parametrize("share, shown", [(3_000, "30"), (9_250, "92.5"), (3_333, "33.33"), (0, "0")])
def test_a_share_on_record_is_shown_in_percent(share: int, shown: str) -> None:
    form = ShareForm({"share": shown}, initial={"share": share})
    assert f'value="{shown}"' in str(ShareForm(initial={"share": share})["share"])
    assert not form.has_changed()
