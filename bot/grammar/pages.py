"""The table of commands, and a help page for each."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from bot.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class HelpPage:
    """What a person reads about one command; ``right`` is None where none is needed."""

    title: str
    examples: tuple[str, ...]
    usage: tuple[str, ...]
    meaning: str
    options: tuple[tuple[str, str], ...] = ()
    right: str | None = None


_SET = (
    ("--group", "a failover group; repeat it for several"),
    ("--reason", "why: the text to the next option or the end, at most 300 characters"),
)
_HOURS = (("--hours", "the grant ends after 1 to 8760 hours"),)


def _set(flag: str) -> HelpPage:
    return HelpPage(
        flag,
        (
            f"{flag} on 44444 --group emea --reason mail server down",
            f"{flag} off 44444 jo@example.com",
        ),
        (f"{flag} on|off CUSTOMER [USER...] [--group NAME]... [--reason TEXT]",),
        f"Propose to switch {flag}.",
        _SET,
        "propose",
    )


def _page(
    example: str,
    usage: str,
    meaning: str,
    right: str | None,
    options: tuple[tuple[str, str], ...] = (),
    *,
    title: str,
) -> HelpPage:
    return HelpPage(title, (example,), (usage,), meaning, options, right)


_PAGES = (
    _set("failover"),
    _set("access"),
    _page("status 44444", "status CUSTOMER", "Show both flags.", "view", title="status"),
    _page("pending 44444", "pending [CUSTOMER]", "List open changes.", "view", title="pending"),
    _page("cancel C-7K3MX", "cancel CHANGE", "Withdraw a change.", "propose", title="cancel"),
    _page("audit 44444", "audit [CUSTOMER|CHANGE]", "Show the audit trail.", "view", title="audit"),
    _page(
        "role list U0OPERATOR",
        "role list [SUBJECT] [ROLE] [CUSTOMER]",
        "List grants.",
        "administer",
        title="role list",
    ),
    _page(
        "role grant U0OPERATOR operator 44444 --hours 8",
        "role grant SUBJECT ROLE CUSTOMER [--hours N]",
        "Give a role.",
        "administer",
        _HOURS,
        title="role grant",
    ),
    _page(
        "role revoke U0OPERATOR operator 44444",
        "role revoke SUBJECT ROLE CUSTOMER",
        "Take a role away.",
        "administer",
        title="role revoke",
    ),
    _page(
        "customer name 44444 Example Ltd",
        "customer name CUSTOMER NAME...",
        "Name a customer.",
        "administer",
        title="customer name",
    ),
    _page("whoami 44444", "whoami [CUSTOMER]", "Show your roles.", None, title="whoami"),
    _page("help failover", "help [COMMAND]", "Explain a command.", None, title="help"),
)
COMMANDS: dict[str, HelpPage] = {page.title: page for page in _PAGES}


def nearest(word: str, known: list[str]) -> str:
    """Return a question with the nearest of ``known``, or an empty string."""
    found = get_close_matches(word[:60].lower(), known, 1, 0.5)
    return f" Did you mean {found[0]}?" if found else ""


def help_for(topic: str | None) -> HelpPage:
    """Return the page of a command; None is the page of help. Raises InvalidInput if unknown."""
    name = " ".join((topic or "help").lower().split())
    if name not in COMMANDS:
        raise InvalidInput(f"There is no command “{name[:60]}”.{nearest(name, list(COMMANDS))}")
    return COMMANDS[name]
