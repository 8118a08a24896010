"""Operations on one user: show, update, delete, flags, token and password."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin

from sandbox.continuity.model import (
    MAX_ADDRESS_CHARS,
    PASSWORD,
    TOKEN_SECONDS,
    Answer,
    ApiError,
    MailUser,
    Token,
    parse_flag,
    timestamp,
)
from sandbox.continuity.requests import Request, check_parameters, not_allowed
from sandbox.continuity.state import State, Users


def on_user(state: State, segments: list[str], users: Users, request: Request, body: Any) -> Answer:
    """Show, update or delete a user, or set one of their flags."""
    check_parameters(request)
    if len(segments) == 3:
        flag, user = parse_flag(segments[2]), state.existing(users, segments[1])
        if not state.free(segments[0], [user]):
            raise ApiError(409, "The mailbox is busy")
        set_flag(flag, [user], request)
        return {}
    if len(segments) != 2:
        raise ApiError(404, "No such resource")
    if request.method == "GET":
        return {"user": state.existing(users, segments[1]).as_json()}
    if request.method == "PUT":
        if not isinstance(body, dict):
            raise ApiError(400, "The body must be a user object")  # assumed
        update_user(state, segments[0], users, segments[1], body)
        return {}
    if request.method == "DELETE":
        state.remove(users, state.existing(users, segments[1]))
        return {}
    raise not_allowed(request)


def update_user(
    state: State, customer: str, users: Users, address: str, body: dict[str, Any]
) -> None:
    """Update the user, or create one: no other call creates users (assumed)."""
    if len(address) > MAX_ADDRESS_CHARS:
        raise ApiError(400, f"user must be a text of at most {MAX_ADDRESS_CHARS}")
    user = state.find(users, address)
    if user is None:
        user = MailUser(customer, address, address.rpartition("@")[2], access=False)
        user.activation = False
    user.update_from(body)
    state.add(users, user)


def set_flag(flag: str, users: Iterable[MailUser], request: Request) -> int:
    """Set (PUT) or remove (DELETE) the flag; return the number of users that changed."""
    if request.method not in {"PUT", "DELETE"}:
        raise not_allowed(request)
    changed = 0
    for user in users:
        changed += getattr(user, flag) is not (request.method == "PUT")
        setattr(user, flag, request.method == "PUT")
    return changed


def request_token(state: State, user: MailUser, request: Request) -> Answer:
    """Return a new token, and note the notification if one was requested."""
    if request.method != "POST":
        raise not_allowed(request)
    check_parameters(request, "mailNotification")
    values = [value for _, value in request.query]
    if len(values) > 1 or not {*values} <= {"true", "false"}:
        raise ApiError(400, "mailNotification must be true or false")
    token, expires = secrets.token_urlsafe(16), state.clock() + TOKEN_SECONDS
    state.tokens[token] = Token(user.customer, user.user, expires)
    if values == ["true"]:
        state.notifications.append(user.user)
    url = urljoin(state.base_url, f"/activate?token={token}")  # a page, no operation
    return {"token": token, "expiryTimestamp": timestamp(expires), "url": url}


def set_password(state: State, address: str, body: Any) -> Answer:
    """Use up a token; the user is activated then."""
    given = body if isinstance(body, dict) else {}
    if not PASSWORD.fullmatch(str(given.get("password", ""))):
        raise ApiError(400, "The password must be 8 to 256 of [a-zA-Z0-9@$!%*?&]")
    token = state.tokens.get(str(given.get("token", "")))
    if token is None or token.expires < state.clock() or not state.same(token.user, address):
        raise ApiError(403, "Forbidden")  # assumed: the status of a wrong token
    state.existing(state.customers.get(token.customer, {}), address).activation = True
    del state.tokens[given["token"]]
    return {}
