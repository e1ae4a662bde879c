"""How soon `manage.py serve` answers on an existing database, and how much memory it then holds.

    make run once, then: .venv/bin/python benchmarks/startup.py [--runs 10]

Development packages in .venv cost memory, because Django REST framework imports those that it knows: for the
figures of an installation use a .venv made by `make run` alone.

Time runs from starting the process to the end of the first answer of /health. Memory is the resident set of
that process right after. CPU is all that the process used, its stop included: it moves less than time on a
busy machine. Exits 1 when the median misses a bound: 2 s and 100 MB.
"""

import argparse
import http.client
import os
import platform
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_SECONDS = 2.0
MAX_MEGABYTES = 100.0


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures the start of the server.")
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "ENV_FILE": os.devnull, "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3"}
        measure(environment)  # makes the database and compiles the modules
        measured = [measure(environment) for _ in range(runs)]
    seconds, megabytes, cpu = (list(column) for column in zip(*measured, strict=True))
    print(f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {runs} runs")
    print("| | median | worst | bound |\n| --- | --- | --- | --- |")
    print(row("first answer of /health, s", seconds, MAX_SECONDS))
    print(row("memory, MB", megabytes, MAX_MEGABYTES))
    print(row("CPU, s", cpu))
    missed = statistics.median(seconds) >= MAX_SECONDS or statistics.median(megabytes) >= MAX_MEGABYTES
    return int(missed)


def row(name: str, values: list[float], bound: float | None = None) -> str:
    limit = "" if bound is None else f"{bound:g}"
    return f"| {name} | {statistics.median(values):.2f} | {max(values):.2f} | {limit} |"


def measure(environment: dict[str, str]) -> tuple[float, float, float]:
    """Seconds to the first answer, megabytes held after it, and seconds of CPU in all."""
    port = free_port()
    used = cpu_of_children()
    started = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env={**environment, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )
    try:
        while not answers(port):
            if server.poll() is not None or time.perf_counter() - started > 60:
                sys.exit("The server did not start.")
            time.sleep(0.005)
        seconds = time.perf_counter() - started
        megabytes = resident_megabytes(server.pid)
    finally:
        server.terminate()
        server.wait()
    return seconds, megabytes, cpu_of_children() - used


def cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def resident_megabytes(pid: int) -> float:
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(shown.stdout) * 1024 / 1e6


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
