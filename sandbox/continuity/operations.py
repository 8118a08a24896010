"""The documented operations on the simulated state: from a request to an answer's fields."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from sandbox.continuity.model import (
    CUSTOMER,
    FLAGS,
    GROUP,
    LONGEST_ADDRESS,
    PASSWORD,
    TOKEN_SECONDS,
    USER,
    ApiError,
    MailUser,
    Token,
)
from sandbox.continuity.requests import Request, path_segments
from sandbox.continuity.state import State, Users

Answer = dict[str, Any]

_FILTERS = ("activation", "access", "failover")
_MAX_GROUPS = 16  # continuity-api: group is an array of at most 16


def timestamp(seconds: float) -> str:
    """Return UNIX seconds as the API writes times: ISO 8601, UTC, milliseconds."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def needs_authentication(request: Request) -> bool:
    """Whether the call takes Basic authentication: all but setting a password."""
    segments = request.segments
    return not (request.method == "PUT" and len(segments) == 2 and _is_password_call(segments))


def methods_of(request: Request) -> tuple[str, ...]:
    """Return what may be done with this path, or nothing where there is no such path.

    Another method is answered with 405, before anybody asks who calls.
    """
    methods: tuple[str, ...] = ()
    match request.segments:
        case [customer] if customer:
            methods = ("HEAD", "GET", "PUT", "DELETE")
        case [user, "password"] if USER.fullmatch(user):
            methods = ("PUT",)
        case [_, flag] if flag in FLAGS:
            methods = ("PUT", "DELETE")
        case [_, user] if USER.fullmatch(user):
            methods = ("GET", "PUT", "DELETE")
        case [_, user, "token"] if USER.fullmatch(user):
            methods = ("POST",)
        case [_, user, flag] if USER.fullmatch(user) and flag in FLAGS:
            methods = ("PUT", "DELETE")
    return methods


def process(state: State, request: Request, body: Any) -> Answer:
    """Apply the request to the state and return the fields of the answer. Raises ApiError.

    The count of a HEAD is returned as ``User-Count``.
    """
    segments = path_segments(request)
    if request.method == "PUT" and len(segments) == 2 and _is_password_call(segments):
        _takes(request)
        return _set_password(state, segments[0], body)
    if not CUSTOMER.fullmatch(segments[0]):
        raise ApiError(400, "CUSTOMER does not match [0-9]{5}([A-Z]{2})?")
    if segments[0] in state.forbidden:
        raise ApiError(403, "Forbidden")
    users = state.customers.get(segments[0])
    if users is None:
        raise ApiError(404, "Customer not found")
    if request.method in {"HEAD", "GET"}:
        users = state.visibility.shown(segments[0], users)
    elif request.method in {"PUT", "DELETE"}:
        state.visibility.writing(segments[0], users)
    return _told(state, _asked(state, segments, users, request, body))


def _told(state: State, answer: Answer) -> Answer:
    """Return the answer without the fields that are not told."""

    def told(fields: Answer) -> Answer:
        return {name: value for name, value in fields.items() if name not in state.untold}

    answer = told(answer)
    if "users" in answer:
        answer["users"] = [told(user) for user in answer["users"]]
    if "user" in answer:
        answer["user"] = told(answer["user"])
    return answer


def _asked(state: State, segments: list[str], users: Users, request: Request, body: Any) -> Answer:
    if len(segments) == 1:
        return _customer(state, segments[0], users, request, body)
    if USER.fullmatch(segments[1]):
        if len(segments) == 3 and segments[2] == "token":
            return _token(state, _known(state, users, segments[1]), request)
        return _user(state, segments, users, request, body)
    if len(segments) == 2:
        return _customer_flag(state, _flag(segments[1]), users, request)
    raise ApiError(400, "USER is not an address")


def _customer(state: State, customer: str, users: Users, request: Request, body: Any) -> Answer:
    if request.method == "PUT":
        _takes(request)
        return _bulk_update(state, customer, users, body)
    chosen = _filtered(users, request, (*_FILTERS, "group"))
    if request.method == "HEAD":
        return {"User-Count": len(chosen)}
    if request.method == "GET":
        return {"users": [user.as_json() for user in chosen]}  # name of the array assumed
    if request.method == "DELETE":
        for user in chosen:
            state.remove(users, user)
        return {"affectedUsers": len(chosen)}  # assumed
    raise _not_allowed(request)


def _bulk_update(state: State, customer: str, users: Users, body: Any) -> Answer:
    listed = body.get("users") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        raise ApiError(400, "The body must be an object with the array users")  # assumed
    for item in listed:
        if not isinstance(item, dict) or not USER.fullmatch(str(item.get("user", ""))):
            raise ApiError(400, "Each user needs an address in user")
    for item in listed:
        _update(state, customer, users, str(item["user"]), item)
    return {"affectedUsers": len(listed)}


