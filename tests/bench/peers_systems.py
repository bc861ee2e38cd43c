"""The systems that peers.py compares: how each is set up, a new row of it, a list of fifty."""
import os
import shutil

from peers_client import CONNECTIONS, CONTENT, ROWS_OF_A_LIST, SUBJECT, Client, Missing, System, hidden

WORD = "bench-Bench-2026"


def need(*programs):
    for program, package in programs:
        if not (os.path.exists(program) or shutil.which(program)):
            raise Missing(f"the package {package} is not installed")


class Yimen(System):
    name = "yimen"

    def set_up(self, program):
        place = ["--data", os.path.join(self.folder, "data")]
        if self.postgres:
            place += ["--store", self.postgres.database("yimen_peer")]
        self.run(program, *place, "init", "--profile", "lanjiang", "--password", WORD, "--no-laws")
        self.start(program, *place, "serve", "--port", str(self.port))
        client = Client(self.port)
        _, _, page = client.ask("GET", "/sign-in")
        form = {k: v for k, v in hidden(page).items() if k in ("_csrf", "_key", "next")}
        status, _, _ = client.ask("POST", "/sign-in", form | {"login": "chenliqun", "password": WORD})
        if status != 303:
            raise RuntimeError("not signed in")
        self.cookies = client.cookies
        _, _, page = client.ask("GET", "/orders/new?matter=legal-aid-wage")
        self.csrf = hidden(page)["_csrf"]
        client.close()

    def create(self, client, n):
        status, _, text = client.ask("POST", "/orders", {
            "_csrf": self.csrf, "_key": f"peer-{os.getpid()}-{n}", "matter": "legal-aid-wage", "channel": "window",
            "subject": SUBJECT, "content": CONTENT,
            "parties[0].role": "applicant", "parties[0].identity.kind": "person",
            "parties[0].identity.name": "王小满", "parties[0].identity.phone": f"139{n % 100000000:08d}",
            "fields.kind": "labour", "fields.source": "self", "fields.hardship": "exempt"})
        return self.good(status in (200, 201) and "已登记" in text, text)

    def list(self, client):
        status, _, text = client.ask("GET", "/orders?view=unit")
        return self.good(status == 200 and text.count(SUBJECT) >= ROWS_OF_A_LIST, text)


class Fossil(System):
    name = "Fossil"
    on_postgres = False

    def set_up(self, _):
        need(("fossil", "fossil"))
        env = os.environ | {"HOME": self.folder, "USER": "clerk"}
        self.run("fossil", "init", "f.db", "--admin-user", "clerk", env=env)
        self.run("fossil", "user", "password", "clerk", "benchbench", "-R", "f.db", env=env)
        # Its report shows all tickets there are; the lists of the others fifty, the newest first.
        self.run("fossil", "sql", "-R", "f.db", f"UPDATE reportfmt SET sqlcode = rtrim(sqlcode, char(10) || ' ;') "
                 f"|| ' ORDER BY tkt_mtime DESC LIMIT {ROWS_OF_A_LIST}' WHERE rn = 1", env=env)
        self.start("fossil", "server", "f.db", "--port", str(self.port), "--localhost", env=env)
        client = Client(self.port)
        status, _, _ = client.ask("POST", "/login", {"u": "clerk", "p": "benchbench", "in": "Login"})
        if status != 302:
            raise RuntimeError("not signed in")
        self.cookies = client.cookies
        _, _, page = client.ask("GET", "/tktnew")
        self.csrf = hidden(page)["csrf"]
        client.close()

    def create(self, client, n):
        status, where, text = client.ask("POST", "/tktnew", {
            "csrf": self.csrf, "title": f"{SUBJECT} {n}", "type": "Incident", "severity": "Important",
            "mutype": "Plain Text", "icomment": CONTENT, "submit": "Submit"})
        return self.good(status == 302 and "tktview" in where, text)

    def list(self, client):
        status, _, text = client.ask("GET", "/rptview/1")
        return self.good(status == 200 and text.count(SUBJECT) >= ROWS_OF_A_LIST, text)


