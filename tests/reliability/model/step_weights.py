"""The steps of the state machine: how often each is drawn, and the values of its arguments."""

from __future__ import annotations

from itertools import product
from typing import Any

from bot.domain.roles import Role
from bot.domain.scope import Everyone, Flag, Groups
from tests.builders import ADMIN, APPROVER, CHANNEL, CUSTOMER, OTHER_CUSTOMER, REQUESTER
from tests.fakes import ACCEPTED, ACCEPTED_IN_VAIN, ambiguous, not_sent, refusal
from tests.reliability.model.inline_bot import GROUP, MANY, MEMBER, ROWS, SIDE_CHANNEL
from tests.service.harness import SECOND, STRANGER, users

PEOPLE = (REQUESTER, MEMBER, APPROVER, SECOND, ADMIN, STRANGER)
ASKERS = (REQUESTER, REQUESTER, MEMBER, ADMIN, ADMIN, STRANGER)
DECIDERS = (APPROVER, APPROVER, SECOND, SECOND, ADMIN, ADMIN, MEMBER, REQUESTER, STRANGER)
ENDERS = (*ASKERS, APPROVER, SECOND)
ENDS = ("look", "look", "retry", "retry", "mark", "give up")
PLACES = (CHANNEL, CHANNEL, CHANNEL, SIDE_CHANNEL)
CUSTOMERS = (CUSTOMER, CUSTOMER, CUSTOMER, OTHER_CUSTOMER)
FOR = ("*", "*", CUSTOMER)
SCOPES = (Everyone(), Groups(("emea",)), users("a"), users("a", "b"), MANY)
FLAGS = (Flag.FAILOVER, Flag.FAILOVER, Flag.ACCESS)
BACK = (0, 0, 0, 1, 1, 2, 3)  # how many changes before the newest
OFF = (0, 0, 0, 0, -1, 1)  # off the newest revision of the preview
CLICKS = (1, 1, 2)  # a click, or the same click delivered twice at once
MINUTES = (0.05, 0.3, 1.1, 7, 29, 31)
LATE = (*(0,) * 12, 0.3, 29.9, 30, 31)
GRANTABLE = tuple(row[:2] for row in ROWS if row[0] != ADMIN)  # the last admin stays
GROUP_ROLES = (Role.APPROVER, Role.APPROVER, Role.ADMIN, Role.OPERATOR, Role.VIEWER)
EVEN, OFTEN, SELDOM = (True, False), (True, True, False), (False, False, False, True)
_ONE = (
    ACCEPTED,
    ACCEPTED_IN_VAIN,
    ambiguous(landed=True),
    ambiguous(landed=False),
    refusal(),
    not_sent(),
)
ANSWERS = ((), (), (), *product(_ONE), *product(_ONE, repeat=2))

# By the method of ``BotMachine`` that does it.
STEPS: dict[str, tuple[int, dict[str, tuple[Any, ...]]]] = {
    "propose": (
        4,
        {
            "who": ASKERS,
            "where": PLACES,
            "customer": CUSTOMERS,
            "flag": FLAGS,
            "on": EVEN,
            "scope": SCOPES,
        },
    ),
    "propose_and_release": (
        10,
        {
            "who": ASKERS,
            "customer": CUSTOMERS,
            "on": EVEN,
            "scope": SCOPES,
            "well": OFTEN,
            "late": LATE,
            "also": ((), (), (Everyone(),), (users("b"),), (MANY,)),
            "approvers": (
                (),
                (APPROVER,),
                (SECOND, SECOND),
                (ADMIN, SECOND),
                (ADMIN, APPROVER, SECOND),
            ),
            "loses": ("", "", "", REQUESTER, GROUP, APPROVER, SECOND, CHANNEL),
            "lapses": EVEN,
            "later": LATE,
            "given": ANSWERS,
            "works": EVEN,
        },
    ),
    "propose_and_lose": (
        4,
        {
            "who": ASKERS,
            "customer": CUSTOMERS,
            "on": EVEN,
            "scope": SCOPES,
            "given": (
                (ambiguous(landed=True),),
                (ambiguous(landed=False),) * 9,
                (ambiguous(landed=True), ambiguous(landed=False)),
            ),
            "silent": SELDOM,
            "ender": ("", *ENDERS),
            "how": ENDS,
        },
    ),
    "conclude": (
        8,
        {
            "n": BACK,
            "who": ENDERS,
            "away": SELDOM,
            "how": ENDS,
            "count": CLICKS,
        },
    ),
    "propose_again": (2, {"n": BACK, "who": ASKERS}),
    "confirm": (4, {"n": BACK, "who": ASKERS, "away": SELDOM, "off": OFF, "count": CLICKS}),
    "approve": (10, {"n": BACK, "who": DECIDERS, "away": SELDOM, "off": OFF, "count": CLICKS}),
    "deny": (2, {"n": BACK, "who": DECIDERS, "away": SELDOM, "count": CLICKS}),
    "cancel": (2, {"n": BACK, "who": ASKERS, "away": SELDOM, "count": CLICKS}),
    "stop": (2, {"n": BACK, "who": ASKERS}),
    "work": (8, {}),
    "wait": (3, {"by": MINUTES}),
    "crash": (4, {"after": tuple(range(1, 26))}),
    "trouble": (4, {"given": ANSWERS, "silent": SELDOM, "hangs": SELDOM}),
    "deliver": (1, {"key": tuple("abcdef")}),
    "grant": (1, {"row": GRANTABLE, "customer": FOR, "hours": (0, 1)}),
    "demote": (3, {"row": GRANTABLE, "customer": FOR}),
    "group_row": (2, {"role": GROUP_ROLES, "customer": FOR, "held": OFTEN}),
    "remove_channel_row": (1, {"customer": FOR}),
    "restore": (4, {"on": EVEN}),
    "policy": (3, {"customer": FOR, "needed": (0, 1, 2, 3)}),
    "slack_changes": (
        2,
        {"who": PEOPLE, "where": PLACES, "what": ("bar", "share", "leave", "team", "team", "down")},
    ),
}
