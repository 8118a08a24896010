"""Request URLs that cannot leave the customer they were built for."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

import httpx

from bot.continuity.schemas import DELETE_FILTERS
from bot.domain.identifiers import parse_address, parse_customer
from bot.domain.scope import Everyone, Filters, Flag, Groups
from bot.errors import ConfigurationError, InvalidInput, Refused
from bot.network import is_address


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API; ``port`` is the method of the port ``ContinuityApi`` that sends
    it."""

    name: str
    method: str
    path: str
    port: str


# All operations. Tests check that each is in the client, in Slack, at the terminal, in the sandbox
# and in the docs.
OPERATIONS = (
    Operation("count users", "HEAD", "/{CUSTOMER}", "count"),
    Operation("list users", "GET", "/{CUSTOMER}", "users"),
    Operation("bulk update", "PUT", "/{CUSTOMER}", "update_users"),
    Operation("bulk delete", "DELETE", "/{CUSTOMER}", "delete_users"),
    Operation("set customer flag", "PUT", "/{CUSTOMER}/{FLAG}", "set_flag"),
    Operation("remove customer flag", "DELETE", "/{CUSTOMER}/{FLAG}", "set_flag"),
    Operation("show user", "GET", "/{CUSTOMER}/{USER}", "user"),
    Operation("update user", "PUT", "/{CUSTOMER}/{USER}", "update_user"),
    Operation("delete user", "DELETE", "/{CUSTOMER}/{USER}", "delete_user"),
    Operation("set user flag", "PUT", "/{CUSTOMER}/{USER}/{FLAG}", "set_flag"),
    Operation("remove user flag", "DELETE", "/{CUSTOMER}/{USER}/{FLAG}", "set_flag"),
    Operation("request token", "POST", "/{CUSTOMER}/{USER}/token", "request_token"),
    Operation("set password", "PUT", "/{USER}/password", "set_password"),
)


def base_of(base_url: str) -> httpx.URL:
    """Return the base URL with one slash at its end. Raises ConfigurationError."""
    if not is_address(base_url):
        raise ConfigurationError(
            "CONTINUITY_URL must be an http or https address without account or query."
        )
    return httpx.URL(base_url.rstrip("/") + "/")


def group_query(names: tuple[str, ...], encoding: str) -> list[tuple[str, str]]:
    """Return the `group` parameters, repeated or joined by commas. Raises Refused for none.

    Without `group` the request is for every user, so an empty list is an error.
    """
    try:
        checked = Groups(names).names
    except InvalidInput as error:
        raise Refused(f"{error} Nothing was sent.") from error
    if encoding == "comma":
        return [("group", ",".join(checked))]
    return [("group", name) for name in checked]


def line(segments: tuple[str, ...], query: list[tuple[str, str]]) -> str:
    """Return path and query below the base URL, with every segment quoted. Raises Refused."""
    if any(segment in {"", ".", ".."} for segment in segments):
        raise Refused("The request would have an empty or relative path segment. Nothing was sent.")
    try:
        path = "/".join(quote(segment, safe="") for segment in segments)
        return f"{path}?{urlencode(query, quote_via=quote, safe='')}" if query else path
    except UnicodeEncodeError:
        raise Refused("The request holds a character that cannot be sent.") from None


def customer_segments(customer: str, address: str | None = None) -> tuple[str, ...]:
    """Return the checked segments of a customer or one of its users. Raises Refused."""
    try:
        number = parse_customer(customer)
        return (number,) if address is None else (number, parse_address(address))
    except InvalidInput as error:
        raise Refused(f"{error} Nothing was sent.") from error


def customer_line(method: str, customer: str, filters: Filters | None, encoding: str) -> str:
    """Return path and query of all or some users of a customer. Raises Refused.

    A DELETE needs filters, even if they match every user, so that an omission deletes nobody. A PUT
    has none.
    """
    if method not in {"HEAD", "GET", "PUT", "DELETE"}:
        raise Refused(f"There is no {method} of a customer. Nothing was sent.")
    if (method == "PUT" and filters is not None) or (
        method == "DELETE" and not isinstance(filters, Filters)
    ):
        raise Refused(f"A {method} of a customer without its scope. Nothing was sent.")
    query = [] if filters is None else filter_query(filters, encoding)
    if method == "DELETE" and any(name not in DELETE_FILTERS for name, _ in query):
        raise Refused("A bulk delete cannot be narrowed down like this. Nothing was sent.")
    return line(customer_segments(customer), query)


def filter_query(filters: Filters, encoding: str) -> list[tuple[str, str]]:
    """Return the query parameters of the filters; a flag that is None has none."""
    flags = {
        "activation": filters.activation,
        "access": filters.access,
        "failover": filters.failover,
    }
    query = [
        (name, "true" if value else "false") for name, value in flags.items() if value is not None
    ]
    return query + (group_query(filters.groups, encoding) if filters.groups else [])


def user_line(method: str, customer: str, address: str) -> str:
    """Return the path of one user. Raises Refused."""
    if method not in {"GET", "PUT", "DELETE"}:
        raise Refused(f"There is no {method} of a user. Nothing was sent.")
    return line(customer_segments(customer, address), [])


def token_line(customer: str, address: str, *, notify: bool) -> str:
    """Return path and query of a token. Raises Refused."""
    query = [("mailNotification", "true")] if notify else []
    return line((*customer_segments(customer, address), "token"), query)


def password_line(address: str) -> str:
    """Return the path of a user's password; it has no customer. Raises Refused."""
    try:
        return line((parse_address(address), "password"), [])
    except InvalidInput as error:
        raise Refused(f"{error} Nothing was sent.") from error


def request_line(
    method: str,
    customer: str,
    address: str,
    part: str,
    filters: Filters | None,
    *,
    notify: bool,
    encoding: str,
) -> str:
    """Return method and path of any operation but a flag's. Raises Refused if there is no such
    operation."""
    alone = filters is None and not notify
    if part == "password" and method == "PUT" and alone:
        below = password_line(address)
    elif part == "token" and method == "POST" and filters is None:
        below = token_line(customer, address, notify=notify)
    elif not part and address and alone:
        below = user_line(method, customer, address)
    elif not part and not address and not notify:
        below = customer_line(method, customer, filters, encoding)
    else:
        raise Refused("There is no such operation. Nothing was sent.")
    return f"{method} /{below}"


def flag_line(customer: str, flag: Flag, scope: Everyone | Groups | str, encoding: str) -> str:
    """Return path and query of a flag. Raises Refused for any other kind of scope.

    Without its flag, a DELETE of a user's flag would be a DELETE of the user.
    """
    if not isinstance(flag, Flag):
        raise Refused("The flag is neither failover nor access. Nothing was sent.")
    if isinstance(scope, str):
        return line((*customer_segments(customer, scope), flag.value), [])
    if isinstance(scope, Groups):
        query = group_query(scope.names, encoding)
    elif isinstance(scope, Everyone):
        query = []
    else:
        raise Refused("The scope is not one that a single request can have. Nothing was sent.")
    return line((*customer_segments(customer), flag.value), query)


def checked_url(base: httpx.URL, below: str) -> httpx.URL:
    """Return the URL. Raises Refused unless it is exactly the base followed by ``below``."""
    try:
        url = httpx.URL(str(base) + below)
    except httpx.InvalidURL:
        raise Refused("The request has no valid address. Nothing was sent.") from None
    expected = (base.scheme, base.host, base.port, base.raw_path + below.encode("ascii"))
    if (url.scheme, url.host, url.port, url.raw_path) != expected:
        raise Refused("The request would go to another place than intended. Nothing was sent.")
    return url
