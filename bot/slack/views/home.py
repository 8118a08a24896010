"""The Home tab. All text is escaped mrkdwn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bot.domain.roles import Right
from bot.service.queries.history import OpenChange
from bot.service.queries.home import Home
from bot.slack.views.card_link import link
from bot.slack.views.modals.admin import ADMIN_FORMS
from bot.slack.views.modals.change import OPEN
from bot.slack.views.mrkdwn import (
    Blocks,
    button,
    context,
    customer_label,
    fit_lines,
    format_clock_time,
    format_time,
    header,
    heading,
    join_names,
    mention,
    section,
)
from bot.slack.views.on import below_lines, customer_sections
from bot.slack.views.pending import review_line
from bot.slack.views.texts import admin as admin_texts
from bot.slack.views.texts import change_form as form_texts
from bot.slack.views.texts import home as texts
from bot.slack.views.texts import on as on_texts

REFRESH = "home_refresh"
MAX_NAMED_CUSTOMERS = 10

View = dict[str, Any]


def home(found: Home, team_url: str) -> View:
    """Return the tab: what is on, what waits for the person, their last changes, their rights."""
    return _view(
        [
            *_on(found, team_url),
            *_part(texts.WAITING, _waiting(found, team_url)),
            *_part(texts.OWN, _own(found, team_url)),
            *_part(texts.RIGHTS, _rights(found)),
            *_administer(found),
        ],
        found.on.at,
        may_propose=Right.PROPOSE in found.rights,
    )


def not_drawn(problem: str, at: datetime) -> View:
    """Return the tab where it cannot be drawn; the sentence is escaped already."""
    return _view([section(texts.NOT_DRAWN.format(problem=problem))], at)


def _view(blocks: Blocks, at: datetime, *, may_propose: bool = False) -> View:
    drawn = context(texts.DRAWN_AT.format(time=format_time(at)))
    buttons = [button(REFRESH, texts.REFRESH, "home")]
    if may_propose:
        buttons.insert(0, button(OPEN, form_texts.OPEN, "home", "primary"))
    return {
        "type": "home",
        "blocks": [{"type": "actions", "elements": buttons}, *blocks, drawn],
    }


def _part(title: str, lines: Iterable[str]) -> Blocks:
    return [header(title), section(fit_lines([*lines]))]


def _on(found: Home, team_url: str) -> Blocks:
    if not found.on.may_view:
        return []
    sections, left_out = customer_sections(found.on.customers, team_url)
    lines = [on_texts.MORE.format(left_out)] if left_out else []
    lines += [*([] if sections else [on_texts.NOTHING]), *below_lines(found.on)]
    return [header(texts.ON), *sections, *([section(fit_lines(lines))] if lines else [])]


def _waiting(found: Home, team_url: str) -> list[str]:
    lines = [_waiting_line(one, team_url) for one in found.waiting]
    more = [texts.MORE_WAITING.format(found.more)] if found.more else []
    reviews = [review_line(one, team_url) for one in found.reviews]
    return [*reviews, *lines, *more] or [texts.NOTHING_WAITS]


def _waiting_line(row: OpenChange, team_url: str) -> str:
    change = row.change
    return texts.WAITS.get(change.state, texts.APPROVE).format(
        change=link(row, team_url, change.id) or change.id,
        action=change.action.title,
        customer=customer_label(change.customer, row.name, drill=change.drill),
        person=mention(change.requester),
        time=format_clock_time(change.deadline),
    )


def _own(found: Home, team_url: str) -> list[str]:
    return [
        texts.OWN_CHANGE.format(
            change=link(row, team_url, row.change.id) or row.change.id,
            state=heading(row.change),
            action=row.change.action.title,
            customer=customer_label(row.change.customer, row.name, drill=row.change.drill),
            time=format_time(row.change.created_at),
        )
        for row in found.own
    ] or [texts.NO_OWN]


def _administer(found: Home) -> Blocks:
    """Return the buttons of the forms for admins."""
    if Right.ADMINISTER not in found.rights:
        return []
    buttons = [button(one.callback_id, one.title, "home") for one in ADMIN_FORMS]
    customers = _customers(found, found.rights[Right.ADMINISTER])
    said = section(admin_texts.CUSTOMERS.format(customers=customers))
    return [header(admin_texts.ADMINISTER), said, {"type": "actions", "elements": buttons}]


def _rights(found: Home) -> list[str]:
    if not found.rights:
        return [texts.NO_RIGHTS]
    lines = []
    for right, customers in found.rights.items():
        named = _customers(found, customers)
        lines.append(texts.ONE_RIGHT.format(may=texts.RIGHT[right], customers=named))
    return [*lines, texts.WHERE]


def _customers(found: Home, customers: frozenset[str] | None) -> str:
    if customers is None:
        return texts.ALL
    labels = [
        f"{found.names[one]} ({one})" if found.names.get(one) else one for one in sorted(customers)
    ]
    return join_names(labels, MAX_NAMED_CUSTOMERS)
