"""How long the pages of the ledger take over a large book: `./run bench ledger [--customers 100000] [--quarters 4]`.

On a throw-away PostgreSQL (or DATABASE_URL) a book is made, its customers are spread over tiers, and the quarters are
filled with what the playbooks promise and what became of it, with a contact for each promise that was kept and one in five
more. Then each page is asked for in this process, as a director, several times; the answers must add up.
"""

import argparse
import statistics
import sys
import time
from http import HTTPStatus
from typing import Any

from benchmarks.pages import set_up

PAGES = {
    "promises by account manager": "/ledger/",
    "promises by team": "/ledger/?by=team",
    "promises by tier": "/ledger/?by=tier",
    "promises by department": "/ledger/?by=department",
    "promises by customer": "/ledger/?by=customer",
    "promises by quarter (five)": "/ledger/?by=quarter",
    "beyond the promise, by account manager": "/ledger/beyond/",
    "beyond the promise, by customer": "/ledger/beyond/?by=customer",
    "hours owed": "/ledger/hours/",
    "cost and margin": "/ledger/cost/",
    "kept promises and tiers": "/ledger/tiers/",
    "a list behind a number": "/obligations/?outcome=broken&promised_from={first}&promised_until={last}",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--quarters", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    set_up("benchmarks.ledger")

    from django.core.management import call_command  # noqa: PLC0415 - after the settings

    from benchmarks import _ledger  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    counts = _ledger.fill(options.customers, options.quarters)
    print(", ".join(f"{n:,} {what}" for what, n in counts.items()))
    measure(options.rounds)


def measure(rounds: int) -> None:
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import setup_test_environment  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415
    from maintenance.ledger import counting  # noqa: PLC0415

    setup_test_environment()  # an answer tells what its page was made of
    client = Client()
    client.force_login(User.objects.get(username="director"))
    quarter = counting.quarters(timezone.localdate(), 1)[0]
    totals = set()
    print(f"{'page':40} {'first':>8} {'median':>8}   (ms, {rounds} rounds)")
    page: Any = None
    for name, address in PAGES.items():
        times = []
        for _round in range(rounds):
            started = time.perf_counter()
            page = client.get(address.format(first=quarter.first, last=quarter.last))
            times.append(1_000 * (time.perf_counter() - started))
            if page.status_code != HTTPStatus.OK:
                sys.exit(f"{address} answers {page.status_code}")
        tally = page.context.get("tally")
        if tally is not None and tally.promised:
            totals.add(tally)
        print(f"{name:40} {times[0]:8.0f} {statistics.median(times):8.0f}")
    if len(totals) != 1:
        sys.exit(f"The cuts do not add up to the same: {totals}")


if __name__ == "__main__":
    main()
