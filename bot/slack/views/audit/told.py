"""What a sentence on an audit entry is made of: who, what, for which customer, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.actions import (
    Action,
    EditUser,
    ImportUsers,
    MakeToken,
    MoveEnd,
    PurgeUsers,
    Restore,
    switches,
)
from bot.domain.audit.chain import AuditEntry, Record
from bot.domain.audit.change_story import ChangeStory, KnownNames
from bot.domain.roles import ANY_CUSTOMER
from bot.domain.scope import Everyone, Filters, Groups, Users, describe_filters
from bot.domain.time_limit import words
from bot.slack.views.mrkdwn import escape, format_time
from bot.slack.views.texts import audit as texts
from bot.slack.views.texts.plural import USERS

# Names of groups and addresses that a sentence holds, and characters of a reason.
MAX_NAMES, MAX_REASON_CHARS = 3, 500
_SLACK_ID = re.compile(r"[UWSCG][A-Z0-9]{2,}")
_MENTION = re.compile(r"<@([UW]\w+)>")
_SUBJECTS = {"S": "<!subteam^{}>", "C": "<#{}>", "G": "<#{}>"}


@dataclass(frozen=True, slots=True)
class Style:
    """How text, an id of Slack without a known name, and a time are written."""

    text: Callable[[str], str]
    slack_id: Callable[[str], str]
    time: Callable[[datetime], str]


def _mention(slack_id: str) -> str:
    return _SUBJECTS.get(slack_id[:1], "<@{}>").format(slack_id)


# For a message: escaped, with mentions. For a file and the terminal: as it is, with ids.
MRKDWN = Style(escape, _mention, format_time)
PLAIN = Style(str, str, lambda at: f"{at:%Y-%m-%d %H:%M:%S} UTC")


@dataclass(frozen=True, slots=True)
class Told:
    """One entry with what is needed to tell of it; every method returns text in its ``style``."""

    entry: AuditEntry
    story: ChangeStory
    known: KnownNames
    style: Style

    @property
    def record(self) -> Record:
        """The entry's content."""
        return self.entry.record

    @property
    def detail(self) -> Mapping[str, object]:
        """The entry's detail."""
        return self.entry.record.detail

    def who(self) -> str:
        """Who acted: by their name of that day, else by the latest that is known."""
        actor, behalf = self.record.actor, str(self.detail.get("on_behalf_of") or "")
        if actor == "bot":
            return texts.BOT
        if _SLACK_ID.fullmatch(behalf):
            person = self.person(behalf, self.record.actor_name)
            return texts.AT_TERMINAL.format(terminal=self.style.text(actor), person=person)
        return self.person(actor, self.record.actor_name)

    def person(self, slack_id: str, name: str = "") -> str:
        """A person, user group or channel by name; by the id where no name is known."""
        is_id = _SLACK_ID.fullmatch(slack_id) is not None
        # An entry of a terminal has the name of the person on whose behalf it was.
        name = name or (self.known.people.get(slack_id, "") if is_id else "")
        if name or not is_id:
            return self.style.text(name or slack_id)
        return self.style.slack_id(slack_id)

    def what(self, *, counted: bool = True) -> str:
        """What the change is; with the number of its users if ``counted``."""
        text, story = self.style.text, self.story
        if story.action is None or story.scope is None:
            if story.command:
                return texts.COMMAND.format(command=text(story.command))
            change = self.record.change_id
            return texts.CHANGE.format(change=text(change)) if change else texts.NO_CHANGE
        scope, number = story.scope, story.users(self.entry.seq) if counted else None
        users = "" if number is None else USERS.format(number)
        match story.action:
            case action if isinstance(action, MoveEnd) or switches(action):
                return self._switched(action, users)
            case ImportUsers(file=file):
                return texts.IMPORT.format(file=text(file), users=users)
            case PurgeUsers():
                filters = describe_filters(scope) if isinstance(scope, Filters) else []
                template = texts.PURGE_COUNTED if users else texts.PURGE
                return template.format(filters=text(", ".join(filters)), users=users)
            case MakeToken(notify=notify):
                template = texts.MAIL_A_TOKEN if notify else texts.MAKE_TOKEN
            case EditUser():
                template = texts.EDIT_FIELDS if story.fields else texts.EDIT
            case _:
                template = texts.DELETE
        addresses = self._names(scope.addresses) if isinstance(scope, Users) else ""
        return template.format(addresses=addresses, fields=text(", ".join(story.fields)))

    def _moved(self, moved: MoveEnd) -> str:
        flag, direction = moved.flag.value, "on" if moved.on else "off"
        values = {"flag": flag, "direction": direction, "change": self.style.text(moved.change)}
        if moved.until is None:
            return texts.KEEP_END.format(**values)
        return texts.MOVE_END.format(**values, time=self.style.time(moved.until))

    def _for_a_time(self, what: str) -> str:
        limit = self.story.time_limit
        if limit is None:
            return what
        if isinstance(self.story.action, Restore):
            return texts.ACCESS_AFTER.format(what=what, lasts=words(limit.lasts or timedelta()))
        if limit.until is not None:
            return texts.UNTIL_A_TIME.format(what=what, time=self.style.time(limit.until))
        return texts.FOR_A_TIME.format(what=what, lasts=words(limit.lasts or timedelta()))

    def _switched(self, action: Action, users: str) -> str:
        if isinstance(action, MoveEnd):
            return self._moved(action)
        return self._for_a_time(self._flags(action, users))

    def _flags(self, action: Action, users: str) -> str:
        values = {"title": action.title.lower(), "users": users}
        match self.story.scope:
            case Groups(names=names):
                one, counted = texts.FLAG_GROUP, texts.FLAG_GROUP_COUNTED
                if len(names) > 1:
                    one, counted = texts.FLAG_GROUPS, texts.FLAG_GROUPS_COUNTED
                return (counted if users else one).format(groups=self._names(names), **values)
            case Users(addresses=addresses):
                shown = self._names(addresses[:MAX_NAMES])
                template = texts.FLAG_USERS
                if len(addresses) > MAX_NAMES:
                    template = texts.FLAG_USERS_COUNTED
                    values["users"] = texts.NAMED_USERS.format(len(addresses))
                return template.format(addresses=shown, **values)
            case Everyone() | _:
                return (texts.FLAG_ALL_COUNTED if users else texts.FLAG_ALL).format(**values)

    def _names(self, names: tuple[str, ...]) -> str:
        return self.style.text(", ".join(names))

    def customer(self) -> str:
        """The customer of the entry, with the name of the day where the story has it."""
        number = self.record.customer
        if number == ANY_CUSTOMER:
            return texts.ALL_CUSTOMERS
        name = self.story.customer_name or self.known.customers.get(number, "")
        template = texts.CUSTOMER_NAMED if name else texts.CUSTOMER
        return template.format(name=self.style.text(name), number=self.style.text(number))

    def value(self, key: str) -> str:
        """A value of the detail, as text."""
        return self.style.text(str(self.detail.get(key) or ""))

    def number(self, key: str) -> int | None:
        """A number of the detail, None where it is none."""
        value = self.detail.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def free_text(self, text: str) -> str:
        """A text that people or the bot wrote, with people by name and nobody mentioned."""

        def name(match: re.Match[str]) -> str:
            return self.known.people.get(match[1]) or f"@{match[1]}"

        shown = _MENTION.sub(name, " ".join(text.split()))
        cut = shown if len(shown) <= MAX_REASON_CHARS else shown[: MAX_REASON_CHARS - 1] + "…"
        return self.style.text(cut)
