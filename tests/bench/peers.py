#!/usr/bin/env python3
"""New rows and lists beside other trackers, where Debian's packages of them are installed.

  peers.py --yimen PROGRAM [--rows N] [--seconds S]

Every system runs on this machine with a database of its own on SQLite, with N rows before, one after the other in
rounds; four connections that stay open, a signed-in clerk with a session cookie, pages in HTML, forms posted with
what guards them against other sites.  What is no success is counted as an error and not as an answer.  A system
that is missing or does not start is named and left out.
"""
import argparse
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

CONNECTIONS = 4
ROUNDS = 3


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Client:
    """One connection with the cookies of one clerk."""

    def __init__(self, port, cookies=None):
        self.port, self.cookies, self.connection = port, dict(cookies or {}), None

    def ask(self, method, path, form=None):
        body = None
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        headers["Referer"] = f"http://127.0.0.1:{self.port}/"
        for attempt in range(2):
            try:
                if not self.connection:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                self.connection.request(method, path, body, headers)
                answer = self.connection.getresponse()
                text = answer.read().decode("utf-8", "replace")
                break
            except (http.client.HTTPException, OSError):
                self.connection = None  # a server may close what it kept open
                if attempt:
                    raise
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        return answer.status, answer.getheader("Location") or "", text


def hidden(text):
    fields = {}
    for tag in re.findall(r"<input[^>]*>", text, re.I):
        if re.search(r'type="?hidden', tag, re.I):
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            if name:
                fields[name.group(1)] = value.group(1) if value else ""
    return fields


class System:
    """A server, a signed-in clerk, a new row, a list."""

    def __init__(self, folder):
        self.folder, self.port, self.process, self.cookies = folder, free_port(), None, {}

    def run(self, *words, **more):
        return subprocess.run(words, check=True, capture_output=True, text=True, cwd=self.folder, **more)

    def start(self, *words, **more):
        log = open(os.path.join(self.folder, "server.log"), "w")
        self.process = subprocess.Popen(words, stdout=log, stderr=log, cwd=self.folder, start_new_session=True, **more)
        for _ in range(300):
            if self.process.poll() is not None:
                raise RuntimeError("the server ended: " + open(log.name).read()[-300:])
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError("the server does not listen")

    def stop(self):
        if self.process:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()


class Yimen(System):
    name = "yimen"

    def set_up(self, program):
        word = "bench-Bench-2026"
        data = os.path.join(self.folder, "data")
        self.run(program, "--data", data, "init", "--profile", "lanjiang", "--password", word, "--no-laws")
        self.start(program, "--data", data, "serve", "--port", str(self.port))
        client = Client(self.port)
        _, _, page = client.ask("GET", "/sign-in")
        form = {k: v for k, v in hidden(page).items() if k in ("_csrf", "_key", "next")}
        status, _, _ = client.ask("POST", "/sign-in", form | {"login": "chenliqun", "password": word})
        if status != 303:
            raise RuntimeError("not signed in")
        self.cookies = client.cookies
        _, _, page = client.ask("GET", "/orders/new?matter=legal-aid-wage")
        self.csrf = hidden(page)["_csrf"]

    def create(self, client, n):
        status, where, text = client.ask("POST", "/orders", {
            "_csrf": self.csrf, "_key": f"peer-{os.getpid()}-{n}", "matter": "legal-aid-wage", "channel": "window",
            "subject": "公司拖欠工资", "content": "在工地干了三个月，包工头一直不发工资。",
            "parties[0].role": "applicant", "parties[0].identity.kind": "person",
            "parties[0].identity.name": "王小满", "parties[0].identity.phone": f"139{n % 100000000:08d}",
            "fields.kind": "labour", "fields.source": "self", "fields.hardship": "exempt"})
        if status >= 400:
            self.why = re.sub(r"<[^>]*>|\s+", " ", text)[-300:]
        return status in (200, 201) and "已登记" in text

    def list(self, client):
        status, _, text = client.ask("GET", "/orders?view=unit")
        return status == 200 and text.count("拖欠工资") >= 20


class Fossil(System):
    name = "Fossil"

    def set_up(self, _):
        if not shutil.which("fossil"):
            raise FileNotFoundError("fossil is not installed (apt-get install fossil)")
        env = os.environ | {"HOME": self.folder, "USER": "clerk"}
        self.run("fossil", "init", "f.db", "--admin-user", "clerk", env=env)
        self.run("fossil", "user", "password", "clerk", "benchbench", "-R", "f.db", env=env)
        self.start("fossil", "server", "f.db", "--port", str(self.port), "--localhost", env=env)
        client = Client(self.port)
        status, _, _ = client.ask("POST", "/login", {"u": "clerk", "p": "benchbench", "in": "Login"})
        if status != 302:
            raise RuntimeError("not signed in")
        self.cookies = client.cookies
        _, _, page = client.ask("GET", "/tktnew")
        self.csrf = hidden(page)["csrf"]

    def create(self, client, n):
        status, where, _ = client.ask("POST", "/tktnew", {
            "csrf": self.csrf, "title": f"公司拖欠工资 {n}", "type": "Incident", "severity": "Important",
            "mutype": "Plain Text", "icomment": "在工地干了三个月，包工头一直不发工资。", "submit": "Submit"})
        return status == 302 and "tktview" in where

    def list(self, client):
        status, _, text = client.ask("GET", "/rptview/1")
        return status == 200 and text.count("拖欠工资") >= 20


