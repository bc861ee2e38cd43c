#!/usr/bin/env python3
"""New rows and lists beside other trackers, where Debian's packages of them are installed.

  peers.py --yimen PROGRAM [--rows N] [--seconds S] [--only NAMES]

Every system runs on this machine with a database of its own, on SQLite and, where it can, on PostgreSQL (one server
for all, fsync on), with N rows before.  In rounds, one system after the other: four connections that stay open, a
signed-in clerk with a session cookie, pages in HTML, forms posted with what guards them against other sites, lists of
fifty rows.  Every answer is looked at; what is no success is counted as an error and not as an answer.  A system that
is missing or does not start is named and left out.  "x" is yimen's rate on the same kind of database divided by this
one's, "x cpu" this one's processor time for an answer (server and database) divided by yimen's.
"""
import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True  # the source tree stays as it is

from peers_client import CONNECTIONS, ROWS_OF_A_LIST, Client, Missing, Postgres
from peers_systems import ALL, Yimen

ROUNDS = 3


class Tally:
    def __init__(self):
        self.times, self.errors, self.seconds, self.processor = [], 0, 0.0, 0.0

    def at(self, share):
        times = sorted(self.times)
        return times[min(len(times) - 1, int(len(times) * share))] * 1000 if times else float("nan")

    def rate(self):
        return len(self.times) / self.seconds if self.seconds else 0.0

    def cost(self):
        """Milliseconds of the server's processor time for one answer: other programs hardly move it."""
        return self.processor * 1000 / len(self.times) if self.times else float("nan")


def drive(system, seconds, most, tally, one):
    """All connections until the time or the number is up."""
    lock, left = threading.Lock(), [most]
    begun, processor = time.monotonic(), system.processor()

    def work():
        client = Client(system.port, system.cookies)
        while time.monotonic() - begun < seconds:
            with lock:
                if not left[0]:
                    break
                left[0] -= 1
                system.rows += 1
                n = system.rows
            at = time.monotonic()
            try:
                good = one(client, n)
            except (OSError, http.client.HTTPException) as why:
                system.why, good = repr(why), False
            took = time.monotonic() - at
            with lock:
                if good:
                    tally.times.append(took)
                else:
                    tally.errors += 1
        client.close()

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.seconds += time.monotonic() - begun
    tally.processor += system.processor() - processor


def fill(system, rows):
    filled = Tally()
    while len(filled.times) < rows:
        drive(system, 600, rows - len(filled.times), filled, system.create)
        if filled.errors > rows * 4:
            raise RuntimeError(f"{filled.errors} new rows failed: {system.why}")


def set_up(kind, folder, postgres, asked):
    """The system, running and filled; None, and why, where it cannot be."""
    own = os.path.join(folder, kind.__name__.lower() + ("-pg" if postgres else ""))
    os.mkdir(own)
    system = kind(own, postgres)
    try:
        begun = time.monotonic()
        system.set_up(os.path.abspath(asked.yimen))
        fill(system, asked.rows)
        if not system.list(Client(system.port, system.cookies)):
            raise RuntimeError(f"no list of {ROWS_OF_A_LIST} rows: {system.why}")
        print(f"# {title(system)}: ready after {time.monotonic() - begun:.0f} s", flush=True)
        system.made, system.listed = Tally(), Tally()
        return system
    except (Missing, OSError, RuntimeError, KeyError, subprocess.SubprocessError) as why:
        print(f"# {title(system)}: left out: {why}"[:900], flush=True)
        system.stop()
        return None


def title(system):
    return f"{system.name}, {'PostgreSQL' if system.postgres else 'SQLite'}"


def report(systems):
    head = f"{'/s':>8} {'p50':>7} {'p99 ms':>8} {'cpu ms':>8} {'errors':>6} {'x':>6} {'x cpu':>6}"
    print(f"{'':27} {'new rows':^55}   {'lists':^55}\n{'':27} {head}   {head}")
    for system in systems:
        own = [s for s in systems if isinstance(s, Yimen) and bool(s.postgres) == bool(system.postgres)]
        row = f"{title(system):27}"
        for what in ("made", "listed"):
            tally = getattr(system, what)
            yimen = getattr(own[0], what) if own and tally.times else None
            times = yimen.rate() / tally.rate() if yimen else float("nan")
            costs = tally.cost() / yimen.cost() if yimen and yimen.processor else float("nan")
            row += (f" {tally.rate():8.1f} {tally.at(0.5):7.1f} {tally.at(0.99):8.1f} {tally.cost():8.2f} "
                    f"{tally.errors:6d} {times:6.1f} {costs:6.1f}  ")
        print(row)
        if system.made.errors or system.listed.errors:
            print(f"#   last error: {system.why}"[:200])


def arguments():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--yimen", required=True)
    asked.add_argument("--rows", type=int, default=100)
    asked.add_argument("--seconds", type=float, default=8, help="for each system, new rows and lists each")
    asked.add_argument("--only", default="", help="names of the peers, separated by commas")
    asked = asked.parse_args()
    asked.rows = max(asked.rows, ROWS_OF_A_LIST)
    return asked


def main():
    asked = arguments()
    kinds = [k for k in ALL if k is Yimen or not asked.only or k.name in asked.only.split(",")]
    systems, postgres = [], None
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        os.chmod(folder, 0o711)  # PostgreSQL runs as another user where this is root
        try:
            try:
                postgres = Postgres(os.path.join(folder, "pg"))
            except (Missing, subprocess.SubprocessError) as why:
                print(f"# nothing on PostgreSQL: {why}")
            for kind in kinds:
                for base in [None] + [postgres] * bool(postgres and kind.on_postgres):
                    system = set_up(kind, folder, base, asked)
                    if system:
                        systems.append(system)
            for _ in range(ROUNDS):
                for system in systems:
                    drive(system, asked.seconds / ROUNDS, 1 << 30, system.made, system.create)
                    drive(system, asked.seconds / ROUNDS, 1 << 30, system.listed,
                          lambda client, _, system=system: system.list(client))
            report(systems)
        finally:
            for system in systems:
                system.stop()
            if postgres:
                postgres.stop()


if __name__ == "__main__":
    sys.exit(main())
