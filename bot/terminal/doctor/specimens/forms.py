"""Every form, and the window that shows a token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.domain import notify
from bot.domain.actions import MakeToken
from bot.domain.change_commands import FlagCommand, ImportUsersCommand, PurgeUsersCommand
from bot.domain.change_state import State
from bot.domain.configuration import Entry, Kind
from bot.domain.customer_rule import CustomerRule
from bot.domain.policy import PolicyRule
from bot.domain.roles import Grant, Role, parse_subject
from bot.domain.scope import EVERY_USER, Everyone, Flag, Users
from bot.domain.secret import Secret
from bot.domain.user_text import UserValues
from bot.ports import Receipt, Token, UserState
from bot.service.changes.forecast import Forecast
from bot.service.queries.administered import Administered
from bot.service.queries.field_choices import FieldChoices
from bot.slack.payloads import Values
from bot.slack.views.forecast import forecast_blocks
from bot.slack.views.modals.admin import ADMIN_FORMS
from bot.slack.views.modals.change import ChangeModal
from bot.slack.views.modals.delete_user import DeleteUserModal
from bot.slack.views.modals.edit_user import EditUserModal
from bot.slack.views.modals.flag import FlagFileModal
from bot.slack.views.modals.import_users import ImportUsersModal
from bot.slack.views.modals.modal import Modal
from bot.slack.views.modals.notice import NoticeModal
from bot.slack.views.modals.password import PasswordModal
from bot.slack.views.modals.purge_users import PurgeUsersModal
from bot.slack.views.modals.reason import QUESTIONS, ReasonModal
from bot.slack.views.modals.still_needed import StillNeededModal
from bot.slack.views.token import token_modal, waiting_modal
from bot.terminal.doctor.specimens.changes import a_change
from bot.terminal.doctor.specimens.specimen import (
    ADDRESS,
    APPROVER,
    AT,
    CHANNEL,
    CUSTOMER,
    NAME,
    REQUESTER,
    Specimen,
    Surface,
)

_USER = UserState(
    ADDRESS,
    failover=True,
    access=False,
    activation=True,
    fields={
        "displayName": "Jo Doe",
        "language": "en_GB",
        "timezone": "Europe/Berlin",
        "failoverGroups": ["emea"],
    },
)
_HOLDERS = ((REQUESTER, Role.OPERATOR), (APPROVER, Role.APPROVER))
_ADMINISTERED = Administered(
    frozenset(),
    frozenset({CUSTOMER}),
    {CUSTOMER: NAME},
    tuple(Grant(parse_subject(who), role, CUSTOMER, "U0ADMIN", AT) for who, role in _HOLDERS),
    (PolicyRule(CUSTOMER, "failover", "*", 2, "U0ADMIN", AT),),
    (replace(notify.DEFAULT, customer=CUSTOMER, set_by="admin@jump1"),),
    (
        Entry(Kind.CUSTOMER_RULE, CUSTOMER, CustomerRule().terms(), "U0ADMIN", AT),
        Entry(Kind.SET, "emea", {"customers": [CUSTOMER]}, "U0ADMIN", AT),
    ),
    AT,
)
_CHOICES = FieldChoices({"language": ["de_DE", "en_GB"]}, ("America/Lima", "Europe/Rome", "UTC"))
# What was typed before it was refused.
_TYPED: Values = {"displayName": "Jo Li", "language": "fr_FR", "timezone": "UTC"}


def specimens() -> Iterator[Specimen]:
    """Yield each."""
    for action, question in QUESTIONS.items():
        why = ReasonModal(action, "C-7K3MX", CHANNEL, "failover on")
        yield _form(f"form · {question.verb}", f"the button {question.verb}", why)
    forms: tuple[tuple[Modal, str], ...] = (
        (EditUserModal(CUSTOMER, NAME, CHANNEL, _USER, "", _CHOICES), "user edit 44444 …"),
        (DeleteUserModal(CUSTOMER, NAME, CHANNEL, _USER, ""), "user delete 44444 …"),
        (_by_file(), "failover on 44444 --file"),
        (ImportUsersModal(ImportUsersCommand(CUSTOMER), NAME, CHANNEL), "import 44444"),
        (_purge(), "purge 44444"),
        (PasswordModal(ADDRESS, CHANNEL), "password …"),
    )
    for form, command in forms:
        yield _form(f"form · {form.callback_id}", f"`/continuity {command}`", form)
    yield from _change_forms()
    for admin_form in ADMIN_FORMS:
        shown = admin_form.of(_ADMINISTERED)
        yield _form(f"form · {admin_form.callback_id}", f"the button {shown.title} in Home", shown)
    still = StillNeededModal("C-7K3MX", CHANNEL, "FAILOVER ON for Acme GmbH (44444).")
    yield _form("form · still needed", "the button Still needed of the daily report", still)
    notice = NoticeModal(
        CUSTOMER,
        CHANNEL,
        f"{NAME} ({CUSTOMER})",
        {"de": True, "en": False},
        UserValues(),
        needs_url=True,
    )
    yield _form("form · texts for users", "the button Text for the users…", notice)
    again = EditUserModal(CUSTOMER, NAME, CHANNEL, _USER, "", _CHOICES, _TYPED)
    yield _form("form · edit_user · again", "the button Open the form again", again)
    yield _window("token · waiting", "the button Show token, at once", waiting_modal())
    change = a_change(State.APPROVED, action=MakeToken(notify=False), scope=Users((ADDRESS,)))
    token = Token(
        Receipt("20260314-1", AT.isoformat(), 1),
        Secret("made-up"),
        Secret("https://example.com/activate"),
        AT.isoformat(),
    )
    view = token_modal(change, NAME, token)
    yield _window("token", "the button Show token, once the API has made it", view)


def _change_forms() -> Iterator[Specimen]:
    """Yield the form for a change, empty without a channel, and filled in and counted."""
    yield _form("form · change", "the shortcut Continuity change", ChangeModal())
    change = a_change(State.AWAITING_APPROVAL)
    counted = forecast_blocks(Forecast(change, "", (f"<@{APPROVER}>",)), NAME)
    typed: Values = {"what": "failover:on", "customer": CUSTOMER, "time": "until", "until": "06:00"}
    filled = ChangeModal(CHANNEL, typed, f"{NAME} ({CUSTOMER})", counted=counted)
    yield _form("form · change · counted", "the button Count", filled)


def _form(name: str, when: str, form: Modal) -> Specimen:
    return _window(name, when, form.build())


def _window(name: str, when: str, view: dict[str, object]) -> Specimen:
    return Specimen(name, Surface.FORM, when, view=view)


def _by_file() -> Modal:
    command = FlagCommand(
        Flag.FAILOVER, on=True, customer=CUSTOMER, scope=Everyone(), from_file=True
    )
    return FlagFileModal(command, NAME, CHANNEL)


def _purge() -> Modal:
    command = PurgeUsersCommand(CUSTOMER, EVERY_USER)
    return PurgeUsersModal(command, NAME, CHANNEL, f"purge {CUSTOMER}")
