"""Check a PostgreSQL database: server, connection, rights, schema, what is in it, replicas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.database_address import PostgresUrl
from bot.errors import StoreError
from bot.ports import Leader, Replica, Transaction
from bot.program import PROGRAM
from bot.store.postgresql.filling import TABLES
from bot.store.postgresql.read_only import ReadOnlyPostgresStore, Server
from bot.terminal.audit.verify import verify_trail
from bot.terminal.doctor.content import DatabaseFacts, admins, audit_trail, open_changes, take
from bot.terminal.doctor.finding import Finding, fails, ok, warns

# The bot goes by the database's clock. Slack's signatures and certificates go by this machine's.
WARN_APART = timedelta(seconds=5)
OF_REPLICAS = ("replicas", "leader", "claims", "commits")


async def check(url: PostgresUrl, seen: DatabaseFacts) -> Sequence[Finding]:
    """Check the database without changing it; fill in ``seen``."""
    try:
        async with ReadOnlyPostgresStore(url) as store:
            server = store.server()
            found = [_database(url, server), *_server(server), *_rights(store, server)]
            if not store.applied:
                return [*found, _empty(), admins([])]
            if store.pending:
                return [*found, _older(store)]
            found.append(ok("schema", store.applied[-1]))
            return [*found, *_collations(store), *await _content(store, seen)]
    except StoreError as error:
        return [fails("database", str(error))]


async def _content(store: ReadOnlyPostgresStore, seen: DatabaseFacts) -> Sequence[Finding]:
    await store.read(lambda tx: take(tx, seen))
    verified = await verify_trail(store)
    changes = await store.read(open_changes)
    trail = audit_trail(verified, compared=True)
    return [changes, *trail, admins(seen.grants), await store.read(_replicas)]


def _database(url: PostgresUrl, server: Server) -> Finding:
    return ok("database", f"{url} answers, PostgreSQL {server.version}, UTF8, a primary")


def _server(server: Server) -> Sequence[Finding]:
    return [
        _connection(server),
        _durability(server),
        ok("pages", "data checksums are on")
        if server.checksums
        else warns("pages", "data checksums are off: turn them on with pg_checksums."),
        _clock(server.ahead),
        ok("backups", "PostgreSQL's own are not looked at here: see docs/operations.md"),
    ]


def _connection(server: Server) -> Finding:
    if server.encrypted is None:
        return ok("connection", "it does not leave this machine")
    if server.encrypted:
        return ok("connection", "encrypted by TLS")
    return warns(
        "connection",
        "not encrypted: whoever is on the way reads names, addresses and the login. Add "
        "?sslmode=verify-full&sslrootcert=FILE (the CA) to DATABASE.",
    )


def _durability(server: Server) -> Finding:
    if not server.durable:
        return warns(
            "durability",
            "fsync or full_page_writes is off: a crash of the server's machine loses what was "
            "acknowledged, or the database. Turn both on.",
        )
    if not server.waits:
        return warns(
            "durability",
            "synchronous_commit is off for this user: the bot turns it on for itself. Turn it on.",
        )
    return ok("durability", "fsync, full_page_writes and synchronous_commit are on")


def _clock(ahead: timedelta) -> Finding:
    apart = f"{abs(ahead).total_seconds():.1f} s"
    if abs(ahead) < WARN_APART:
        return ok("database clock", f"{apart} apart from this machine's")
    where = "ahead of" if ahead > timedelta() else "behind"
    return warns(
        "database clock",
        f"{apart} {where} this machine's. Leases and deadlines go by the database's; use NTP on both.",
    )


def _rights(store: ReadOnlyPostgresStore, server: Server) -> Sequence[Finding]:
    if store.pending and not server.may_create:
        return [
            fails(
                "rights",
                f"{server.user} may not make the tables that are missing. Run `{PROGRAM} migrate` as "
                "one who may.",
            )
        ]
    lacking = store.lacking_rights((*TABLES, *OF_REPLICAS))
    if lacking:
        return [fails("rights", f"{server.user} lacks rights: {'; '.join(lacking)}. Grant them.")]
    return [ok("rights", f"{server.user} may do what the bot does")]


def _empty() -> Finding:
    return warns(
        "schema", f"the database is empty: `{PROGRAM} migrate`, the first grant or start makes it."
    )


def _older(store: ReadOnlyPostgresStore) -> Finding:
    return warns(
        "schema",
        f"{store.applied[-1]}, older than this version: `{PROGRAM} migrate` or the next start brings "
        "it up to date. Make a backup before; then call doctor again.",
    )


def _collations(store: ReadOnlyPostgresStore) -> Sequence[Finding]:
    other = store.other_collations((*TABLES, *OF_REPLICAS))
    if not other:
        return [ok("collation", "texts compare by their bytes (C)")]
    return [
        fails(
            "collation",
            f"{', '.join(other)}: not “C”, so that texts compare otherwise than the bot expects. "
            "Somebody altered the tables; make them anew from a backup.",
        )
    ]


def _replicas(tx: Transaction) -> Finding:
    now = tx.database_now()
    running = [one for one in tx.replicas() if one.lease_until >= now]
    if not running:
        return warns("bot", f"none runs on this database. Start it: {PROGRAM} run")
    leader = tx.leader()
    told = ", ".join(_told(one, leader, now) for one in running)
    if leader is None or leader.holder not in {one.id for one in running}:
        return warns("bot", f"none of those that run leads: {told}. Call doctor again in a minute.")
    return ok("bot", told)


def _told(one: Replica, leader: Leader | None, now: datetime) -> str:
    left = f"lease for {(one.lease_until - now).total_seconds():.0f} s"
    if leader is not None and leader.holder == one.id:
        return f"{one.name} leads (epoch {leader.epoch}, {left})"
    return f"{one.name} ({left})"
