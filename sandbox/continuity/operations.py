"""From a request to an operation: which paths and methods there are, and who may call them."""

from __future__ import annotations

from typing import Any

from sandbox.continuity import customer_operations, user_operations
from sandbox.continuity.model import CUSTOMER, FLAGS, USER, Answer, ApiError, parse_flag
from sandbox.continuity.requests import Request, check_parameters, path_segments
from sandbox.continuity.state import State, Users


def needs_authentication(request: Request) -> bool:
    """Whether the call takes Basic authentication: all but setting a password."""
    segments = request.segments
    return not (request.method == "PUT" and len(segments) == 2 and _is_password_call(segments))


def methods_of(request: Request) -> tuple[str, ...]:
    """Return the methods of this path, or none if there is no such path.

    Another method is answered with 405, before the caller is authenticated.
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
        check_parameters(request)
        return user_operations.set_password(state, segments[0], body)
    if not CUSTOMER.fullmatch(segments[0]):
        raise ApiError(400, "CUSTOMER does not match [0-9]{5}([A-Z]{2})?")
    if segments[0] in state.forbidden:
        raise ApiError(403, "Forbidden")
    users = state.customers.get(segments[0])
    if users is None:
        raise ApiError(404, "Customer not found")
    if request.method in {"HEAD", "GET"}:
        users = state.visibility.visible(segments[0], users)
    elif request.method in {"PUT", "DELETE"}:
        state.visibility.before_write(segments[0], users)
    return _without_omitted(state, _operate(state, segments, users, request, body))


def _operate(
    state: State, segments: list[str], users: Users, request: Request, body: Any
) -> Answer:
    if len(segments) == 1:
        return customer_operations.on_customer(state, segments[0], users, request, body)
    if USER.fullmatch(segments[1]):
        if len(segments) == 3 and segments[2] == "token":
            user = state.existing(users, segments[1])
            return user_operations.request_token(state, user, request)
        return user_operations.on_user(state, segments, users, request, body)
    if len(segments) == 2:
        flag = parse_flag(segments[1])
        return customer_operations.on_flag(state, segments[0], flag, users, request)
    raise ApiError(400, "USER is not an address")


def _without_omitted(state: State, answer: Answer) -> Answer:
    """Return the answer without the fields that the state omits."""

    def kept(fields: Answer) -> Answer:
        return {name: value for name, value in fields.items() if name not in state.omitted_fields}

    answer = kept(answer)
    if "users" in answer:
        answer["users"] = [kept(user) for user in answer["users"]]
    if "user" in answer:
        answer["user"] = kept(answer["user"])
    return answer


def _is_password_call(segments: list[str]) -> bool:
    return segments[-1] == "password" and USER.fullmatch(segments[0]) is not None
