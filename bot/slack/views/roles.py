"""The replies to the commands on roles and to `whoami`. All text is escaped mrkdwn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.domain.roles import ANY_CUSTOMER, Grant, Right, Role, Subject, SubjectKind
from bot.service.queries.history import MAX_CUSTOMERS, CustomerRights
from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS
from bot.slack.views.mrkdwn import customer_label, escape, fit_lines, format_time
from bot.slack.views.texts import roles as texts

# Few people are commanders: the others are not told that they are none.
_EXPECTED = frozenset(Right) - {Right.COMMAND}
_PERSON = re.compile(r"[UW][A-Z0-9]+")


def roles(grants: Sequence[Grant]) -> str:
    """Return a line for each role row, with links that Slack draws as names."""
    lines = [
        (texts.ROW_UNTIL if grant.expires_at else texts.ROW).format(
            holder=holder(grant.subject),
            role=grant.role,
            customer=label(grant.customer, ""),
            time=format_time(grant.expires_at) if grant.expires_at else "",
            granter=person(grant.granted_by),
        )
        for grant in grants
    ]
    return fit_lines(lines, MAX_MESSAGE_TEXT_CHARS) or texts.NO_ROWS


def holder(subject: Subject) -> str:
    """Return a link to a person, user group or channel.

    It notifies nobody in a reply that one person sees. Slack draws a private channel without its
    name to people who are not in it.
    """
    sign = {SubjectKind.USER: "@", SubjectKind.USERGROUP: "!subteam^", SubjectKind.CHANNEL: "#"}
    return f"<{sign[subject.kind]}{subject.id}>"


def label(customer: str, name: str) -> str:
    """Return `Acme GmbH (44444)` or `all customers`, as it stands within a sentence."""
    return texts.ALL_CUSTOMERS if customer == ANY_CUSTOMER else customer_label(customer, name)


def granted(grant: Grant, customer: str, channels: Sequence[str]) -> str:
    """Return what somebody is told who was given a role; ``customer`` is its escaped label."""
    words = (texts.GRANTED_UNTIL if grant.expires_at else texts.GRANTED).format(
        granter=person(grant.granted_by),
        role=grant.role,
        customer=customer,
        time=format_time(grant.expires_at) if grant.expires_at else "",
    )
    one_customer = channels and grant.customer != ANY_CUSTOMER
    command = f"status {grant.customer}" if one_customer else "whoami"
    first = texts.TRY_IN if channels else texts.TRY
    links = ", ".join(f"<#{one}>" for one in channels)
    return f"{words} {first.format(command=command, channels=links)}"


def revoked(granter: str, role: Role, customer: str) -> str:
    """Return what somebody is told who lost a role; ``customer`` is its escaped label."""
    return texts.REVOKED.format(granter=person(granter), role=role, customer=customer)


def whoami(customers: Sequence[CustomerRights]) -> str:
    """Return what the person may do here in sentences; below it why, where it is one customer."""
    alike: dict[tuple[frozenset[Right], frozenset[Right], tuple[str, ...]], list[str]] = {}
    for rights in customers:
        key = (rights.here, rights.anywhere, rights.channels)
        alike.setdefault(key, []).append(label(rights.customer, rights.name))
    lines = [_sentence(*key, labels) for key, labels in alike.items()]
    if len(customers) >= MAX_CUSTOMERS:
        lines.append(texts.MANY.format(count=MAX_CUSTOMERS))
    lines += _why(customers[0]) if len(customers) == 1 else [texts.WHY_OF_ONE]
    return fit_lines(lines, MAX_MESSAGE_TEXT_CHARS)


def _sentence(
    here: frozenset[Right],
    anywhere: frozenset[Right],
    channels: tuple[str, ...],
    labels: Sequence[str],
) -> str:
    if here:
        template = texts.MAY_SOME if _EXPECTED - here else texts.MAY_ALL
    elif anywhere:
        template = texts.MAY_ELSEWHERE if channels else texts.MAY_NOWHERE_YET
    else:
        template = texts.NO_ROLE if [*labels] == [texts.ALL_CUSTOMERS] else texts.MAY_NOTHING
    return template.format(
        rights=_names(here or anywhere, texts.AND),
        missing=_names(_EXPECTED - here, texts.OR),
        customers=", ".join(labels),
        channels=", ".join(f"<#{one}>" for one in channels),
    )


def _names(rights: Iterable[Right], together: str) -> str:
    named = [texts.RIGHTS[right] for right in Right if right in rights]
    if len(named) < 2:
        return "".join(named)
    return together.format(rest=", ".join(named[:-1]), last=named[-1])


def _why(rights: CustomerRights) -> list[str]:
    alike: dict[tuple[bool, str], list[str]] = {}
    for right, decision, _ in rights.decisions:
        rows = "; ".join(
            f"{holder(row.subject)} {row.role} {label(row.customer, '')}"
            for row in decision.evidence
        )
        key = (decision.allowed, rows if decision.allowed else decision.reason)
        alike.setdefault(key, []).append(texts.RIGHTS[right])
    lines = [texts.WHY.format(customer=label(rights.customer, rights.name))]
    for (allowed, why), names in alike.items():
        together = ", ".join(names)
        template = texts.YES if allowed else texts.NO
        lines.append(template.format(rights=together, rows=why, reason=why))
    # Several rights are often granted by the same people.
    return [*lines, *dict.fromkeys(cure for _, _, cure in rights.decisions if cure)]


def person(text: str) -> str:
    """Return a mention for the id of a person, else the text, which is `user@host`, escaped."""
    return f"<@{text}>" if _PERSON.fullmatch(text) else escape(text)
