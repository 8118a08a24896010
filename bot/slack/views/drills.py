"""What is told of drills: the beginning and the score sheet in the channel, and the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.drill import Drill, Ending, Score
from bot.program import PROGRAM
from bot.slack.views.drill import labelled
from bot.slack.views.mrkdwn import (
    BlockReply,
    Blocks,
    channel_mention,
    context,
    customer_label,
    cut,
    escape,
    fit_lines,
    format_clock_time,
    format_time,
    header,
    mention,
    section,
)
from bot.slack.views.texts import drill as texts

# Of a notification, so that its hundred characters hold the rest.
MAX_NAME_CHARS, MAX_PERSON_CHARS = 24, 14


def began(drill: Drill, name: str, person: str) -> tuple[str, Blocks]:
    """Return notification text and blocks of the beginning.

    ``name`` is the customer's, ``person`` the name of who began it; either may be ``""``.
    """
    text = texts.BEGAN_TEXT.format(
        customer=_short(drill, name),
        scenario=texts.IN_SHORT[drill.scenario],
        person=escape(cut(person or drill.started_by, MAX_PERSON_CHARS)),
    )
    what = texts.BEGAN.format(
        customer=customer_label(drill.customer, name),
        person=_person(drill.started_by),
        time=format_clock_time(drill.started_at),
        scenario=texts.SCENARIOS[drill.scenario],
    )
    foot = {"drill": drill.id, "number": drill.customer}
    return labelled(
        text,
        [
            header(texts.BEGAN_HEAD),
            section(what),
            section(texts.WHAT_TO_DO.format(number=drill.customer)),
            context(texts.BEGAN_FOOT.format(**foot, limit=format_clock_time(drill.time_limit))),
        ],
    )


def ended(drill: Drill, name: str) -> tuple[str, Blocks]:
    """Return notification text and blocks of the score sheet of a drill that has ended."""
    score = drill.score or Score(Ending.TIME)
    ending, scenario = texts.ENDINGS[score.ending], drill.scenario
    text = texts.ENDED_TEXT.format(
        ending=ending,
        customer=_short(drill, name),
        scenario=texts.IN_SHORT[scenario],
        wrong=score.wrong,
    )
    played = score.ending is not Ending.NO_API
    what = texts.ENDED if played else texts.NOT_PLAYED
    told = texts.SCENARIOS[scenario] if played else scenario.value
    customer = customer_label(drill.customer, name)
    head = what.format(customer=customer, scenario=told, program=PROGRAM)
    foot = texts.ENDED_FOOT.format(
        drill=drill.id,
        scenario=scenario.value,
        start=format_time(drill.started_at),
        end=format_time(drill.ended_at or drill.started_at),
    )
    sheet = [section("\n".join(_sheet(score)))] if played else []
    return labelled(
        text,
        [header(texts.ENDED_HEAD.format(ending=ending)), section(head), *sheet, context(foot)],
    )


def listed(drills: Sequence[Drill], names: Mapping[str, str]) -> BlockReply:
    """Return the list of drills, the newest first, and the scenarios that there are."""
    lines = [_line(one, names.get(one.customer, "")) for one in drills] or [texts.LIST_NONE]
    scenarios = [
        texts.LIST_SCENARIO.format(name=one.value, scenario=sentence)
        for one, sentence in texts.SCENARIOS.items()
    ]
    words = [
        fit_lines([texts.LIST_DRILLS, *lines]),
        "\n".join([texts.LIST_SCENARIOS, *scenarios]),
    ]
    return BlockReply("\n".join(words), [section(one) for one in words])


def _sheet(score: Score) -> list[str]:
    times = [
        texts.TO_PROPOSE.format(time=_time(score.to_propose)),
        texts.TO_APPROVE.format(time=_time(score.to_approve)),
        texts.TO_VERIFIED.format(time=_time(score.to_verified)),
    ]
    if score.change_id:
        times[0] = texts.OF_CHANGE.format(line=times[0], change=score.change_id)
    wrong = [texts.NONE_WRONG]
    if score.wrong:
        wrong = [texts.WRONG.format(score.wrong), *(f"• {escape(one)}" for one in score.refusals)]
    people = [_person(one) for one in score.people]
    part = texts.TOOK_PART.format(people=", ".join(people)) if people else texts.NOBODY
    return [*times, *wrong, part]


def _line(drill: Drill, name: str) -> str:
    values = {
        "customer": customer_label(drill.customer, name, drill=True),
        "scenario": drill.scenario.value,
        "time": format_time(drill.started_at),
    }
    if drill.ended_at is None or drill.score is None:
        channel = channel_mention(drill.channel)
        return texts.LIST_RUNS.format(**values, person=_person(drill.started_by), channel=channel)
    return texts.LIST_ENDED.format(
        **values,
        ending=drill.score.ending.value,
        verified=_time(drill.score.to_verified),
        wrong=drill.score.wrong,
    )


def _time(seconds: int | None) -> str:
    if seconds is None:
        return texts.NOT_REACHED
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _short(drill: Drill, name: str) -> str:
    return customer_label(drill.customer, cut(" ".join(name.split()), MAX_NAME_CHARS))


def _person(who: str) -> str:
    """Return a mention, or the `user@host` of a terminal; escaped."""
    return escape(who) if "@" in who else mention(who)
