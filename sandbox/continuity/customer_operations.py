"""Operations on a customer: count, list, bulk update, bulk delete and flags."""

from __future__ import annotations

from typing import Any

from sandbox.continuity.model import GROUP, USER, Answer, ApiError, MailUser
from sandbox.continuity.requests import Request, check_parameters, not_allowed
from sandbox.continuity.state import State, Users
from sandbox.continuity.user_operations import set_flag, update_user

_FILTERS = ("activation", "access", "failover")
_MAX_GROUPS = 16  # continuity-api: group is an array of at most 16


def on_customer(state: State, customer: str, users: Users, request: Request, body: Any) -> Answer:
    """Count, list, update or delete users. The count of a HEAD is the field User-Count."""
    if request.method == "PUT":
        check_parameters(request)
        return _update_users(state, customer, users, body)
    chosen = _filter_users(users, request, (*_FILTERS, "group"))
    if request.method == "HEAD":
        return {"User-Count": len(chosen)}
    if request.method == "GET":
        return {"users": [user.as_json() for user in chosen]}  # name of the array assumed
    if request.method == "DELETE":
        for user in chosen:
            state.remove(users, user)
        return {"affectedUsers": len(chosen)}  # assumed
    raise not_allowed(request)


def on_flag(state: State, customer: str, flag: str, users: Users, request: Request) -> Answer:
    """Set or remove a flag for all users, or for groups."""
    chosen = state.free(customer, _filter_users(users, request, ("group",)))
    changed = set_flag(flag, chosen, request)
    return {"affectedUsers": changed if state.counts_changed else len(chosen)}


def _update_users(state: State, customer: str, users: Users, body: Any) -> Answer:
    listed = body.get("users") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        raise ApiError(400, "The body must be an object with the array users")  # assumed
    for item in listed:
        if not isinstance(item, dict) or not USER.fullmatch(str(item.get("user", ""))):
            raise ApiError(400, "Each user needs an address in user")
    for item in listed:
        update_user(state, customer, users, str(item["user"]), item)
    return {"affectedUsers": len(listed)}


def _filter_users(users: Users, request: Request, allowed: tuple[str, ...]) -> list[MailUser]:
    wanted: dict[str, bool] = {}
    groups: set[str] = set()
    check_parameters(request, *allowed)
    for name, value in request.query:
        if name == "group":
            groups.update(value.split(","))  # repeated, or joined by commas: both are in the text
        elif value in {"true", "false"}:
            wanted[name] = value == "true"
        else:
            raise ApiError(400, f"{name} must be true or false")
    values = [value for name, value in request.query if name == "group"]
    if len(values) > 1 and any("," in value for value in values):
        raise ApiError(400, "group is repeated, or joined by commas")
    if len(groups) > _MAX_GROUPS or not all(map(GROUP.fullmatch, groups)):
        raise ApiError(400, f"group takes 1 to {_MAX_GROUPS} names")
    return [
        user
        for user in users.values()
        if (not groups or groups & user.groups)
        and all(getattr(user, name) is value for name, value in wanted.items())
    ]
