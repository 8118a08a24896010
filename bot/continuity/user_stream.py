"""A list of users, read as it comes: never more than a chunk, a user, and what stands beside them is held."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
from pydantic import ValidationError

from bot.continuity.schemas import LARGEST_BESIDE, LARGEST_USER, USERS, UserObject
from bot.continuity.text_decoding import TextDecoder
from bot.ports import UserState

_BETWEEN = re.compile(r"[ \t\n\r,]*")
_LONG = 4096  # characters of a value that is not complete: more are read again only when an eighth is new
_decode = json.JSONDecoder().raw_decode


class Unreadable(Exception):
    """The answer is no list of users, or is not whole."""


class UserStream:
    """Takes the bytes of the answer and gives out its users.

    A walk of the standard library's decoder over the text that is there: three to four times as fast as
    ijson with its C backend. ``beside`` is what stands beside the array, such as an error's message;
    more than LARGEST_BESIDE characters of it are unreadable.
    """

    def __init__(self, response: httpx.Response | None = None) -> None:
        self.outside: dict[str, Any] = {}
        self._size = 0  # characters beside the array
        self._text = ""
        self._at = 0
        self._new: list[str] = []  # what came since the text was read last, and its characters
        self._fresh = 0
        self._reader = TextDecoder(response)
        self._escaped = False  # whether an escape was seen: it can spell half a character
        self._told = False
        self._step: Callable[[list[UserState]], bool] = self._begin

    def feed(self, chunk: bytes) -> list[UserState]:
        """Return the users that are complete with this chunk. Raises Unreadable."""
        return self._take(lambda: self._reader.feed(chunk))

    def end(self) -> list[UserState]:
        """Return the users that were complete only now. Raises Unreadable where the answer broke off, or
        held no list of users."""
        found = self._take(self._reader.end, last=True)
        if self._step != self._closed or not self._told:
            raise Unreadable
        return found

    def _take(self, read: Callable[[], str], *, last: bool = False) -> list[UserState]:
        found: list[UserState] = []
        try:
            self._new.append(read())
            self._fresh += len(self._new[-1])
            left = len(self._text) - self._at
            if not last and left > _LONG and self._fresh < left // 8:
                return found  # a long value that comes byte by byte would be read again with each
            new, self._fresh = "".join(self._new), 0
            self._new.clear()
            self._escaped = self._escaped or "\\u" in new
            self._text, self._at = self._text[self._at :] + new, 0
            while self._step(found):
                pass
        except json.JSONDecodeError:
            pass  # not complete yet, or never will be: the bound below and ``end`` tell
        except (ValueError, RecursionError, ValidationError):
            raise Unreadable from None
        if len(self._text) - self._at > LARGEST_USER:
            raise Unreadable
        return found

    def _next(self) -> str:
        """Return the next character that means something, or ``""`` where there is none yet."""
        between = _BETWEEN.match(self._text, self._at)
        self._at = between.end() if between else self._at
        return self._text[self._at : self._at + 1]

    def _begin(self, _: list[UserState]) -> bool:
        char = self._next()
        if char not in ("", "{"):
            raise Unreadable
        self._at += len(char)
        self._step = self._member if char else self._begin
        return bool(char)

    def _member(self, _: list[UserState]) -> bool:
        """Take one name with its value, or the end of the object."""
        char = self._next()
        if char == "}":
            self._at += 1
            self._step = self._closed
        if char in ("", "}"):
            return bool(char)
        name, at = _decode(self._text, self._at)
        colon = re.compile(r"\s*:\s*").match(self._text, at)
        if not isinstance(name, str):
            raise Unreadable
        if colon is None or colon.end() == len(self._text):
            return False
        if name == USERS:
            if self._told or self._text[colon.end()] != "[":
                raise Unreadable
            self._told, self._step, self._at = True, self._users, colon.end() + 1
            return True
        value, at = _decode(self._text, colon.end())
        if at == len(self._text):  # a number may go on
            return False
        self._size += at - self._at
        if self._size > LARGEST_BESIDE:
            raise Unreadable
        self.outside[name], self._at = value, at
        return True

    def _users(self, found: list[UserState]) -> bool:
        while (char := self._next()) == "{":
            told, self._at = _decode(self._text, self._at)
            found.append(self._user(told))
        if char == "]":
            self._at += 1
            self._step = self._member
        elif char:
            raise Unreadable
        return bool(char)

    def _user(self, told: dict[str, Any]) -> UserState:
        if self._escaped:
            json.dumps(told, ensure_ascii=False).encode()
        user = UserObject.model_validate(told)
        return UserState(user.user, user.failover, user.access, user.activation, told)

    def _closed(self, _: list[UserState]) -> bool:
        if self._next():
            raise Unreadable
        return False