class Redmine(System):
    """Debian's package, in a copy: it wants its configuration in a folder of the system."""
    name = "Redmine"
    home = "/usr/share/redmine"
    seed = f"""
Redmine::DefaultData::Loader.load('en')
admin = User.find_by_login('admin')
admin.update!(password: '{WORD}', must_change_passwd: false)
project = Project.create!(name: 'Bench', identifier: 'bench', enabled_module_names: ['issue_tracking'])
project.trackers = Tracker.all
"""

    def set_up(self, _):
        adapter = "pg" if self.postgres else "sqlite3"
        need((self.home, "redmine"), ("puma", "puma"),
             (f"/usr/share/doc/ruby-{adapter}", "redmine-pgsql" if self.postgres else "redmine-sqlite"))
        app = os.path.join(self.folder, "redmine")
        instance = os.path.join(app, "instances", "default")
        unwanted = shutil.ignore_patterns("help", "instances", "Gemfile.lock")
        shutil.copytree(self.home, app, symlinks=True, ignore=unwanted)
        for part in ("config", "files", "log", "tmp"):
            os.makedirs(os.path.join(instance, part))
        self.write(instance, "config/secret_key.txt", "5" * 64)
        self.write(instance, "config/database.yml", self.database(instance))
        os.remove(os.path.join(app, "config/database.yml"))
        shutil.copy(os.path.join(instance, "config/database.yml"), os.path.join(app, "config/database.yml"))
        with open(os.path.join(app, "Gemfile"), encoding="utf-8") as file:
            gems = file.read()
        self.write(app, "Gemfile", gems.replace(self.home, app))
        self.write(app, "Gemfile.local", "gem 'puma'\n")
        env = {k: v for k, v in os.environ.items() if not k.startswith(("BUNDLE", "GEM_", "RUBY"))}
        env |= {"RAILS_ENV": "production", "SCHEMA": "/dev/null", "HOME": self.folder} | bundler()
        self.run("bundle", "install", "--local", "--quiet", "--gemfile", f"{app}/Gemfile", env=env)
        env["BUNDLE_GEMFILE"] = f"{app}/Gemfile"
        self.run("sh", "-c", f"cd {app} && bundle exec rake db:migrate", env=env)
        self.write(app, "seed.rb", self.seed)
        self.run("sh", "-c", f"cd {app} && bundle exec rails runner seed.rb", env=env)
        # Ruby runs one thread of a process at a time: as many processes as there are connections.
        self.start("sh", "-c", f"cd {app} && exec bundle exec puma -e production -w {CONNECTIONS} -t 1:{CONNECTIONS} "
                   f"--preload -b tcp://127.0.0.1:{self.port}", env=env)
        self.sign_in()

    @staticmethod
    def write(folder, name, text):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def database(self, instance):
        if not self.postgres:
            return (f"production:\n  adapter: sqlite3\n  database: {instance}/redmine.sqlite3\n"
                    "  pool: 8\n  timeout: 10000\n")
        self.postgres.database("redmine_peer")
        return (f"production:\n  adapter: postgresql\n  database: redmine_peer\n  host: {self.postgres.folder}\n"
                "  username: yimen\n  pool: 8\n  encoding: utf8\n")

    def sign_in(self):
        client = Client(self.port)
        _, _, page = client.ask("GET", "/login")
        status, _, text = client.ask("POST", "/login", {
            "authenticity_token": hidden(page)["authenticity_token"], "username": "admin", "password": WORD})
        if status != 302:
            raise RuntimeError(f"not signed in: {text[-300:]}")
        _, _, page = client.ask("GET", "/projects/bench/issues/new")
        self.cookies, self.csrf = client.cookies, hidden(page)["authenticity_token"]
        client.close()

    def create(self, client, n):
        status, where, text = client.ask("POST", "/projects/bench/issues", {
            "authenticity_token": self.csrf, "issue[tracker_id]": "1", "issue[subject]": f"{SUBJECT} {n}",
            "issue[description]": CONTENT, "issue[status_id]": "1", "issue[priority_id]": "2"})
        return self.good(status == 302 and "/issues/" in where, text)

    def list(self, client):
        status, _, text = client.ask("GET", f"/projects/bench/issues?per_page={ROWS_OF_A_LIST}")
        return self.good(status == 200 and text.count(SUBJECT) >= ROWS_OF_A_LIST, text)


