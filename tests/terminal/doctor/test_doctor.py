"""`doctor`: a line for each check, with the cure; nothing is written, and no secret is told."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from click.testing import Result
from sqlite_utils import Database

from bot.domain.change_state import State
from bot.ports import Transaction
from bot.slack.api.error_codes import INSTALLATION_FAULTS
from bot.store.sqlite import read_only, sqlite_library
from bot.store.sqlite.lock import DatabaseLock
from bot.store.sqlite.migrations import SCHEMA
from bot.store.sqlite.sqlite_library import Journal, preferred_journal, sqlite3
from bot.store.sqlite.store import SqliteStore
from bot.terminal.doctor import database as database_checks
from bot.terminal.doctor import slack as slack_checks
from bot.terminal.doctor.finding import Finding, run_check
from sandbox.continuity import ContinuitySandbox, RehearsalApi
from sandbox.continuity.model import example_users
from sandbox.pagers import PagerSandbox
from sandbox.slack import SlackSandbox
from tests.builders import a_change
from tests.fixtures import direct_store, log_state
from tests.fixtures.audited_rows import put_change
from tests.terminal.conftest import Tamper, Terminal


def newest_step() -> str:
    """The last step of the schema of this version."""
    nothing = Database(memory=True)
    names = [step.name for step in SCHEMA.pending(nothing)]
    nothing.close()
    return names[-1]


SECRETS = ("xoxb-canary-bot", "xapp-canary-app", "canary-password", "canary-signing")


@dataclass
class ServiceHarness:
    """The simulated services, the settings for them, and the terminal."""

    terminal: Terminal
    slack: SlackSandbox
    continuity: ContinuitySandbox
    environment: pytest.MonkeyPatch

    def set(self, **settings: str) -> None:
        """Set settings; an empty one is as if it were not set."""
        for name, value in settings.items():
            self.environment.setenv(name, value)

    async def doctor(self, *words: str) -> tuple[Result, dict[str, str]]:
        """Call the doctor; what it said of each thing, by its name, with the mark before it."""
        result = await asyncio.to_thread(self.terminal, "doctor", *words)
        assert not [secret for secret in SECRETS if secret in result.output]
        said: dict[str, str] = {}
        for line in result.stdout.splitlines():
            mark, _, rest = line.partition(" ")
            about, _, words_of_it = rest.strip().partition(": ")
            said[about] = f"{said[about]}\n" if about in said else ""
            said[about] += f"{mark} {words_of_it}"
        failing = sum(line.startswith("fails") for line in result.stdout.splitlines())
        assert result.exit_code == (1 if failing else 0), result.output
        assert bool(result.stderr) == bool(failing)
        return result, said

    async def alone(self, about: str, *words: str) -> str:
        """Call the doctor where this one thing is not as it should be; return what is said of it."""
        result, said = await self.doctor(*words)
        left_out = {about} if WAL_IS_SAFE else {about, "journal"}
        others = {name: line for name, line in said.items() if name not in left_out}
        assert all(line.startswith("ok ") for line in others.values()), result.output
        return said[about]


WAL_IS_SAFE = preferred_journal() is Journal.WAL


@pytest.fixture(autouse=True)
def logging_stays_as_it_is() -> Iterator[None]:
    with log_state.restored():
        yield


@pytest.fixture
async def harness(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ServiceHarness]:
    """All is as it should be, and the bot runs."""
    slack = SlackSandbox(bot_token=SECRETS[0], app_token=SECRETS[1])
    async with slack, ContinuitySandbox(password=SECRETS[2]) as continuity:
        continuity.add_customer("44444", users=1284)
        slack.add_channel("C0INCIDENT", "incident", members=[])
        await asyncio.to_thread(fill, terminal)
        harness = ServiceHarness(terminal, slack, continuity, monkeypatch)
        harness.set(
            SLACK_BOT_TOKEN=SECRETS[0],
            SLACK_APP_TOKEN=SECRETS[1],
            SLACK_API_URL=slack.api_url,
            CONTINUITY_URL=continuity.url,
            CONTINUITY_USERNAME=continuity.username,
            CONTINUITY_PASSWORD=SECRETS[2],
        )
        with DatabaseLock(terminal.database):
            yield harness


def fill(terminal: Terminal) -> None:
    for words in (
        "U0ONE admin *",
        "U0TWO admin *",
        "U0THREE operator 44444",
        "U0FOUR approver 44444",
        "C0INCIDENT incident 44444",
    ):
        terminal.ok("role", "grant", *words.split())


async def test_each_thing_that_is_as_it_should_be_has_its_line(harness: ServiceHarness) -> None:
    result, said = await harness.doctor()
    marks = [line.split()[0] for line in result.stdout.splitlines()]
    assert marks == ["ok"] * len(said) if WAL_IS_SAFE else marks.count("ok") == len(said) - 1
    head = (await asyncio.to_thread(harness.terminal.trail))[-1]["hash"]
    size = harness.terminal.database.stat().st_size
    assert said == {
        "settings": "ok complete, for Socket Mode",
        "bot token": "ok accepted, the bot is continuity (U0BOT)",
        "workspace": "ok Home (T0HOME)",
        "app": "ok A0CONTINUITY",
        "scopes": "ok the 9 of manifest.yml",
        "socket": "ok Slack gives an address to connect to",
        "clock": said["clock"],
        "database": f"ok {harness.terminal.database} opens, {size:,} bytes",
        "journal": said["journal"],
        "pages": "ok all looked at, none is damaged",
        "schema": f"ok {newest_step()}",
        "open changes": "ok 0, each can be read",
        "audit trail": f"ok 5 entries, intact. Head 5:{head}",
        "tables": "ok as the audit trail tells them",
        "admins": "ok 2 in force",
        "approvers": "ok enough, by the role and policy rows (1 customer)",
        "incident channels": "ok granted (1 customer)",
        "channels": "ok 1, the bot is in each",
        "bot": f"ok process {os.getpid()} runs on this database",
        "api": "ok credentials accepted, 1,284 users of customer 44444",
    }


async def test_nothing_is_written_and_nothing_is_changed(harness: ServiceHarness) -> None:
    folder = harness.terminal.database.parent

    def stands() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    before = stands()
    await harness.doctor()
    assert stands() == before
    assert [request.method for request in harness.continuity.requests] == ["HEAD"]
    assert {call.method for call in harness.slack.calls} == {
        "auth.test",
        "bots.info",
        "apps.connections.open",
        "conversations.info",
    }
    assert harness.slack.connected == 0


async def test_in_http_mode_the_signing_secret_takes_the_place_of_the_socket(
    harness: ServiceHarness,
) -> None:
    harness.set(SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET=SECRETS[3])
    _, said = await harness.doctor()
    assert said["settings"] == "ok complete, for HTTP"
    assert said["signing secret"] == "ok set (HTTP mode)"
    assert "socket" not in said
    harness.set(SLACK_SIGNING_SECRET="")
    assert "SLACK_SIGNING_SECRET (HTTP) is missing" in await harness.alone("settings")


async def test_before_anything_is_set_every_check_is_made(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    result = await asyncio.to_thread(terminal, "doctor")
    assert [line.split(": ")[0].split(maxsplit=1) for line in result.stdout.splitlines()] == [
        *[["fails", "settings"]] * 4,
        ["warns", "clock"],
        ["warns", "database"],
        ["fails", "admins"],
        ["warns", "api"],
    ]
    assert (result.exit_code, result.stderr) == (1, "5 checks fail.\n")
    assert not list(terminal.database.parent.iterdir())


async def test_a_setting_that_cannot_be_read_stops_no_check(harness: ServiceHarness) -> None:
    harness.set(LOG_LEVEL="LOUD", PORT="many")
    lines = (await harness.alone("settings")).splitlines()
    assert [line.split(":")[0] for line in lines] == ["fails PORT", "fails LOG_LEVEL"]


async def test_a_bot_token_that_slack_refuses(harness: ServiceHarness) -> None:
    harness.set(SLACK_BOT_TOKEN="xoxb-of-yesterday")
    said = await harness.alone("bot token")
    assert said.startswith(
        "fails Slack refused auth.test (invalid_auth): a fault of the bot's inst"
    )
    assert "set SLACK_BOT_TOKEN to the token it is given" in said


@pytest.mark.parametrize("code", sorted(INSTALLATION_FAULTS))
async def test_every_fault_of_the_installation_is_told_with_its_code(
    harness: ServiceHarness, code: str
) -> None:
    harness.slack.fail("auth.test", error=code)
    said = await harness.alone("bot token")
    assert said.startswith(f"fails Slack refused auth.test ({code}): a fault of the bot's inst")


async def test_a_bot_token_whose_owner_is_a_person(harness: ServiceHarness) -> None:
    harness.slack.withheld = {"auth.test": ("bot_id",)}
    said = await harness.alone("bot token")
    assert said.startswith(
        "fails SLACK_BOT_TOKEN is a person's: Slack's auth.test tells no bot_id."
    )


async def test_bots_info_without_the_app(harness: ServiceHarness) -> None:
    harness.slack.withheld = {"bots.info": ("bot.app_id",)}
    said = await harness.alone("app")
    assert said.startswith("fails SLACK_BOT_TOKEN: Slack's bots.info tells no app_id")


async def test_an_address_that_is_not_slack_s(harness: ServiceHarness) -> None:
    harness.slack.fail("auth.test", status=404)
    said = await harness.alone("bot token")
    assert said.startswith("fails Slack's Web API has no auth.test (404)")


async def test_slack_that_does_not_answer(harness: ServiceHarness) -> None:
    harness.slack.down = True
    _, said = await harness.doctor()
    for about in ("bot token", "socket"):
        assert said[about].startswith("fails Slack put ")
        assert " off (503). Check SLACK_API_URL" in said[about]
    assert said["api"].startswith("ok")
    await harness.slack.stop()
    _, said = await harness.doctor()
    assert said["bot token"].startswith("fails Slack did not answer auth.test. Check")
    assert said["clock"] == "warns not compared: Slack told no time."


@pytest.mark.parametrize(("url", "name"), [("SLACK_API_URL", "slack"), ("CONTINUITY_URL", "api")])
async def test_no_secret_is_sent_in_clear_over_a_network(
    harness: ServiceHarness, url: str, name: str
) -> None:
    harness.set(**{url: "http://slack.example/api/"})
    _, said = await harness.doctor()
    assert said["settings"].startswith(f"fails {url} must start with https://")
    assert said[name].startswith(f"warns not asked: {url} is not safe")


KEY, SECRET = "0123456789abcdefCANARY0123456789", "canary-of-the-webhook"


async def test_each_pager_that_is_configured_is_reached_and_sent_no_page(
    harness: ServiceHarness,
) -> None:
    async with PagerSandbox() as pagers:
        harness.set(
            PAGERDUTY_ROUTING_KEY=KEY,
            PAGERDUTY_URL=pagers.url,
            PAGER_WEBHOOK_URL=pagers.webhook_url,
            PAGER_WEBHOOK_SECRET=SECRET,
        )
        result, said = await harness.doctor()
        assert pagers.requests == []
        assert pagers.incidents.all() == []
        sentence = (
            "ok reached. No page was sent, so that {} is not checked: the first page shows it."
        )
        assert said["pager pagerduty"] == sentence.format("PAGERDUTY_ROUTING_KEY")
        assert said["pager webhook"] == sentence.format("PAGER_WEBHOOK_SECRET")
        await pagers.stop()
        result, said = await harness.doctor()
    why = "fails It cannot be reached. Check {} and the way there (proxy, firewall, DNS)."
    assert said["pager pagerduty"] == why.format("PAGERDUTY_URL")
    assert said["pager webhook"] == why.format("PAGER_WEBHOOK_URL")
    assert KEY not in result.output
    assert SECRET not in result.output


async def test_a_pager_whose_settings_are_wrong_is_not_asked(harness: ServiceHarness) -> None:
    harness.set(PAGERDUTY_ROUTING_KEY="short", PAGER_WEBHOOK_URL="http://pager.example/")
    _, said = await harness.doctor()
    assert said["settings"].splitlines() == [
        "fails PAGERDUTY_ROUTING_KEY must have 32 letters and digits: the key of an integration “Events API v2” of the service.",
        "fails PAGER_WEBHOOK_SECRET must have at least 16 characters: what PAGER_WEBHOOK_URL gets is signed with it.",
        "fails PAGER_WEBHOOK_URL must start with https:// (http:// on this machine only).",
    ]
    for name in ("pagerduty", "webhook"):
        assert said[f"pager {name}"] == "warns not asked: its settings cannot be used."


async def test_scopes_that_are_missing(harness: ServiceHarness) -> None:
    harness.slack.scopes = "commands,chat:write,channels:read,groups:read,app_mentions:read"
    said = await harness.alone("scopes")
    assert said.startswith(
        "fails without files:read, files:write, usergroups:read, users:read. Put"
    )


async def test_scopes_that_are_not_needed(harness: ServiceHarness) -> None:
    harness.slack.scopes += ",im:write"
    assert (await harness.alone("scopes")).startswith("warns with im:write, which the bot does")


def test_slack_that_tells_no_scopes() -> None:
    assert str(slack_checks._scopes(None)).startswith("warns  scopes: Slack did not tell them")


def test_the_scopes_are_read_from_the_manifest_as_yaml_reads_them() -> None:
    text = slack_checks.MANIFEST.read_text(encoding="utf-8")
    wanted = yaml.safe_load(text)["oauth_config"]["scopes"]["bot"]
    assert sorted(slack_checks.scopes_wanted(text)) == sorted(wanted)
    with pytest.raises(ValueError, match="another form"):
        slack_checks.scopes_wanted(text.replace("    bot:\n", "    bot: [commands]\n"))


async def test_an_app_token_that_slack_refuses(harness: ServiceHarness) -> None:
    harness.set(SLACK_APP_TOKEN="xapp-of-yesterday")
    said = await harness.alone("socket")
    assert said.startswith("fails Slack refused apps.connections.open (invalid_auth)")
    assert "Make an app-level token with connections:write, set SLACK_APP_TOKEN to it" in said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (25, r"ok 2\d s ahead of Slack's"),
        (-25, r"ok 2\d s behind Slack's"),
        (60, r"warns 6\d s ahead of Slack's\. Set it \(NTP\)\."),
        (-60, r"warns [56]\d s behind"),
        (200, r"fails 20\d s ahead of Slack's; beyond 300 s every request"),
        (-200, r"fails (199|200) s behind"),
    ],
)
async def test_a_clock_that_is_not_slack_s(
    harness: ServiceHarness, seconds: int, said: str
) -> None:
    harness.slack.clock = lambda: time.time() - seconds
    assert re.match(said, await harness.alone("clock"))


async def test_a_clock_is_compared_also_where_the_token_is_refused(harness: ServiceHarness) -> None:
    harness.slack.clock = lambda: time.time() + 200
    harness.set(SLACK_BOT_TOKEN="xoxb-of-yesterday", SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="x")
    _, said = await harness.doctor()
    assert "behind Slack's" in said["clock"]


async def test_a_database_that_is_not_there_yet(harness: ServiceHarness, tmp_path: Path) -> None:
    harness.set(DATABASE=str(tmp_path / "none.db"))
    _, said = await harness.doctor()
    assert said["database"].endswith("none.db is not there yet; the first grant or start makes it.")
    assert said["admins"].endswith("U0123 admin '*' Their id: profile > ⋯ > Copy member ID.")
    assert said["api"] == "warns not asked: no role row names a customer. Name one with --customer."
    harness.set(DATABASE=str(tmp_path / "deeper" / "none.db"))
    _, said = await harness.doctor()
    assert said["database"].startswith("fails ")
    assert said["database"].endswith("Set DATABASE to a file in a folder that this user may write.")
    _, said = await harness.doctor("--customer", "44444")
    assert said["api"].startswith("ok credentials accepted")
    harness.continuity.customers["44444"].clear()
    _, said = await harness.doctor("--customer", "44444")
    assert said["api"].startswith("warns credentials accepted, and no users of customer 44444")
    assert said["api"].endswith("it does not count. Look with: python app.py probe 44444")


async def test_a_database_that_cannot_be_used_is_told_and_kept(harness: ServiceHarness) -> None:
    database = harness.terminal.database
    harness.terminal.sql(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
        "VALUES ('continuity', '9999_future', '2030')"
    )
    newer = database.read_bytes()
    _, said = await harness.doctor()
    assert "was written by a newer version (9999_future)" in said["database"]
    assert said["bot"].startswith("ok process")
    assert database.read_bytes() == newer
    database.write_bytes(b"no database at all" * 100)
    _, said = await harness.doctor()
    assert said["database"].startswith(f"fails The database {database} is not a database")
    assert database.read_bytes() == b"no database at all" * 100
    database.unlink()
    harness.terminal.sql("CREATE TABLE theirs (id)")
    _, said = await harness.doctor()
    assert "belongs to another program" in said["database"]
    database.unlink()
    database.mkdir()
    _, said = await harness.doctor()
    assert "cannot be opened" in said["database"]


async def test_files_that_others_may_open(harness: ServiceHarness) -> None:
    database = harness.terminal.database
    database.chmod(0o640)
    assert await harness.alone("database") == (
        f"fails The database {database} is open to others than its owner (mode 640): "
        f"chmod 600 {database}"
    )
    database.chmod(0o600)
    dotenv = database.with_name(".env")
    dotenv.write_text("LOG_LEVEL=ERROR\n")
    dotenv.chmod(0o644)
    assert await harness.alone("settings") == (
        "fails .env is open to others than its owner (mode 644): chmod 600 .env"
    )


async def test_a_lock_that_is_a_link_is_told(harness: ServiceHarness, tmp_path: Path) -> None:
    harness.set(DATABASE=str(tmp_path / "other.db"))
    (tmp_path / "other.db.lock").symlink_to(tmp_path / "elsewhere")
    await asyncio.to_thread(fill, harness.terminal)
    _, said = await harness.doctor()
    assert said["bot"].startswith("fails The lock ")
    assert said["bot"].endswith("other.db.lock cannot be opened (it is a symbolic link).")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_database_that_may_not_be_written(harness: ServiceHarness) -> None:
    harness.terminal.database.chmod(0o400)
    assert "may not be written by this user" in await harness.alone("database")


async def test_a_schema_that_is_older(harness: ServiceHarness) -> None:
    harness.terminal.sql("DELETE FROM _sqlite_migrations WHERE name >= '0005'")
    said = await harness.alone("schema")
    assert said.startswith("warns 0004_inbox_and_messages, older than this version")


async def test_a_trail_that_is_broken(harness: ServiceHarness, tamper: Tamper) -> None:
    tamper("UPDATE audit SET actor = 'U0EVIL' WHERE seq = 2")
    said = await harness.alone("audit trail")
    assert said.startswith("fails entry 2 was altered. Keep the database as evidence")


async def test_a_page_that_is_damaged(harness: ServiceHarness) -> None:
    """It is of no table that is read here: only a look at every page finds it."""
    with closing(sqlite3.connect(harness.terminal.database)) as connection:
        [page] = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'inbox'"
        ).fetchone()
        [size] = connection.execute("PRAGMA page_size").fetchone()
    with harness.terminal.database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    assert (await harness.alone("pages")).startswith("fails damaged (")


async def test_pages_that_are_too_many_for_the_time(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_checks, "MAX_CHECK_SECONDS", -1.0)
    monkeypatch.setattr(read_only, "OPERATIONS", 1)
    said = await harness.alone("pages")
    assert said.startswith("warns not all looked at within -1 s.")
    assert "backup" in said


async def test_an_open_change_that_cannot_be_read(harness: ServiceHarness) -> None:
    def step(tx: Transaction) -> None:
        put_change(tx, a_change(id="C-00001"))
        put_change(tx, a_change(id="C-00002"))
        put_change(tx, a_change(id="C-00003", state=State.APPLIED))  # an end: nothing waits for it

    await direct_store.write(harness.terminal.database, step)
    with closing(sqlite3.connect(harness.terminal.database)) as connection, connection:
        connection.execute("UPDATE changes SET body = '{' WHERE id IN ('C-00001', 'C-00003')")
    _, said = await harness.doctor()
    assert said["open changes"].startswith(
        "fails set aside, since their rows cannot be read: C-00001."
    )
    assert said["tables"].startswith("fails they differ from the audit trail (")


async def test_a_role_row_that_no_entry_explains(harness: ServiceHarness) -> None:
    harness.terminal.sql("UPDATE roles SET customer = '*' WHERE subject_id = 'U0THREE'")
    said = await harness.alone("tables", "--customer", "44444")
    assert said.startswith(
        "fails they differ from the audit trail (2), first: U0THREE operator *: in the"
    )


async def test_a_role_row_that_cannot_be_read(harness: ServiceHarness) -> None:
    harness.terminal.sql("UPDATE roles SET role = 'emperor' WHERE subject_id = 'U0THREE'")
    assert "The role row of U0THREE" in await harness.alone("database", "--customer", "44444")


async def test_admins_that_are_left(harness: ServiceHarness) -> None:
    await asyncio.to_thread(harness.terminal.ok, "role", "revoke", "U0TWO", "admin", "*")
    said = await harness.alone("admins")
    assert said.startswith(
        "warns U0ONE only: nobody grants while they are away. Add one: python app.py"
    )


async def test_an_admin_whose_time_is_over_is_none(harness: ServiceHarness) -> None:
    ended = "'2020-01-01T00:00:00.000000+00:00'"
    harness.terminal.sql(f"UPDATE roles SET expires_at = {ended} WHERE role = 'admin'")  # noqa: S608
    _, said = await harness.doctor()
    assert said["admins"].startswith("fails none in force. Grant one: ")


async def test_no_bot_runs(terminal: Terminal, harness: ServiceHarness) -> None:
    copy = terminal.database.with_name("copy.db")
    await asyncio.to_thread(terminal.ok, "backup", str(copy))
    harness.set(DATABASE=str(copy))
    assert await harness.alone("bot") == (
        "warns none runs on this database. Start it: python app.py run"
    )


@pytest.mark.parametrize(
    ("status", "said", "cure"),
    [
        (401, "does not accept the bot's credentials (401)", "Check CONTINUITY_USERNAME and"),
        (
            403,
            "does not allow this customer to the bot (403)",
            "The account is accepted and has no",
        ),
        (
            404,
            "does not know this customer or user (404)",
            "Check CONTINUITY_URL, and name another",
        ),
        (503, "answered 503", "Check CONTINUITY_URL and the way there"),
    ],
)
async def test_what_the_api_refuses_is_told_apart(
    harness: ServiceHarness, status: int, said: str, cure: str
) -> None:
    harness.continuity.fail(kind=status, times=None)
    told = await harness.alone("api")
    assert told.startswith("fails The continuity API ")
    assert said in told
    assert f"Customer 44444. {cure}" in told


async def test_an_api_that_does_not_answer(harness: ServiceHarness) -> None:
    await harness.continuity.stop()
    told = await harness.alone("api")
    assert "could not be reached" in told
    assert "Check CONTINUITY_URL and the way there" in told


async def test_a_password_that_is_not_the_apis(harness: ServiceHarness) -> None:
    harness.set(CONTINUITY_PASSWORD="of-yesterday")
    assert "(401)" in await harness.alone("api")
    harness.set(CONTINUITY_PASSWORD="")
    _, said = await harness.doctor()
    assert said["api"] == "warns not asked: there are no credentials."


async def test_the_customer_is_the_one_that_is_named(harness: ServiceHarness) -> None:
    harness.continuity.add_customer("55555DE", users=7)
    assert (
        "7 users of customer 55555DE" in (await harness.doctor("--customer", "55555DE"))[1]["api"]
    )
    result = await asyncio.to_thread(harness.terminal, "doctor", "--customer", "../44444")
    assert (result.exit_code, result.stdout) == (1, "")


async def test_a_check_that_breaks_off_is_a_finding() -> None:
    async def broken() -> list[Finding]:
        raise LookupError("canary-password")

    [found] = await run_check("api", broken)
    assert str(found) == "fails  api: this check broke off (LookupError); please report it."


async def test_a_manifest_that_is_not_there(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(slack_checks, "MANIFEST", tmp_path / "gone.yml")
    assert (await harness.alone("scopes")).startswith("warns not compared: manifest.yml cannot be")


@pytest.mark.skipif(not WAL_IS_SAFE, reason="this SQLite is too old for WAL")
async def test_the_journal_and_the_version_of_sqlite_are_told(harness: ServiceHarness) -> None:
    _, said = await harness.doctor()
    version = sqlite3.sqlite_version
    assert said["journal"] == (
        f"ok rollback, SQLite {version}: the next start of the bot changes it to wal"
    )
    store = await SqliteStore.open_async(harness.terminal.database, journal=Journal.WAL)
    _, said = await harness.doctor()
    await store.close()
    assert said["journal"] == f"ok wal, SQLite {version}"


async def test_a_library_that_is_too_old_for_wal(harness: ServiceHarness) -> None:
    harness.environment.setattr(sqlite_library, "WAL_FROM", (99, 0, 0))
    assert await harness.alone("journal") == (
        f"warns rollback, SQLite {sqlite3.sqlite_version}: whoever reads the database makes every "
        "step wait. Install pysqlite3, or SQLite 3.51.3 or newer."
    )


async def test_customers_whose_changes_nobody_can_approve_or_propose_are_named_together(
    harness: ServiceHarness,
) -> None:
    terminal = harness.terminal
    for words in ("U0ONE admin *", "U0TWO admin *", "U0FOUR approver 44444"):
        terminal.sql(f"DELETE FROM roles WHERE subject_id = '{words.split()[0]}'")  # noqa: S608
    for number in range(50001, 50008):
        await asyncio.to_thread(terminal.ok, "customer", "name", str(number), f"Customer {number}")
    _, said = await harness.doctor("--customer", "44444")
    named = "customers 44444, 50001, 50002, 50003, 50004 and 3 more"
    assert said["approvers"] == (
        f"fails {named}: none, so that nothing is approved. Grant one: python app.py role grant U0456 "
        "approver CUSTOMER. Their id: profile > ⋯ > Copy member ID."
    )
    assert said["incident channels"] == (
        "fails customers 50001, 50002, 50003, 50004, 50005 and 2 more: none, so that no command for "
        "them works in Slack. Grant one: python app.py role grant C0456 incident CUSTOMER. The id of "
        "a channel: at the bottom of its details."
    )


async def test_a_policy_that_too_few_can_fulfil(harness: ServiceHarness) -> None:
    await asyncio.to_thread(harness.terminal.ok, "policy", "set", "44444", "purge", "*", "4")
    said = await harness.alone("approvers")
    assert said.startswith(
        "warns customer 44444: policy 44444 purge * needs 4 approvals, and 2 can approve besides the "
        "requester. Grant one: "
    )


async def test_an_approver_alone_approves_nothing_of_their_own(harness: ServiceHarness) -> None:
    for person, *row in (("U0TWO", "admin", "*"), ("U0FOUR", "approver", "44444")):
        await asyncio.to_thread(harness.terminal.ok, "role", "revoke", person, *row)
    _, said = await harness.doctor()
    assert said["approvers"].startswith("warns customer 44444: one person alone, so that nobody")


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ({"is_archived": True}, "it is archived. Restore it, or grant another one."),
        (
            {"is_ext_shared": True},
            "it is shared with another company, so that everything is refused",
        ),
        (
            {"members": set()},
            "the bot is not in it, so that nothing is seen there. Type /invite @Con",
        ),
        (
            {"members": set(), "is_private": True},
            "the bot cannot see it. It is gone, or private and",
        ),
    ],
)
async def test_an_incident_channel_in_which_nobody_would_see_a_change(
    harness: ServiceHarness, channel: dict[str, object], said: str
) -> None:
    for name, value in channel.items():
        setattr(harness.slack.channels["C0INCIDENT"], name, value)
    told = await harness.alone("channels")
    assert told.startswith(f"fails C0INCIDENT (incident channel for 44444): {said}")


async def test_the_operations_channel_is_looked_at_too(harness: ServiceHarness) -> None:
    harness.set(OPS_CHANNEL="C0OPS")
    assert (await harness.alone("channels")).startswith(
        "fails C0OPS (OPS_CHANNEL): the bot cannot see it."
    )
    harness.slack.add_channel("C0OPS", "ops", members=[])
    _, said = await harness.doctor()
    assert said["channels"] == "ok 2, the bot is in each"
    harness.set(OPS_CHANNEL="#ops")
    assert await harness.alone("channels") == (
        "fails OPS_CHANNEL: #ops is no channel id (C… or G…). The id of a channel: at the bottom of its "
        "details."
    )
    harness.set(OPS_CHANNEL="")
    harness.slack.fail("conversations.info", retry_after=1)
    assert (await harness.alone("channels")).startswith("warns not looked at: Slack put ")


async def test_each_customer_is_counted_and_each_fault_of_an_account_told_once(
    harness: ServiceHarness, tmp_path: Path
) -> None:
    file = tmp_path / "credentials.toml"
    tables = [("44444", SECRETS[2]), ("50001", SECRETS[2]), ("*", "canary-password-of-yesterday")]
    user = harness.continuity.username
    lines = [f'["{name}"]\nusername = "{user}"\npassword = "{word}"' for name, word in tables]
    file.write_text("\n".join(lines))
    file.chmod(0o600)
    harness.set(CONTINUITY_CREDENTIALS=str(file), CONTINUITY_USERNAME="", CONTINUITY_PASSWORD="")
    harness.continuity.add_customer("50001", users=16)
    for number in ("50002", "50003"):
        await asyncio.to_thread(harness.terminal.ok, "customer", "name", number, "Somebody")
    api = (await harness.doctor())[1]["api"].splitlines()
    assert api[0] == "ok credentials accepted, 1,300 users of 2 customers"
    assert api[1].startswith(
        "fails The continuity API does not accept the bot's credentials (401)."
    )
    assert "Customer 50002. Check" in api[1]
    assert api[2:] == ["warns the same for 2 customers, of whom one was asked for."]
    assert [one.path for one in harness.continuity.requests] == ["/44444", "/50001", "/50002"]


async def test_of_many_customers_twenty_are_counted(harness: ServiceHarness) -> None:
    def name_all() -> None:
        for number in range(50001, 50021):
            harness.continuity.add_customer(str(number), users=1)
            harness.terminal.ok("customer", "name", str(number), "Somebody")

    await asyncio.to_thread(name_all)
    api = (await harness.doctor())[1]["api"].splitlines()
    assert api == [
        "ok credentials accepted, 1,303 users of 20 customers",
        "warns the first 20 of 21 customers were asked for. Name one with --customer.",
    ]


async def test_a_customer_without_an_account_is_told_and_the_others_are_counted(
    harness: ServiceHarness, tmp_path: Path
) -> None:
    file = tmp_path / "credentials.toml"
    file.write_text(
        f'[44444]\nusername = "{harness.continuity.username}"\npassword = "{SECRETS[2]}"'
    )
    file.chmod(0o600)
    harness.set(CONTINUITY_CREDENTIALS=str(file), CONTINUITY_USERNAME="", CONTINUITY_PASSWORD="")
    await asyncio.to_thread(harness.terminal.ok, "customer", "name", "50002", "Somebody")
    api = (await harness.doctor())[1]["api"].splitlines()
    assert api[0] == "ok credentials accepted, 1,284 users of customer 44444"
    assert api[1].startswith("fails There are no credentials for customer 50002 here")


async def test_a_drill_is_told_apart_and_one_at_a_real_api_fails(
    harness: ServiceHarness, tmp_path: Path
) -> None:
    file = tmp_path / "credentials.toml"
    seed = {"44444": [*example_users("44444", 7, {}).values()]}
    async with RehearsalApi(seed, password=SECRETS[2]) as api, ContinuitySandbox() as real:
        tables = [("44444", api.url), ("50001", real.url)]
        file.write_text(
            "\n".join(
                f'[{number}]\nusername = "{api.username}"\npassword = "{SECRETS[2]}"\n'
                f'url = "{url}"\ndrill = true'
                for number, url in tables
            )
        )
        file.chmod(0o600)
        harness.set(CONTINUITY_CREDENTIALS=str(file))
        said = (await harness.doctor())[1]["api"].splitlines()
        assert {one.path for one in real.requests} == {"/simulation"}
    assert said[0] == "ok customer 44444 is a drill: 7 users of the simulated API"
    assert said[1].startswith("fails The address of this drill does not answer as the simulated")
