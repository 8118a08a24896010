"""Roles, policy and the names of customers: the rows that people with a right write by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from bot.domain.policy import PolicyRule
from bot.domain.roles import ANY_CUSTOMER, Grant, Role, Subject, SubjectKind
from bot.errors import StoreUnusable
from bot.store.tables.rows import Rows, marks
from bot.store.times import as_optional_text, as_text, as_time, in_utc

_COLUMNS = "subject_kind, subject_id, role, customer, granted_by, granted_at, expires_at"


class RoleRows(Rows):
    """The tables ``roles``, ``policy`` and ``customers``."""

    def grants(
        self,
        *,
        subjects: Collection[Subject] | None = None,
        customer: str | None = None,
        role: Role | None = None,
    ) -> Sequence[Grant]:
        """Return role rows, of these subjects, for this customer (or `*`) and of this role where given.

        Rows that have expired are among them: ``Grant.covers`` decides with the time of the caller.
        """
        conditions, values = ["TRUE"], list[str]()
        if subjects is not None:
            # Not as row values IN (VALUES ...): that reads the whole table (measured, SQLite 3.40).
            each = " OR ".join(["(subject_kind = ? AND subject_id = ?)"] * len(subjects))
            conditions.append(f"({each or 'FALSE'})")
            values += [part for subject in subjects for part in (subject.kind.value, subject.id)]
        if customer is not None:
            conditions.append(f"customer IN ({marks(2)})")
            values += [customer, ANY_CUSTOMER]
        if role is not None:
            conditions.append("role = ?")
            values.append(role.value)
        rows = self._all(
            f"SELECT {_COLUMNS} FROM roles WHERE {' AND '.join(conditions)} "  # noqa: S608  # only constants and question marks
            "ORDER BY subject_kind, subject_id, role, customer",
            values,
        )
        return [_grant(*row) for row in rows]

    def granted_usergroups(self) -> Sequence[str]:
        # From each group straight to the next: DISTINCT reads all rows of all groups, at every command.
        rows = self._all(
            "WITH RECURSIVE found (id) AS ("
            "SELECT MIN(subject_id) FROM roles WHERE subject_kind = :kind UNION ALL SELECT "
            "(SELECT MIN(subject_id) FROM roles WHERE subject_kind = :kind AND subject_id > found.id) "
            "FROM found WHERE found.id IS NOT NULL) "
            "SELECT id FROM found WHERE id IS NOT NULL",
            {"kind": SubjectKind.USERGROUP.value},
        )
        return [row["id"] for row in rows]

    def ids_of(self, user_id: str) -> frozenset[str]:
        rows = self._all(
            "WITH who (id) AS (SELECT :id UNION SELECT person FROM person_ids WHERE id = :id) "
            "SELECT id FROM who UNION SELECT person_ids.id FROM person_ids JOIN who ON person = who.id",
            {"id": user_id},
        )
        return frozenset(row["id"] for row in rows)

    def other_ids(self) -> Mapping[str, str]:
        rows = self._all("SELECT id, person FROM person_ids ORDER BY id")
        return {row["id"]: row["person"] for row in rows}

    def add_ids(self, user_id: str, others: Collection[str]) -> None:
        for one in sorted(others):
            self._run(
                "INSERT INTO person_ids (id, person) VALUES (?, ?) "
                "ON CONFLICT (id) DO UPDATE SET person = excluded.person",
                (one, user_id),
            )

    def put_grant(self, grant: Grant) -> None:
        self._run(
            f"INSERT INTO roles ({_COLUMNS}) VALUES ({marks(7)}) "  # noqa: S608  # only constants
            "ON CONFLICT (subject_kind, subject_id, role, customer) DO UPDATE SET "
            "granted_by = excluded.granted_by, granted_at = excluded.granted_at, "
            "expires_at = excluded.expires_at",
            (
                grant.subject.kind.value,
                grant.subject.id,
                grant.role.value,
                grant.customer,
                grant.granted_by,
                as_text(grant.granted_at),
                as_optional_text(grant.expires_at),
            ),
        )

    def remove_grant(self, subject: Subject, role: Role, customer: str) -> bool:
        return bool(
            self._run(
                "DELETE FROM roles "
                "WHERE subject_kind = ? AND subject_id = ? AND role = ? AND customer = ?",
                (subject.kind.value, subject.id, role.value, customer),
            )
        )

    def policy_rules(self) -> Sequence[PolicyRule]:
        rows = self._all("SELECT * FROM policy ORDER BY customer, flag, scope_kind")
        return [
            PolicyRule(
                row["customer"],
                row["flag"],
                row["scope_kind"],
                row["approvals"],
                row["set_by"],
                as_time(row["set_at"]),
            )
            for row in rows
        ]

    def put_policy_rule(self, rule: PolicyRule) -> None:
        self._run(
            "INSERT INTO policy (customer, flag, scope_kind, approvals, set_by, set_at) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (customer, flag, scope_kind) DO UPDATE SET "
            "approvals = excluded.approvals, set_by = excluded.set_by, set_at = excluded.set_at",
            (
                rule.customer,
                str(rule.flag),
                rule.scope_kind,
                rule.approvals,
                rule.set_by,
                as_text(rule.set_at),
            ),
        )

    def remove_policy_rule(self, customer: str, flag: str, scope_kind: str) -> bool:
        return bool(
            self._run(
                "DELETE FROM policy WHERE customer = ? AND flag = ? AND scope_kind = ?",
                (customer, flag, scope_kind),
            )
        )

    def customer_names(self) -> Mapping[str, str]:
        rows = self._all("SELECT number, name FROM customers ORDER BY number")
        return {row["number"]: row["name"] for row in rows}

    def customer_name(self, customer: str) -> str:
        row = self._first("SELECT name FROM customers WHERE number = ?", (customer,))
        return row["name"] if row else ""

    def name_customer(self, customer: str, name: str) -> None:
        self._run(
            "INSERT INTO customers (number, name) VALUES (?, ?) "
            "ON CONFLICT (number) DO UPDATE SET name = excluded.name",
            (customer, name),
        )


@lru_cache(maxsize=1024)
def _subject(kind: str, subject_id: str) -> Subject:
    return Subject(SubjectKind(kind), subject_id)


def _grant(
    kind: str,
    subject_id: str,
    role: str,
    customer: str,
    granted_by: str,
    granted_at: str,
    expires_at: str | None,
) -> Grant:
    """Return the grant of a row of ``_COLUMNS``: a user group may have a thousand."""
    try:
        return Grant(
            _subject(kind, subject_id),
            Role(role),
            customer,
            granted_by,
            as_time(granted_at),
            # Without a zone it could be compared with nothing.
            in_utc(as_time(expires_at)) if expires_at is not None else None,
        )
    except ValueError as error:
        raise StoreUnusable(
            f"The role row of {subject_id} for {customer} cannot be read: "
            "it was altered or the database is damaged."
        ) from error
