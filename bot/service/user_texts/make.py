"""Make the texts for the users of a customer, and record who got them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.actor import Actor
from bot.domain.roles import Right
from bot.domain.scope import Flag
from bot.domain.time_zone import zone_named
from bot.domain.user_text import (
    DRILL_LINE,
    Placeholder,
    UserValues,
    filled,
    parse_contact,
    parse_portal_url,
    placeholders,
)
from bot.errors import InvalidInput
from bot.ports import Transaction
from bot.program import PROGRAM
from bot.service.access.authorise import Authorization, authorise
from bot.service.context import Context, record
from bot.service.on_entries import entries_of
from bot.service.time_zone import zone_of
from bot.service.user_texts.templates import Template, templates_for, values_for

NOTICE_MADE = "notice.made"


@dataclass(frozen=True, slots=True)
class NoticeWish:
    """What is asked for: no ``languages`` for all, ``""`` for the value that is set."""

    customer: str
    languages: tuple[str, ...] = ()
    portal_url: str = ""
    contact: str = ""
    change_id: str = ""


@dataclass(frozen=True, slots=True)
class NoticeOffer:
    """What there is for a customer.

    ``since`` is when failover was switched on, None where the bot has it on for nobody; ``until`` when
    it is taken back by itself, None where that is not decided for everyone who is in it.
    """

    customer: str
    name: str
    templates: Mapping[str, Template]
    values: UserValues
    since: datetime | None
    until: datetime | None
    is_drill: bool

    @property
    def needs_url(self) -> bool:
        """Whether a text tells the address of the webmail, which is not known."""
        told = (placeholders(one.text) for one in self.templates.values())
        return not self.values.portal_url and any(Placeholder.PORTAL_URL in one for one in told)


@dataclass(frozen=True, slots=True)
class Notice:
    """The texts by language, of an offer."""

    offer: NoticeOffer
    texts: Mapping[str, str]


async def offer(ctx: Context, actor: Actor, customer: str) -> NoticeOffer:
    """Return what there is for a customer, to whoever may view it. Raises NotAllowed, recorded."""
    found, _ = await _offer(ctx, actor, customer)
    return found


async def make_notice(ctx: Context, actor: Actor, wish: NoticeWish) -> Notice:
    """Return the texts, and record that this person got them.

    Raises NotAllowed, and InvalidInput for a language without a text, a value that is none, and an
    address of the webmail that is not known.
    """
    found, authorization = await _offer(ctx, actor, wish.customer)
    values = UserValues(
        parse_portal_url(wish.portal_url) or found.values.portal_url,
        parse_contact(wish.contact) or found.values.contact,
    )
    templates = {one: _template(found, one) for one in wish.languages or found.templates}
    chosen = replace(found, templates=templates, values=values)
    if chosen.needs_url:
        raise InvalidInput(
            "The address of the webmail is not known: give it by --url https://…, or have it set: "
            f"`{PROGRAM} template values {wish.customer} --url https://…`."
        )
    zone = await zone_of(ctx, authorization.principal.actor.user)
    told = _values(chosen, zone, ctx.clock.now())
    begin = f"{DRILL_LINE}\n\n" if found.is_drill else ""
    texts = {one: begin + filled(each.text, told) for one, each in chosen.templates.items()}
    detail = {
        "texts": {one: each.owner for one, each in chosen.templates.items()},
        "portal_url": values.portal_url,
        "contact": values.contact,
        "rows": authorization.rows,
    }
    who = {"name": authorization.name, "customer": wish.customer, "change_id": wish.change_id}
    by = authorization.principal.actor
    await ctx.store.write(lambda tx: record(tx, ctx.clock, NOTICE_MADE, by, **who, detail=detail))
    return Notice(chosen, texts)


async def _offer(ctx: Context, actor: Actor, customer: str) -> tuple[NoticeOffer, Authorization]:
    authorization = await authorise(ctx, actor, Right.VIEW, customer)

    def query(tx: Transaction) -> NoticeOffer:
        entries = entries_of(tx, [customer]).get(customer, ())
        on = [one for one in entries if one.flag is Flag.FAILOVER]
        ends = [one.until for one in on]
        return NoticeOffer(
            customer,
            tx.customer_name(customer),
            templates_for(tx, customer),
            values_for(tx, customer),
            min((one.since for one in on), default=None),
            None if None in ends else max(filter(None, ends), default=None),
            ctx.is_drill(customer),
        )

    return await ctx.store.read(query), authorization


def _template(found: NoticeOffer, language: str) -> Template:
    if language not in found.templates:
        there = ", ".join(found.templates)
        raise InvalidInput(f"There is no text in {language}: there are {there}.")
    return found.templates[language]


def _values(one: NoticeOffer, zone: str, now: datetime) -> dict[Placeholder, str]:
    def time(at: datetime | None) -> str:
        return f"{at.astimezone(zone_named(zone)):%Y-%m-%d %H:%M %Z}" if at else ""

    return {
        Placeholder.CUSTOMER_NAME: one.name or one.customer,
        Placeholder.PORTAL_URL: one.values.portal_url,
        Placeholder.SINCE: time(one.since or now),
        Placeholder.UNTIL: time(one.until),
        Placeholder.CONTACT: one.values.contact,
    }
