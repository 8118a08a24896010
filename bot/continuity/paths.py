"""Request URLs that cannot leave the customer they were built for."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import httpx

from bot.domain.scope import Everyone, Flag, Groups, parse_address, parse_customer
from bot.errors import ConfigurationError, InvalidInput, Refused


def base_of(base_url: str) -> httpx.URL:
    """Return the base URL with one slash at its end. Raises ConfigurationError."""
    try:
        url = httpx.URL(base_url.rstrip("/") + "/")
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query:
        raise ConfigurationError(
            "CONTINUITY_URL must be an http or https address without account or query."
        )
    return url


def group_query(names: tuple[str, ...], encoding: str) -> list[tuple[str, str]]:
    """Return the `group` parameters, repeated or joined by commas. Raises Refused for none.

    An absent `group` means every user, so an empty list must never get this far.
    """
    try:
        checked = Groups(names).names
    except InvalidInput as error:
        raise Refused(f"{error} Nothing was sent.") from error
    if encoding == "comma":
        return [("group", ",".join(checked))]
    return [("group", name) for name in checked]


def line(segments: tuple[str, ...], query: list[tuple[str, str]]) -> str:
    """Return path and query below the base URL, each segment quoted whole. Raises Refused."""
    if any(segment in {"", ".", ".."} for segment in segments):
        raise Refused("The request would have an empty or relative path segment. Nothing was sent.")
    try:
        path = "/".join(quote(segment, safe="") for segment in segments)
        return f"{path}?{urlencode(query, quote_via=quote, safe='')}" if query else path
    except UnicodeEncodeError:
        raise Refused("The request holds a character that cannot be sent.") from None


def customer_segments(customer: str, address: str | None = None) -> tuple[str, ...]:
    """Return the checked segments of a customer or one of his users. Raises Refused."""
    try:
        number = parse_customer(customer)
        return (number,) if address is None else (number, parse_address(address))
    except InvalidInput as error:
        raise Refused(f"{error} Nothing was sent.") from error


def flag_line(customer: str, flag: Flag, scope: Everyone | Groups | str, encoding: str) -> str:
    """Return path and query of a flag. Raises Refused for anything but the three kinds of scope.

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
    """Return the URL. Raises Refused where it is not exactly the base followed by ``below``."""
    try:
        url = httpx.URL(str(base) + below)
    except httpx.InvalidURL:
        raise Refused("The request has no valid address. Nothing was sent.") from None
    expected = (base.scheme, base.host, base.port, base.raw_path + below.encode("ascii"))
    if (url.scheme, url.host, url.port, url.raw_path) != expected:
        raise Refused("The request would go to another place than intended. Nothing was sent.")
    return url
