"""`probe`: check assumptions about the continuity API with HEAD and GET; prints no value."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from http import HTTPStatus

from bot import telemetry
from bot.continuity import schemas
from bot.continuity.client import ContinuityClient, client_of
from bot.continuity.responses import count_of
from bot.domain.counts import count_contradiction
from bot.domain.scope import Filters
from bot.errors import ContinuityError, Refused
from bot.setting_secrets import secrets_of
from bot.settings import Settings
from bot.settings_check import check_terminal
from bot.terminal.doctor.finding import Finding, Mark, fails, ok, warns
from bot.terminal.doctor.probe_user import about_answer, about_user

MAX_SAMPLED_USERS = 100  # of the list

Tell = Callable[[Finding], None]


async def probe(
    settings: Settings, customer: str, user: str | None, groups: Collection[str], tell: Tell
) -> int:
    """Pass each finding to ``tell``, and return how many assumptions are contradicted.

    ``user`` None is the first user of the list. Raises ConfigurationError and InvalidInput.
    """
    check_terminal(settings)
    telemetry.set_up("ERROR", settings.log_format, secrets_of(settings))
    wrong = 0
    async with client_of(settings) as client:
        async for finding in _findings(client, customer, user, tuple(groups), settings.settle):
            tell(finding)
            wrong += finding.mark is Mark.FAILS
    return wrong


async def _findings(
    client: ContinuityClient,
    customer: str,
    user: str | None,
    groups: tuple[str, ...],
    settle: float,
) -> AsyncIterator[Finding]:
    yield warns(
        "visibility",
        "cannot be tested by reading: when a write is seen after it was accepted. It is looked for "
        f"for SETTLE ({settle:g} s)",
    )
    everybody: int | None = None
    try:
        everybody = await client.count(customer)
        yield ok("User-Count", f"{everybody:,} users of customer {customer}")
    except ContinuityError as error:
        yield _failed("User-Count", error)
    listed, found = await _about_list(client, customer, everybody)
    for finding in listed:
        yield finding
    if groups:
        for finding in await _about_groups(client, customer, groups, everybody):
            yield finding
    if everybody is not None:
        yield await _about_counts(client, customer, everybody)
    address = user or str(found[0]["user"] if found else "")
    if not address:
        yield warns("user", "not asked: there is nobody to ask about. Name one with --user.")
        return
    try:
        answer = await client.probe("GET", customer, address=address)
        shown = await client.user(customer, address)
    except ContinuityError as error:
        yield _failed("user", error)
        return
    for finding in (*about_user([*found, shown.fields]), *about_answer(answer)):
        yield finding
    yield await _about_spelling(client, customer, shown.address)


async def _about_list(
    client: ContinuityClient, customer: str, everybody: int | None
) -> tuple[list[Finding], list[Mapping[str, object]]]:
    """List all users, and return the first ones; ``everybody`` is their count, None if not
    known."""
    found: list[Mapping[str, object]] = []
    listed = 0
    try:
        async for state in client.users(customer):
            listed += 1
            if len(found) < MAX_SAMPLED_USERS:
                found.append(state.fields)
    except ContinuityError as error:
        return [_failed(schemas.USERS, error)], found
    named = ok(schemas.USERS, f"the array of the list has this name, {listed:,} users in it")
    if everybody == 0 and listed:
        words = f"0 counted, {listed:,} listed: the number of users is taken as not known"
        return [named, warns("User-Count", words)], found
    return [named, _same("group", "absent is everybody", listed, everybody)], found


async def _about_counts(client: ContinuityClient, customer: str, everybody: int) -> Finding:
    """Count by each flag, and check whether the counts contradict each other."""
    try:
        parts = {
            "in failover": await client.count(customer, Filters(failover=True)),
            "with access": await client.count(customer, Filters(access=True)),
            "activated": await client.count(customer, Filters(activation=True)),
        }
    except ContinuityError as error:
        return _failed("counts", error)
    if odd := count_contradiction(everybody, parts):
        return warns("counts", f"{odd} Did they change meanwhile?")
    return ok("counts", "by each flag no more than all")


async def _about_spelling(client: ContinuityClient, customer: str, address: str) -> Finding:
    """Request a user with upper and lower case swapped."""
    try:
        await client.probe("GET", customer, address=address.swapcase())
    except Refused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            return _failed("spelling", error)
        return warns(
            "spelling", "paths mind capitals: the API's own spelling is used where it was seen"
        )
    except ContinuityError as error:
        return _failed("spelling", error)
    return ok("spelling", "other capitals are the same user")


async def _about_groups(
    client: ContinuityClient, customer: str, groups: tuple[str, ...], everybody: int | None
) -> list[Finding]:
    """Count the groups one by one, and together in each encoding."""
    try:
        one_by_one = [await client.count(customer, Filters((group,))) for group in groups]
        if len(groups) < 2:
            found = _at_most("group", f"{one_by_one[0]:,} users in it", one_by_one[0], everybody)
            return [found, warns("group encoding", "not asked: name two with --group.")]
        counts = {}
        for encoding in ("repeat", "comma"):
            answer = await client.probe(
                "HEAD", customer, filters=Filters(groups), group_encoding=encoding
            )
            counts[encoding] = count_of(answer)
    except ContinuityError as error:
        return [_failed("group", error)]
    least, most = max(one_by_one), sum(one_by_one)
    right = {name for name, count in counts.items() if least <= count <= most}
    used = client.group_encoding
    text = f"repeated {counts['repeat']:,}, with commas {counts['comma']:,}; in use: {used}"
    if used not in right:
        cure = (
            f"Set CONTINUITY_GROUP_ENCODING={next(iter(right))}."
            if right
            else "Use one group at a time."
        )
        return [fails("group encoding", f"{text}. {cure}")]
    if not most:
        return [warns("group encoding", f"not told: nobody is in these groups. {text}")]
    if len(right) == 1:
        return [ok("group encoding", f"only the one in use counts right. {text}")]
    return [ok("group encoding", f"both count right. {text}")]


def _same(about: str, what: str, one: int, other: int | None) -> Finding:
    if other is None or one == other:
        return ok(about, what)
    return warns(about, f"{what}? {one:,} listed, {other:,} counted: did it change meanwhile?")


def _at_most(about: str, what: str, one: int, other: int | None) -> Finding:
    return (
        fails(about, f"{what}, more than the customer has")
        if one > (other or one)
        else ok(about, what)
    )


def _failed(about: str, error: ContinuityError) -> Finding:
    return fails(about, str(error))
