"""Parse the list of users while it arrives; only a chunk, one user and the other fields are in
memory."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
from pydantic import ValidationError

from bot.continuity.schemas import MAX_OUTSIDE_CHARS, MAX_USER_CHARS, USERS, UserObject
from bot.continuity.text_decoding import TextDecoder
from bot.ports import UserState

_BETWEEN = re.compile(r"[ \t\n\r,]*")
# An incomplete value above this size is parsed again only when an eighth of it is new.
_LARGE_VALUE_CHARS = 4096
_decode = json.JSONDecoder().raw_decode


class Unreadable(Exception):
    """The answer is no list of users, or is incomplete."""


class UserStream:
    """Takes the bytes of the answer and returns its users as they are complete.

    It runs the standard library's JSON decoder over the available text: three to four times as fast
    as ijson with its C backend. ``outside`` holds the fields outside the array, such as an error's
    message; more than MAX_OUTSIDE_CHARS of them are unreadable.
    """

    def __init__(self, response: httpx.Response | None = None) -> None:
        self.outside: dict[str, Any] = {}
        self._outside_chars = 0  # outside the array
        self._text = ""
        self._position = 0
        self._pending: list[str] = []  # text that is not parsed yet
        self._new_chars = 0
        self._decoder = TextDecoder(response)
        self._has_escapes = False  # an escape can encode half a character
        self._array_seen = False
        self._state: Callable[[list[UserState]], bool] = self._before_object

    def feed(self, chunk: bytes) -> list[UserState]:
        """Return the users that are complete with this chunk. Raises Unreadable."""
        return self._parse(lambda: self._decoder.feed(chunk))

    def end(self) -> list[UserState]:
        """Return the last users. Raises Unreadable if the answer broke off or had no list of
        users."""
        found = self._parse(self._decoder.end, last=True)
        if self._state != self._after_object or not self._array_seen:
            raise Unreadable
        return found

    def _parse(self, read: Callable[[], str], *, last: bool = False) -> list[UserState]:
        found: list[UserState] = []
        try:
            self._pending.append(read())
            self._new_chars += len(self._pending[-1])
            left = len(self._text) - self._position
            if not last and left > _LARGE_VALUE_CHARS and self._new_chars < left // 8:
                # A long value that arrives byte by byte would be parsed again for each of them.
                return found
            new, self._new_chars = "".join(self._pending), 0
            self._pending.clear()
            self._has_escapes = self._has_escapes or "\\u" in new
            self._text, self._position = self._text[self._position :] + new, 0
            while self._state(found):
                pass
        except json.JSONDecodeError:
            pass  # incomplete so far, or wrong: the limit below and ``end`` decide
        except (ValueError, RecursionError, ValidationError):
            raise Unreadable from None
        if len(self._text) - self._position > MAX_USER_CHARS:
            raise Unreadable
        return found

    def _next_char(self) -> str:
        """Return the next character after blanks and commas, or ``""`` if there is none yet."""
        between = _BETWEEN.match(self._text, self._position)
        self._position = between.end() if between else self._position
        return self._text[self._position : self._position + 1]

    def _before_object(self, _: list[UserState]) -> bool:
        char = self._next_char()
        if char not in ("", "{"):
            raise Unreadable
        self._position += len(char)
        self._state = self._in_object if char else self._before_object
        return bool(char)

    def _in_object(self, _: list[UserState]) -> bool:
        """Parse one name with its value, or the end of the object."""
        char = self._next_char()
        if char == "}":
            self._position += 1
            self._state = self._after_object
        if char in ("", "}"):
            return bool(char)
        name, at = _decode(self._text, self._position)
        colon = re.compile(r"\s*:\s*").match(self._text, at)
        if not isinstance(name, str):
            raise Unreadable
        if colon is None or colon.end() == len(self._text):
            return False
        if name == USERS:
            if self._array_seen or self._text[colon.end()] != "[":
                raise Unreadable
            self._array_seen, self._state, self._position = True, self._in_array, colon.end() + 1
            return True
        value, at = _decode(self._text, colon.end())
        if at == len(self._text):  # a number may continue in the next chunk
            return False
        self._outside_chars += at - self._position
        if self._outside_chars > MAX_OUTSIDE_CHARS:
            raise Unreadable
        self.outside[name], self._position = value, at
        return True

    def _in_array(self, found: list[UserState]) -> bool:
        while (char := self._next_char()) == "{":
            fields, self._position = _decode(self._text, self._position)
            found.append(self._user(fields))
        if char == "]":
            self._position += 1
            self._state = self._in_object
        elif char:
            raise Unreadable
        return bool(char)

    def _user(self, fields: dict[str, Any]) -> UserState:
        if self._has_escapes:
            json.dumps(fields, ensure_ascii=False).encode()
        user = UserObject.model_validate(fields)
        return UserState(user.user, user.failover, user.access, user.activation, fields)

    def _after_object(self, _: list[UserState]) -> bool:
        if self._next_char():
            raise Unreadable
        return False
