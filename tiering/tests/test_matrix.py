"""Who moves where, as a table and as streams."""

import pytest
from django.template.loader import render_to_string

from customers.models import Tier
from tiering.matrix import Matrix, Step, Sum, Sums, matrix
from tiering.tests.conftest import tier

pytestmark = pytest.mark.django_db


def address(origin: Tier | None, target: Tier | None) -> str:
    return f"/movers/?from={origin.key if origin else 'none'}&to={target.key if target else 'none'}"


def origin(tier: Tier | None) -> str:
    return f"from {tier.key if tier else 'none'}"


def of(found: dict[Step, Sums]) -> Matrix:
    return matrix(found, always=[tier("core"), tier("regular")], url=address, url_from=origin)


def test_every_cell_says_how_many_and_how_much_and_where_they_are_listed() -> None:
    core, regular = tier("core"), tier("regular")
    found = of(
        {(regular.pk, core.pk): (2, 50_000_00), (core.pk, core.pk): (1, 7), (None, regular.pk): (3, 0)}
    )

    assert [row.sum for row in found.rows] == [
        Sum(core, 1, 7, "from core"),
        Sum(regular, 2, 50_000_00, "from regular"),
        Sum(None, 3, 0, "from none"),
    ]
    assert found.sums == [Sum(core, 3, 50_000_07, ""), Sum(regular, 3, 0, "")]
    assert [(c.count, c.stays, c.direction, c.url) for c in found.cells] == [
        (1, True, 0, "/movers/?from=core&to=core"),
        (0, False, -1, ""),
        (2, False, 1, "/movers/?from=regular&to=core"),
        (0, True, 0, ""),
        (0, False, 0, ""),
        (3, False, 0, "/movers/?from=none&to=regular"),
    ]


def test_tiers_outside_the_scheme_stand_where_they_occur_and_are_neither_up_nor_down() -> None:
    other = Tier.objects.create(scale="letters", key="a", name_en="A", name_zh="甲", rank=1)
    found = of({(tier("potential").pk, other.pk): (1, 1), (tier("core").pk, None): (0, 0)})

    assert [row.from_tier for row in found.rows] == [tier("core"), tier("regular"), tier("potential")]
    assert found.tiers == [tier("core"), tier("regular"), other]
    assert [cell.direction for cell in found.cells if cell.count] == [0]


def test_nobody_makes_a_table_of_noughts() -> None:
    found = of({})
    assert found.sums == [Sum(tier("core"), 0, 0, ""), Sum(tier("regular"), 0, 0, "")]
    assert found.streams()["links"] == []


def test_the_streams_are_the_cells_with_somebody_in_them() -> None:
    core, regular = tier("core").pk, tier("regular").pk
    streams = of({(regular, core): (2, 50_000_00), (None, core): (1, -7)}).streams()

    assert [node["name"] for node in streams["nodes"]] == [
        f"<{core}",
        f"<{regular}",
        "<0",
        f">{core}",
        f">{regular}",
    ]
    assert streams["links"] == [
        {"source": f"<{regular}", "target": f">{core}", "words": "Regular → Core",
         "count": [2, "2"], "amount": [50_000_00, "¥50K"]},
        {"source": "<0", "target": f">{core}", "words": "Not yet graded → Core",
         "count": [1, "1"], "amount": [0, "-¥0"]},
    ]  # fmt: skip


def test_the_table_says_by_arrows_too_what_it_says_by_colour() -> None:
    found = of({(tier("regular").pk, tier("core").pk): (2, 50_000_00)})
    page = render_to_string("components/_matrix.html", {"matrix": found})

    assert page.count("↑") == 1
    assert page.count('href="/movers/?from=regular&amp;to=core"') == 1
