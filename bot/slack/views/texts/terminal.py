"""Approvals that were given in words, at the terminal, while Slack did not answer."""

from __future__ import annotations

SECURITY_TEAM = "your security team"
YOUR_APPROVAL = "Your approval of {change} was said at the terminal"
YOUR_APPROVAL_HOW = (
    "{person}: while Slack did not answer, your approval of {change} was {how}, {time}."
)
YOUR_APPROVAL_VOID = (
    "{person}: while Slack did not answer, your approval of {change} was said at the terminal, "
    "and does not count any more."
)
WHAT = "*{title}*, for {scope}, asked by {requester}."
IF_NOT_YOU = "*If you did not approve it, tell {contacts} now.*"

APPROVED_BY_WORDS = "{change} was approved by words at the terminal"
BY_WORDS = "While Slack did not answer, {change} was approved by words, not by a click."
NAMED_YOU = "The terminal named you as who asked for it."
WHAT_APPROVED = "*{title}*, for {scope}, asked by {requester}, approved by {approvers}."
VOID_APPROVERS = "{people}, which does not count any more"
IF_NOT_KNOWN = "*If you do not know of it, ask them and tell {contacts} now.*"
