"""The reason from a message: one line, without people, addresses and tokens, never too long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.limits import MAX_REASON_CHARS
from bot.grammar import holds_address
from bot.slack.views.message_reason import reason_from
from bot.slack.views.modals.change import problems

TOKEN = "xoxb-123456789012-abcdefghijkl"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Exchange &amp; DNS &lt;down&gt;", "Exchange & DNS <down>"),
        ("<@U0A|jo> and <!subteam^S0A|@ops>: <!here> look", "and : look"),
        ("see <#C0A|incident>, <https://example.com/x|the ticket>", "see #incident, the ticket"),
        ("since <!date^1710385445^{time}|03:04 UTC>", "since 03:04 UTC"),
        ("mail of <mailto:jo@example.com|jo@example.com> is late", "mail of is late"),
        ("jo@example.com and Sam <sam@example.com>", "and Sam"),
        ("two\nlines\tand  blanks", "two lines and blanks"),
        (f"the token {TOKEN}", "the token [redacted]"),
        ("zero\u200bwidth", "zerowidth"),
        ("", ""),
    ],
)
def test_it_is_what_a_person_would_write(text: str, reason: str) -> None:
    assert reason_from(text) == reason


@given(st.text(alphabet=st.sampled_from("ab@.<>|!#&;U \n\u200b-\u3000")) | st.text(max_size=500))
def test_the_form_takes_each_as_it_is(text: str) -> None:
    reason = reason_from(text)
    assert len(reason) <= MAX_REASON_CHARS
    assert not holds_address(reason)
    assert "reason" not in problems({"reason": reason})
