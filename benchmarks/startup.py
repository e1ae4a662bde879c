"""How soon `manage.py serve` answers on an existing database, and how much memory it then holds.

    .venv/bin/python benchmarks/startup.py [--runs 10]

Time runs from starting the process to the end of the first answer of /health. Memory is the resident set of
that process right after. Exits 1 when a bound is missed: 2 s and 100 MB, in the worst run.
"""

import argparse
import http.client
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

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
    seconds = [pair[0] for pair in measured]
    megabytes = [pair[1] for pair in measured]
    print(f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {runs} runs")
    print("| | median | worst | bound |\n| --- | --- | --- | --- |")
    print(row("first answer of /health, s", seconds, MAX_SECONDS))
    print(row("memory, MB", megabytes, MAX_MEGABYTES))
    return int(max(seconds) >= MAX_SECONDS or max(megabytes) >= MAX_MEGABYTES)


def row(name: str, values: list[float], bound: float) -> str:
    return f"| {name} | {statistics.median(values):.2f} | {max(values):.2f} | {bound:g} |"


def measure(environment: dict[str, str]) -> tuple[float, float]:
    """Seconds to the first answer, and megabytes held after it."""
    port = free_port()
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
        return time.perf_counter() - started, psutil.Process(server.pid).memory_info().rss / 1e6
    finally:
        server.terminate()
        server.wait()


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().read() == b'{"status": "ok"}'
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