def bundler():
    """Debian's own Bundler takes its gems as they lie.  The newer one that Ruby's update brought does not ("Could not
    find rotp-6.2.0.gem for installation"), and unasked it is the one that runs."""
    for version in sorted(os.listdir("/usr/share/rubygems-integration/all/gems"), reverse=True):
        if version.startswith("bundler-"):
            return {"BUNDLER_VERSION": version.removeprefix("bundler-")}
    return {}


class RequestTracker(System):
    name = "Request Tracker"
    home = "/usr/share/request-tracker5"

    def set_up(self, _):
        need((self.home, "request-tracker5"), ("starman", "starman"),
             ("/usr/share/doc/rt5-db-" + ("postgresql" if self.postgres else "sqlite"),
              "rt5-db-postgresql" if self.postgres else "rt5-db-sqlite"))
        for part in ("site.d", "mason", "sessions"):
            os.mkdir(os.path.join(self.folder, part))
        site = os.path.join(self.folder, "site.pm")
        if self.postgres:
            self.postgres.database("rt_peer")
            base = (f"Set($DatabaseType, 'Pg'); Set($DatabaseName, 'rt_peer'); "
                    f"Set($DatabaseHost, '{self.postgres.folder}');")
        else:
            base = f"Set($DatabaseType, 'SQLite'); Set($DatabaseName, '{self.folder}/rt.db'); Set($DatabaseHost, '');"
        with open(site, "w", encoding="utf-8") as file:
            file.write(f"""Set($rtname, 'bench.test'); Set($Organization, 'bench.test');
Set($WebDomain, '127.0.0.1'); Set($WebPort, {self.port}); Set($WebPath, '');
{base} Set($DatabaseUser, 'yimen'); Set($DatabasePassword, '');
Set($LogToSyslog, undef); Set($LogToSTDERR, 'error'); Set($MailCommand, 'testfile');
Set(%GnuPG, Enable => 0); Set(%SMIME, Enable => 0); Set($Timezone, 'UTC');
$RT::MasonDataDir = '{self.folder}/mason'; $RT::MasonSessionDir = '{self.folder}/sessions';
$RT::VarPath = '{self.folder}';
1;
""")
        with open(os.path.join(self.folder, "word"), "w", encoding="utf-8") as file:
            file.write(WORD)
        # Else the settings of this machine's own installation would come after these.
        env = os.environ | {"RT_SITE_CONFIG": site, "RT_SITE_CONFIG_DIR": os.path.join(self.folder, "site.d")}
        self.run("/usr/sbin/rt-setup-database-5", "--action", "init", "--skip-create",
                 "--root-password-file", os.path.join(self.folder, "word"), env=env)
        # One connection for each process, as long as it stays open; one more for what comes between.
        self.start("starman", "--workers", str(CONNECTIONS + 1), "--preload-app", "--listen", f"127.0.0.1:{self.port}",
                   f"{self.home}/libexec/rt-server", env=env)
        self.sign_in()

    def sign_in(self):
        client = Client(self.port)
        client.ask("POST", "/NoAuth/Login.html", {"user": "root", "pass": WORD})
        status, _, page = client.ask("GET", "/Ticket/Create.html?Queue=1")
        if status != 200 or "Logout" not in page:
            raise RuntimeError("not signed in")
        self.cookies = client.cookies
        self.form = {k: v for k, v in hidden(page).items() if k in ("id", "Token", "Queue")}
        client.close()

    def create(self, client, n):
        status, where, text = client.ask("POST", "/Ticket/Create.html", self.form | {
            "id": "new", "Queue": "1", "Subject": f"{SUBJECT} {n}", "Content": CONTENT, "Status": "new",
            "SubmitTicket": "Create"})
        return self.good((status == 302 and "Display" in where) or (status == 200 and "created in queue" in text), text)

    def list(self, client):
        status, _, text = client.ask(
            "GET", f"/Search/Results.html?Query=Queue%3D1&Rows={ROWS_OF_A_LIST}&Order=DESC&OrderBy=id")
        return self.good(status == 200 and text.count(SUBJECT) >= ROWS_OF_A_LIST, text)


ALL = (Yimen, Fossil, Redmine, RequestTracker)
