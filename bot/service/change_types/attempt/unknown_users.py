"""Named users whom the API does not know, among others whom it knows."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from bot.errors import Refused

MAX_NAMED_ADDRESSES = 5  # in a sentence


class UnknownUsers(Refused):
    """The API answered 404 for each of ``addresses``."""

    def __init__(self, sentence: str, addresses: tuple[str, ...]) -> None:
        super().__init__(sentence, status=HTTPStatus.NOT_FOUND)
        self.addresses = addresses


def refusal_of(customer: str, named: int, refused: Mapping[str, Refused]) -> Refused:
    """Return one refusal for several of the ``named`` users, which names them."""
    first = next(iter(refused.values()))
    names = ", ".join(list(refused)[:MAX_NAMED_ADDRESSES])
    if len(refused) > MAX_NAMED_ADDRESSES:
        names += f" and {len(refused) - MAX_NAMED_ADDRESSES:,} more"
    if any(one.status != HTTPStatus.NOT_FOUND for one in refused.values()):
        return Refused(f"{names}: {first}", status=first.status)
    if named == 1:
        return UnknownUsers(
            f"There is no user {names} for customer {customer}. {first}", (*refused,)
        )
    known = f"{named - len(refused):,} of {named:,} users are known for customer {customer}"
    return UnknownUsers(f"{known}. Not known: {names}. {first}", (*refused,))
