"""`./run faults [--kills N] [--seed S] [--quick] [pytest arguments]`: a table of what was broken and what became of it.

Starts a PostgreSQL and a Redis that may be broken, then pytest in this process. Everything takes about ten minutes
and goes to var/faults.md; `--quick` is what runs with the tests.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack

import pytest

from tests import servers
from tests.faults import machine


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./run faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="how many processes are killed at random")
    parser.add_argument("--seed", type=int, default=1, help="of what happens at random")
    parser.add_argument("--quick", action="store_true", help="only what runs with the tests")
    options, more = parser.parse_known_args(arguments)
    with ExitStack() as stack:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # pytest takes SystemExit for a failure
        directory = stack.enter_context(servers.temporary_directory())
        # What is committed has to be there after the crash of a server, though not after one of this machine.
        database = stack.enter_context(servers.postgresql(directory / "postgresql", synchronous_commit="on"))
        broker = stack.enter_context(servers.redis_server(directory / "redis"))
        machine.RUNNING.append(
            machine.Machine(database, broker, directory, kills=options.kills, seed=options.seed)
        )
        os.environ |= {
            "DATABASE_URL": database.url,
            "REDIS_URL": broker.url,
            "REGRADE_CHUNK_SIZE": "50",
            "REGRADE_LEASE_SECONDS": "3",
            "SHEET_LEASE_SECONDS": "3",
        }
        patient = ["-o", "faulthandler_timeout=0"]  # each scenario watches its own time
        chosen = ["-m", "faults and not long"] if options.quick else []
        return int(
            pytest.main(
                [
                    "tests/faults",
                    "--ds=tests.faults.settings",
                    "-p",
                    "no:cacheprovider",
                    *patient,
                    *chosen,
                    *more,
                ]
            )
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