def _customer_flag(state: State, flag: str, users: Users, request: Request) -> Answer:
    chosen = _filtered(users, request, ("group",))
    changed = _switch(flag, chosen, request)
    return {"affectedUsers": changed if state.counts_changed else len(chosen)}


def _user(state: State, segments: list[str], users: Users, request: Request, body: Any) -> Answer:
    _takes(request)
    if len(segments) == 3:
        _switch(_flag(segments[2]), [_known(state, users, segments[1])], request)
        return {}
    if len(segments) != 2:
        raise ApiError(404, "No such resource")
    if request.method == "GET":
        return {"user": _known(state, users, segments[1]).as_json()}
    if request.method == "PUT":
        if not isinstance(body, dict):
            raise ApiError(400, "The body must be a user object")  # assumed
        _update(state, segments[0], users, segments[1], body)
        return {}
    if request.method == "DELETE":
        state.remove(users, _known(state, users, segments[1]))
        return {}
    raise _not_allowed(request)


def _update(state: State, customer: str, users: Users, address: str, body: dict[str, Any]) -> None:
    """Update the user, or make a new one: no other call creates users (assumed)."""
    if len(address) > LONGEST_ADDRESS:
        raise ApiError(400, f"user must be a text of at most {LONGEST_ADDRESS}")
    user = state.find(users, address)
    if user is None:
        user = MailUser(customer, address, address.rpartition("@")[2], access=False)
        user.activation = False
    user.take(body)
    state.add(users, user)


def _token(state: State, user: MailUser, request: Request) -> Answer:
    if request.method != "POST":
        raise _not_allowed(request)
    _takes(request, "mailNotification")
    wishes = [value for _, value in request.query]
    if len(wishes) > 1 or not {*wishes} <= {"true", "false"}:
        raise ApiError(400, "mailNotification must be true or false")
    token, expires = secrets.token_urlsafe(16), state.clock() + TOKEN_SECONDS
    state.tokens[token] = Token(user.customer, user.user, expires)
    if wishes == ["true"]:
        state.notifications.append(user.user)
    url = urljoin(state.base_url, f"/activate?token={token}")  # a page, no operation
    return {"token": token, "expiryTimestamp": timestamp(expires), "url": url}


def _set_password(state: State, address: str, body: Any) -> Answer:
    given = body if isinstance(body, dict) else {}
    if not PASSWORD.fullmatch(str(given.get("password", ""))):
        raise ApiError(400, "The password must be 8 to 256 of [a-zA-Z0-9@$!%*?&]")
    token = state.tokens.get(str(given.get("token", "")))
    if token is None or token.expires < state.clock() or not state.same(token.user, address):
        raise ApiError(403, "Forbidden")  # assumed: the status of a wrong token
    _known(state, state.customers.get(token.customer, {}), address).activation = True
    del state.tokens[given["token"]]
    return {}


def _switch(flag: str, users: Iterable[MailUser], request: Request) -> int:
    """Set or remove the flag and return for how many users that changed something."""
    if request.method not in {"PUT", "DELETE"}:
        raise _not_allowed(request)
    changed = 0
    for user in users:
        changed += getattr(user, flag) is not (request.method == "PUT")
        setattr(user, flag, request.method == "PUT")
    return changed


def _filtered(users: Users, request: Request, allowed: tuple[str, ...]) -> list[MailUser]:
    wanted: dict[str, bool] = {}
    groups: set[str] = set()
    _takes(request, *allowed)
    for name, value in request.query:
        if name == "group":
            groups.update(value.split(","))  # repeated, or joined by commas: both are in the text
        elif value in {"true", "false"}:
            wanted[name] = value == "true"
        else:
            raise ApiError(400, f"{name} must be true or false")
    told = [value for name, value in request.query if name == "group"]
    if len(told) > 1 and any("," in value for value in told):
        raise ApiError(400, "group is repeated, or joined by commas")
    if len(groups) > _MAX_GROUPS or not all(map(GROUP.fullmatch, groups)):
        raise ApiError(400, f"group takes 1 to {_MAX_GROUPS} names")
    return [
        user
        for user in users.values()
        if (not groups or groups & user.groups)
        and all(getattr(user, name) is value for name, value in wanted.items())
    ]


def _takes(request: Request, *names: str) -> None:
    """Raise ApiError for a parameter that is none of these."""
    for name, _ in request.query:
        if name not in names:
            raise ApiError(400, f"Unknown parameter {name}")


def _known(state: State, users: Users, address: str) -> MailUser:
    user = state.find(users, address)
    if user is None:
        raise ApiError(404, "User not found")
    return user


def _flag(text: str) -> str:
    if text not in FLAGS:
        raise ApiError(400, "FLAG must be failover or access")
    return text


def _not_allowed(request: Request) -> ApiError:
    return ApiError(405, f"{request.method} is not allowed here")


def _is_password_call(segments: list[str]) -> bool:
    return segments[-1] == "password" and USER.fullmatch(segments[0]) is not None
