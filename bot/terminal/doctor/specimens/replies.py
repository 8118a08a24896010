"""Replies with blocks, which one person alone sees, and the file with users."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.domain.actor import Actor
from bot.domain.audit.change_story import KnownNames
from bot.domain.cannot_read import CannotRead
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.commands import AuditCommand
from bot.domain.on import OnEntry
from bot.domain.roles import Right
from bot.domain.scope import EVERY_USER, Everyone, Flag, Users
from bot.errors import Remedy, RemedyKind
from bot.ports import AuditFilter, UserState
from bot.service.access.ask_others import Question
from bot.service.access.authorise import Authorization
from bot.service.access.principals import Principal
from bot.service.queries.audit import AuditPage, AuditRequest
from bot.service.queries.failover_history import FailoverCount
from bot.service.queries.history import OpenChange
from bot.service.queries.list_users import ListRequest
from bot.service.queries.on import CustomerOn, OnList, OnRow, OtherUsers
from bot.service.queries.on_counts import Told
from bot.service.queries.show_user import ShownUser
from bot.service.queries.status import Status, StatusRow
from bot.slack.button_values import FormButton
from bot.slack.views import list_users
from bot.slack.views.audit.answer import audit
from bot.slack.views.changes.not_proposed import not_proposed
from bot.slack.views.form_again import again_label, with_form_again
from bot.slack.views.mrkdwn import BlockReply
from bot.slack.views.notices.report import report
from bot.slack.views.on import on
from bot.slack.views.refusals import question, with_remedy
from bot.slack.views.show_user import user_details
from bot.slack.views.status import status
from bot.terminal.doctor.specimens.changes import ENTRY, a_change
from bot.terminal.doctor.specimens.specimen import (
    ADDRESS,
    AT,
    CHANNEL,
    CUSTOMER,
    NAME,
    REQUESTER,
    Specimen,
    Surface,
    of_reply,
)

_USER = UserState(
    ADDRESS, failover=True, access=False, activation=True, fields={"displayName": "Jo Doe"}
)
_AUDIT = AuditRequest(
    Actor(REQUESTER, CHANNEL), "operator", AuditCommand(CUSTOMER), AuditFilter((CUSTOMER,)), "UTC"
)
_COUNTS = (1284, 1253, 1044, 1284, 240, 31, 31)


def specimens() -> Iterator[Specimen]:
    """Yield each."""
    everyone, group = StatusRow("", _COUNTS), StatusRow("emea", _COUNTS)
    whole = Status(CUSTOMER, NAME, (everyone,), "", (), history=_history())
    yield of_reply("status", "`/continuity status 44444`", status(whole))
    groups = Status(CUSTOMER, NAME, (everyone, group), "", ())
    yield of_reply("status · groups", "`/continuity status 44444 --group emea`", status(groups))
    yield of_reply("on", "`/continuity on`", on(_on(1), ""))
    yield of_reply("on · many", "`/continuity on`, of more than ten customers", on(_on(12), ""))
    text, blocks = report(_on(1).customers[0].rows * 2, "")
    yield Specimen("daily report", Surface.CHANNEL, "something is on for long", text, blocks)
    rights = frozenset(Right)
    shown = ShownUser(CUSTOMER, NAME, _USER, (), rights)
    yield of_reply("user show", "`/continuity user show 44444 …`", user_details(shown))
    yield of_reply("users", "`/continuity users 44444`", _first_users(), Surface.CHANNEL)
    sentence = "You may not approve for customer 44444: it needs the role approver or admin."
    refused = with_remedy(sentence, Remedy(RemedyKind.ASK_OTHERS, "812"))
    yield of_reply("refusal", "somebody may not do it, and others may", refused)
    asked = Question(
        asker=REQUESTER,
        people=("<@U0APPROVER>",),
        right=Right.APPROVE,
        customer=CUSTOMER,
        name=NAME,
        grant=False,
        command="",
        change=_change(),
    )
    told = question(asked, "")
    yield of_reply("question", "the button Ask them of a refusal", told, Surface.CHANNEL)
    form = FormButton(form="edit_user", action="edit_user", about=CUSTOMER)
    again = with_form_again("This group does not exist.", form, again_label(has_file=False))
    yield of_reply("refused form", "a form was refused: what was typed is kept", again)
    stopped = not_proposed(_change(), NAME, unknown=1)
    yield of_reply("not proposed", "a change has nothing to do, or names an unknown user", stopped)
    found = audit(_AUDIT, AuditPage([ENTRY], {}, KnownNames()))
    if isinstance(found, BlockReply):
        yield of_reply("audit", "`/continuity audit 44444`", found)


def _on(customers: int) -> OnList:
    change = a_change(State.APPLIED, finished_at=AT)
    told = Told(1284, CannotRead(1284, 240, 31, 240))
    row = OnRow(OnEntry(change, Everyone()), OpenChange(change, NAME, CHANNEL, None), told)
    others = (OtherUsers(Flag.ACCESS, Told(3)),)
    one = CustomerOn(CUSTOMER, NAME, (row,), others)
    return OnList((one,) * customers, AT, calm=1)


def _change() -> Change:
    scope = Users((ADDRESS, "ann@example.com"))
    return a_change(State.CANCELLED, scope=scope, decision_reason="Unknown: ann@example.com.")


def _history() -> tuple[FailoverCount, ...]:
    return tuple(
        FailoverCount(AT + timedelta(minutes=5 * at), users)
        for at, users in enumerate((0, 1284, 0))
    )


def _first_users() -> BlockReply:
    principal = Principal(Actor(REQUESTER, CHANNEL), "operator", (), ())
    authorization = Authorization(principal, (), Right.VIEW)
    order = ListRequest(authorization, CUSTOMER, NAME, EVERY_USER, CHANNEL, 1284)
    return list_users.first_page(order, [_USER], list_users.progress(1, 1284))
