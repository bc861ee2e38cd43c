"""What peers.py needs for every system: a client over HTTP, a server's process, PostgreSQL."""
import http.client
import os
import re
import signal
import socket
import subprocess
import time
import urllib.parse

CONNECTIONS = 4
ROWS_OF_A_LIST = 50
SUBJECT = "公司拖欠工资"
CONTENT = "在工地干了三个月，包工头一直不发工资。"
HERE = os.path.dirname(os.path.abspath(__file__))


class Missing(Exception):
    """A package that is not installed: its system is left out."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def hidden(text):
    """The hidden fields of all forms of a page."""
    fields = {}
    for tag in re.findall(r"<input[^>]*>", text, re.I):
        if re.search(r'type="?hidden', tag, re.I):
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            if name:
                fields[name.group(1)] = value.group(1) if value else ""
    return fields


def words(text):
    """The words of a page, to say why an answer was no success."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]*>|\s+", " ", text, flags=re.S)
    return re.sub(r"\s+", " ", text)


class Client:
    """One connection with the cookies of one clerk."""

    def __init__(self, port, cookies=None):
        self.port, self.cookies, self.connection = port, dict(cookies or {}), None

    def ask(self, method, path, form=None):
        body = None
        headers = {"Referer": f"http://127.0.0.1:{self.port}/"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer, text = self.send(method, path, body, headers)
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        return answer.status, answer.getheader("Location") or "", text

    def send(self, method, path, body, headers):
        while True:
            kept = self.connection is not None
            try:
                if not kept:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                self.connection.request(method, path, body, headers)
                answer = self.connection.getresponse()
                return answer, answer.read().decode("utf-8", "replace")
            except (http.client.RemoteDisconnected, ConnectionError):
                self.close()
                if not kept:  # else the server closed what it had kept open, and has not read this
                    raise
            except (http.client.HTTPException, OSError):
                self.close()
                raise

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


def processor(mine):
    """Seconds of processor time of the processes that are mine (asked with pid, parent, session) and their ended ones."""
    ticks = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                stat = file.read().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended, and is its parent's now
        if mine(int(pid), int(stat[1]), int(stat[3])):
            ticks += sum(map(int, stat[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


class Postgres:
    """One PostgreSQL of its own for all systems; every one gets a database in it."""

    def __init__(self, folder):
        tool = os.path.join(HERE, "..", "..", "tools", "postgres")
        # Writes reach the disk, and it cleans up after itself, as the usual server does.
        env = os.environ | {"YIMEN_TEST_FSYNC": "1", "YIMEN_TEST_CONF": "autovacuum = on\nshared_buffers = 128MB"}
        self.folder, self.tool = folder, tool
        started = subprocess.run([tool, "start", folder, str(os.getpid())], env=env, capture_output=True, text=True,
                                 timeout=120)
        if started.returncode == 77:
            raise Missing("PostgreSQL is not installed")
        started.check_returncode()
        with open(os.path.join(folder, "data", "postmaster.pid"), encoding="utf-8") as file:
            self.pid = int(file.readline())

    def processor(self):
        return processor(lambda pid, parent, _: self.pid in (pid, parent))

    def database(self, name):
        subprocess.run(["psql", "-q", "-h", self.folder, "-U", "yimen", "postgres", "-c", f"CREATE DATABASE {name}"],
                       check=True, capture_output=True, text=True)
        return f"postgresql:///{name}?host={self.folder}&user=yimen"

    def stop(self):
        subprocess.run([self.tool, "stop", self.folder], check=False, timeout=60)


class System:
    """A server in a folder of its own.  Subclasses set it up and know one new row and one list."""
    name = ""
    on_postgres = True  # whether it can run there, too

    def __init__(self, folder, postgres):
        self.folder, self.postgres = folder, postgres
        self.port, self.process, self.cookies = free_port(), None, {}
        self.why = ""  # of the last answer that was no success
        self.rows = 0

    def run(self, *command, timeout=600, **more):
        done = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout, check=False, **more)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)[:120]}: {(done.stderr or done.stdout).strip()[-500:]}")
        return done.stdout

    def start(self, *command, **more):
        log = os.path.join(self.folder, "server.log")
        with open(log, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=subprocess.STDOUT, start_new_session=True, **more)
        end = time.monotonic() + 120
        while time.monotonic() < end and self.process.poll() is None:
            try:
                Client(self.port).ask("GET", "/")
                return
            except (http.client.HTTPException, OSError):
                time.sleep(0.2)
        with open(log, encoding="utf-8", errors="replace") as out:
            raise RuntimeError(f"{command[0]} does not answer: {out.read()[-500:]}")

    def processor(self):
        """Seconds of processor time up to now, its database included."""
        own = processor(lambda _pid, _parent, session: session == self.process.pid)
        return own + (self.postgres.processor() if self.postgres else 0)

    def good(self, is_good, text):
        if not is_good:
            self.why = words(text)[-300:]
        return is_good

    def stop(self):
        if self.process:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.process = None
