"""Cutting and fitting: never through an entity, a mention or a date, and never silently."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change_state import State
from bot.slack.views.mrkdwn import (
    blocks_as_text,
    clip,
    customer_label,
    escape,
    fit_lines,
    format_api_time,
    format_time,
    join_names,
    mentions,
    section,
)
from bot.slack.views.texts.states import HEADINGS
from tests.builders import NOW
from tests.slack.extreme_values import EVIL, HOSTILE
from tests.slack.message_checks import inert

PIECES = st.lists(
    st.one_of(HOSTILE.map(escape), st.just("<@U0OPERATOR>"), st.just(format_time(NOW))), max_size=12
).map(" ".join)


@given(PIECES, st.integers(1, 400))
def test_clip_never_cuts_through_an_entity_a_mention_or_a_date(text: str, limit: int) -> None:
    cut = clip(text, limit)
    assert len(cut) <= limit
    inert(cut)
    if len(text) <= limit:
        assert cut == text
    else:
        assert cut.endswith("…")
        assert text.startswith(cut[:-1])


@pytest.mark.parametrize("whole", ["&amp;", "&lt;", "<@U0OPERATOR>", format_time(NOW)])
def test_clip_drops_what_it_would_cut_through_at_every_place(whole: str) -> None:
    text = f"ab {whole} and more"
    for limit in range(4, 3 + len(whole)):
        assert clip(text, limit) == "ab …"
    assert whole in clip(text, 4 + len(whole))


@given(HOSTILE)
def test_escaped_text_is_inert_and_says_the_same(text: str) -> None:
    made = escape(text)
    inert(made)
    assert made.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


@given(st.lists(st.text("ab &;", max_size=60), max_size=60), st.booleans(), st.integers(80, 400))
def test_fit_keeps_whole_lines_and_says_how_many_are_left_out(
    texts: list[str], newest_last: bool, limit: int
) -> None:
    lines = [f"{number}: {escape(text)}"[:49] for number, text in enumerate(texts)]
    made = fit_lines(lines, limit, newest_last=newest_last)
    assert len(made) <= limit
    if "… and " not in made:
        assert made == "\n".join(lines)
        return
    kept = made.split("\n")
    more = kept.pop(0) if newest_last else kept.pop()
    assert kept == (lines[-len(kept) :] if newest_last else lines[: len(kept)])
    assert more == f"… and {len(lines) - len(kept):,} more"


@pytest.mark.parametrize("newest_last", [True, False])
def test_fit_cuts_a_line_that_is_too_long_by_itself_rather_than_show_nothing(
    newest_last: bool,
) -> None:
    lines = ["x" * 500, "x" * 500]
    made = fit_lines(lines, 200, newest_last=newest_last).split("\n")
    assert sorted(len(line) > 100 for line in made) == [False, True]
    assert "… and 1 more" in made


def test_a_listing_names_the_first_ones_and_counts_the_rest() -> None:
    assert join_names(["a", "b"]) == "a, b"
    assert join_names([f"{n}" for n in range(8)]) == "0, 1, 2, 3, 4 and 3 more"
    assert join_names(["<a>"]) == "&lt;a&gt;"
    assert join_names(["x" * 200] * 5, max_chars=500).endswith(" and 3 more")
    assert join_names(["&" * 256, "b"], max_chars=100).endswith("… and 1 more")


def test_every_state_has_a_heading() -> None:
    assert set(HEADINGS) == set(State)


def test_a_time_is_shown_in_the_reader_s_zone_and_falls_back_to_utc() -> None:
    assert format_time(NOW) == (
        "<!date^1773457445^{date_short_pretty} {time_secs}|2026-03-14 03:04:05 UTC>"
    )


def test_a_customer_without_a_name_is_its_number() -> None:
    assert customer_label("44444", "") == "44444"
    assert customer_label("*", "") == "All customers"
    assert customer_label("44444", "A & <B>") == "A &amp; &lt;B&gt; (44444)"
    assert mentions(["U1", "W2"]) == "<@U1>, <@W2>"


def test_the_plain_text_of_blocks_has_sections_and_contexts_and_stays_short() -> None:
    context = {"type": "context", "elements": [{"type": "mrkdwn", "text": "C-7K3MX"}]}
    actions = {"type": "actions", "elements": []}
    assert blocks_as_text([section("one"), context, actions, section("two")]) == "one\ntwo\nC-7K3MX"
    long = blocks_as_text([section(escape(EVIL * 40)), section(escape(EVIL * 40)), context])
    assert len(long) <= 4000
    inert(long)


@pytest.mark.parametrize("text", ["2026-03-14T04:10:00+01:00", "2026-03-14T03:10:00.000Z"])
def test_a_time_of_the_api_is_told_in_the_time_zone_of_the_reader(text: str) -> None:
    assert format_api_time(text).endswith("|2026-03-14 03:10:00 UTC>")


@pytest.mark.parametrize("text", ["tomorrow <!here>", "2026-03-14T03:10:00", "0001-01-01T00:00+14"])
def test_a_time_that_cannot_be_read_is_told_as_it_is(text: str) -> None:
    assert format_api_time(text) == escape(text)
