"""The first sentence of the kinds of entry that say more than who did it and what the change is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from bot.domain.configuration import described
from bot.domain.notify_terms import told as terms_told
from bot.domain.policy import ANY
from bot.domain.review import ReviewState
from bot.slack.views.audit.told import Told
from bot.slack.views.texts import audit as texts
from bot.slack.views.texts.plural import USERS


def _previewed(told: Told) -> str:
    total, already = told.number("total"), told.number("already")
    what = told.what(counted=False)
    if total is None:
        return texts.NOT_COUNTED.format(what=what)
    template = texts.COUNTED_ALREADY if already else texts.COUNTED
    return template.format(users=USERS.format(total), already=f"{already or 0:,}", what=what)


def _proposed(told: Told) -> str:
    if told.detail.get("back_of"):
        return texts.WAY_BACK.format(change=told.value("back_of"), what=told.what())
    return texts.OF_A_CHANGE[told.record.kind].format(who=told.who(), what=told.what())


def _applied(told: Told) -> str:
    unverified = told.detail.get("verified") is False
    template = texts.UNVERIFIED if unverified else texts.OF_A_CHANGE[told.record.kind]
    return template.format(what=told.what())


def _reviewed(told: Told) -> str:
    objects = told.detail.get("review") == ReviewState.OBJECTED
    template = texts.OBJECTED if objects else texts.OF_A_CHANGE[told.record.kind]
    return template.format(who=told.who(), what=told.what())


def _refused(told: Told) -> str:
    if not told.record.change_id:
        return texts.REFUSED.format(who=told.who())
    return texts.REFUSED_CHANGE.format(who=told.who(), what=told.what())


def _others_asked(told: Told) -> str:
    people = told.detail.get("people")
    ids = [str(one) for one in people] if isinstance(people, list) else [str(people or "")]
    return texts.OTHERS_ASKED.format(who=told.who(), people=_people(told, ids))


def _granted(told: Told) -> str:
    until = told.detail.get("expires_at")
    template = texts.GRANTED_UNTIL if until else texts.GRANTED
    return template.format(**_role(told), until=_time(told, str(until)) if until else "")


def _revoked(told: Told) -> str:
    return texts.REVOKED.format(**_role(told))


def _role(told: Told) -> dict[str, str]:
    subject = told.person(str(told.detail.get("subject") or ""))
    role, customer = told.value("role"), told.customer()
    return {"who": told.who(), "role": role, "customer": customer, "subject": subject}


def _time(told: Told, text: str) -> str:
    try:
        return told.style.time(datetime.fromisoformat(text))
    except ValueError:
        return told.style.text(text)


def _policy_set(told: Told) -> str:
    topic, scope = told.value("flag"), told.value("scope")
    needed = told.number("approvals")
    approvals = told.value("approvals") if needed is None else texts.APPROVALS.format(needed)
    return texts.POLICY_SET.format(
        who=told.who(),
        customer=told.customer(),
        topic=texts.POLICY_ANY_TOPIC if topic == ANY else topic,
        scope=texts.POLICY_ANY_SCOPE if scope == ANY else scope,
        approvals=approvals,
    )


def _notify_set(told: Told) -> str:
    terms = told.style.text(terms_told(told.detail))
    return texts.NOTIFY_SET.format(who=told.who(), customer=told.customer(), terms=terms)


def _notify_removed(told: Told) -> str:
    return texts.NOTIFY_REMOVED.format(who=told.who(), customer=told.customer())


def _notice_made(told: Told) -> str:
    made = told.detail.get("texts")
    languages = told.style.text(", ".join(made) if isinstance(made, dict) else "")
    return texts.NOTICE_MADE.format(who=told.who(), customer=told.customer(), languages=languages)


def _configured(template: str) -> Callable[[Told], str]:
    def told_of(told: Told) -> str:
        terms = told.detail.get("terms")
        return template.format(
            who=told.who(),
            kind=told.value("kind").replace("_", " "),
            name=told.value("name"),
            terms=told.style.text(described(terms) if isinstance(terms, dict) else ""),
        )

    return told_of


def _named(told: Told) -> str:
    number = told.style.text(told.record.customer)
    return texts.NAMED.format(who=told.who(), number=number, name=told.value("name"))


def _ids_told(told: Told) -> str:
    others = told.detail.get("others")
    ids = [str(told.detail.get("person") or ""), *(others if isinstance(others, list) else [])]
    # The ids are what this entry is about, so no name replaces them.
    return texts.IDS_TOLD.format(people=told.style.text(", ".join(map(str, ids))))


def _people(told: Told, ids: list[str]) -> str:
    return ", ".join(told.person(one.strip("<@>")) for one in ids)


def _counted(plain: str, counted: str) -> Callable[[Told], str]:
    """Return what fills one of two texts about a list of users, by whether they are counted."""

    def told_of(told: Told) -> str:
        number = told.number("total")
        template = plain if number is None else counted
        users = "" if number is None else USERS.format(number)
        return template.format(who=told.who(), users=users, filters=told.value("filters"))

    return told_of


_SENT = _counted(texts.EXPORT_ENDED, texts.EXPORT_ENDED_COUNTED)


def _export_ended(told: Told) -> str:
    if not told.detail.get("problem"):
        return _SENT(told)
    return texts.EXPORT_FAILED.format(who=told.who(), filters=told.value("filters"))


def _of_a_user(template: str) -> Callable[[Told], str]:
    return lambda told: template.format(who=told.who(), user=told.value("user"))


def _of_a_drill(template: str) -> Callable[[Told], str]:
    return lambda told: template.format(
        who=told.who(), scenario=told.value("scenario"), customer=told.customer()
    )


def _of_a_report(template: str) -> Callable[[Told], str]:
    return lambda told: template.format(who=told.who(), filters=told.value("filters"))


def _backup_made(told: Told) -> str:
    return texts.BACKUP_MADE.format(who=told.who(), file=told.value("file"))


def _audit_exported(told: Told) -> str:
    entries = texts.ENTRIES.format(told.number("entries") or 0)
    filters = told.value("filters")
    return texts.AUDIT_EXPORTED.format(who=told.who(), entries=entries, filters=filters)


OWN_WORDS: Mapping[str, Callable[[Told], str]] = MappingProxyType(
    {
        "change.proposed": _proposed,
        "change.previewed": _previewed,
        "change.applied": _applied,
        "change.partial": _applied,
        "change.reviewed": _reviewed,
        "refused": _refused,
        "others.asked": _others_asked,
        "role.granted": _granted,
        "role.revoked": _revoked,
        "policy.set": _policy_set,
        "notify.set": _notify_set,
        "notify.removed": _notify_removed,
        "configuration.set": _configured(texts.CONFIGURED),
        "configuration.removed": _configured(texts.UNCONFIGURED),
        "customer.named": _named,
        "person.ids_told": _ids_told,
        "users.listed": _counted(texts.LISTED, texts.LISTED_COUNTED),
        "users.exported": _counted(texts.EXPORTED, texts.EXPORTED_COUNTED),
        "users.export_ended": _export_ended,
        **{kind: _of_a_user(template) for kind, template in texts.OF_A_USER.items()},
        "notice.made": _notice_made,
        "drill.started": _of_a_drill(texts.DRILL_STARTED),
        "drill.ended": _of_a_drill(texts.DRILL_ENDED),
        "report.made": _of_a_report(texts.REPORT_MADE),
        "report.message_added": _of_a_report(texts.MESSAGE_ADDED),
        "report.message_removed": _of_a_report(texts.MESSAGE_REMOVED),
        "backup.made": _backup_made,
        "audit.exported": _audit_exported,
    }
)