class RequestTracker(System):
    name = "Request Tracker"

    def set_up(self, _):
        if not shutil.which("rt-setup-database-5") or not shutil.which("starman"):
            raise FileNotFoundError("request-tracker5, rt5-db-sqlite or starman is not installed")
        site = os.path.join(self.folder, "site.pm")
        with open(site, "w") as file:
            file.write(f"""Set($rtname, 'bench.test'); Set($Organization, 'bench.test');
Set($WebDomain, '127.0.0.1'); Set($WebPort, {self.port}); Set($WebPath, '');
Set($DatabaseType, 'SQLite'); Set($DatabaseName, '{self.folder}/rt.db'); Set($DatabaseUser, 'rt');
Set($DatabasePassword, ''); Set($LogToSyslog, undef); Set($LogToSTDERR, 'error'); Set($MailCommand, 'testfile');
Set(%GnuPG, Enable => 0); Set(%SMIME, Enable => 0); Set($Timezone, 'UTC');
1;
""")
        env = os.environ | {"RT_SITE_CONFIG": site}
        self.run("rt-setup-database-5", "--action", "init", "--skip-create", env=env, timeout=300)
        self.start("starman", "--workers", str(CONNECTIONS), "--listen", f"127.0.0.1:{self.port}",
                   "/usr/share/request-tracker5/libexec/rt-server", env=env)
        client = Client(self.port)
        client.ask("POST", "/NoAuth/Login.html", {"user": "root", "pass": "password"})
        status, _, page = client.ask("GET", "/Ticket/Create.html?Queue=1")
        if status != 200 or "Logout" not in page:
            raise RuntimeError("not signed in")
        self.cookies = client.cookies
        self.form = {k: v for k, v in hidden(page).items() if k in ("id", "Token", "Queue")}

    def create(self, client, n):
        status, where, text = client.ask("POST", "/Ticket/Create.html", self.form | {
            "id": "new", "Queue": "1", "Subject": f"公司拖欠工资 {n}", "Content": "在工地干了三个月。",
            "Status": "new", "SubmitTicket": "Create"})
        return (status == 302 and "Display" in where) or (status == 200 and "created in queue" in text)

    def list(self, client):
        status, _, text = client.ask("GET", "/Search/Results.html?Query=Queue%3D1&Rows=50&Order=DESC&OrderBy=id")
        return status == 200 and text.count("拖欠工资") >= 20


class Tally:
    def __init__(self):
        self.times, self.errors, self.seconds = [], 0, 0.0

    def at(self, share):
        times = sorted(self.times)
        return times[min(len(times) - 1, int(len(times) * share))] * 1000 if times else float("nan")

    def rate(self):
        return len(self.times) / self.seconds if self.seconds else 0.0


def drive(system, seconds, most, tally, one):
    """Four threads until the time or the number is up."""
    lock, left = threading.Lock(), [most]
    begun = time.monotonic()

    def work():
        client = Client(system.port, system.cookies)
        while time.monotonic() - begun < seconds:
            with lock:
                if not left[0]:
                    return
                left[0] -= 1
                n = system.next = getattr(system, "next", 0) + 1
            at = time.monotonic()
            try:
                good = one(client, n)
            except (OSError, http.client.HTTPException):
                good = False
            took = time.monotonic() - at
            with lock:
                if good:
                    tally.times.append(took)
                else:
                    tally.errors += 1

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.seconds += time.monotonic() - begun


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--yimen", required=True)
    asked.add_argument("--rows", type=int, default=100)
    asked.add_argument("--seconds", type=float, default=8)
    asked.add_argument("--only", default="", help="names of the peers, separated by commas")
    asked = asked.parse_args()
    systems = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in (Yimen, Fossil, RequestTracker):
            system = None
            if asked.only and kind is not Yimen and kind.name not in asked.only.split(","):
                continue
            try:
                own = os.path.join(folder, kind.__name__)
                os.mkdir(own)
                system = kind(own)
                system.set_up(os.path.abspath(asked.yimen))
                filled = Tally()
                drive(system, 600, asked.rows, filled, system.create)
                while len(filled.times) < asked.rows and filled.errors < asked.rows * 20:
                    drive(system, 600, asked.rows - len(filled.times), filled, system.create)
                if len(filled.times) < asked.rows:
                    raise RuntimeError(f"{filled.errors} new rows failed: {getattr(system, 'why', '')}")
                system.made, system.listed = Tally(), Tally()
                systems.append(system)
            except (OSError, RuntimeError, KeyError, subprocess.SubprocessError) as why:
                print(f"{kind.name}: left out: {why} {getattr(why, 'stderr', '') or ''}"[:600])
                if system:
                    system.stop()
        for _ in range(ROUNDS):
            for system in systems:
                drive(system, asked.seconds / ROUNDS, 1 << 30, system.made, system.create)
                drive(system, asked.seconds / ROUNDS, 1 << 30, system.listed,
                      lambda client, _, system=system: system.list(client))
        print(f"{'':16} {'new/s':>8} {'p50':>7} {'p99 ms':>8} {'errors':>6} {'x':>6}   "
              f"{'lists/s':>8} {'p50':>7} {'p99 ms':>8} {'errors':>6} {'x':>6}")
        first = systems[0] if systems and isinstance(systems[0], Yimen) else None
        for system in systems:
            row = f"{system.name:16}"
            for what in ("made", "listed"):
                tally = getattr(system, what)
                times = getattr(first, what).rate() / tally.rate() if first and tally.rate() else float("nan")
                row += (f" {tally.rate():8.1f} {tally.at(0.5):7.1f} {tally.at(0.99):8.1f} {tally.errors:6d} "
                        f"{times:6.1f}  ")
            print(row)
            system.stop()


if __name__ == "__main__":
    sys.exit(main())
