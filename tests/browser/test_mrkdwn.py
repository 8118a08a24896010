"""Text of apps: mrkdwn, mentions, dates in the zone of the reader, emoji; nothing becomes markup."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.rendering import NOON, Rendering

HOSTILE = '<img src=x onerror="window.attacked = true"><script>window.attacked = true</script>'


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("*bold* _it_ ~gone~", "<strong>bold</strong> <em>it</em> <s>gone</s>"),
        ("*a _b_ c*", "<strong>a <em>b</em> c</strong>"),
        ("snake_case_name 2*3*4 a~b~c", "snake_case_name 2*3*4 a~b~c"),
        ("a_b_ 2*3* c~d~", "a_b_ 2*3* c~d~"),
        ("* no bold * _ no _", "* no bold * _ no _"),
        ("(*x*), _y_.", "(<strong>x</strong>), <em>y</em>."),
        ("a `c*d*` b", 'a <code class="blk-code">c*d*</code> b'),
        ("*a `x* y` b*", '<strong>a <code class="blk-code">x* y</code> b</strong>'),
        ("&lt;b&gt; &amp;amp; &quot;", "&lt;b&gt; &amp;amp; &amp;quot;"),
        ("one\ntwo\n\nfour", "one<br>two<br><br>four"),
        ("• one\n• two", "• one<br>• two"),
        ("&gt; q1\n&gt;q2\nafter", '<blockquote class="blk-quote">q1<br>q2</blockquote>after'),
        ("&gt;&gt;&gt; q1\nq2", '<blockquote class="blk-quote">q1<br>q2</blockquote>'),
        ("*unclosed _mixed* up_", "<strong>unclosed _mixed</strong> up_"),
    ],
)
async def test_formatting_is_drawn_as_slack_draws_it(
    rendering: Rendering, typed: str, html: str
) -> None:
    assert await (await rendering.text(typed)).inner_html() == html


async def test_a_code_block_keeps_its_lines_and_formats_nothing(rendering: Rendering) -> None:
    text = await rendering.text("before\n```\n*a* | &lt;b&gt;\n  c\n```\nafter")
    assert await text.locator("pre").text_content() == "*a* | <b>\n  c"
    assert await text.locator("strong").count() == 0
    # No empty line between the text and the block.
    assert await text.locator("br").count() == 0


@pytest.mark.parametrize(
    ("typed", "name", "href"),
    [
        (
            "<https://example.com/a?b=1&amp;c=2|the *log*>",
            "the log",
            "https://example.com/a?b=1&c=2",
        ),
        ("<https://example.com>", "https://example.com", "https://example.com"),
        ("<mailto:jo@example.com|jo@example.com>", "jo@example.com", "mailto:jo@example.com"),
        ("<tel:+4989>", "+4989", "tel:+4989"),
        ("see https://example.com/x.", "https://example.com/x", "https://example.com/x"),
    ],
)
async def test_links_open_in_a_tab_that_knows_nothing_of_this_one(
    rendering: Rendering, typed: str, name: str, href: str
) -> None:
    link = (await rendering.text(typed)).get_by_role("link", name=name, exact=True)
    await expect(link).to_have_attribute("href", href)
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")


@pytest.mark.parametrize(
    "typed",
    [
        "<javascript:alert(1)|here>",
        "<data:text/html,x|here>",
        "<file:///etc/passwd|here>",
        "<no url>",
    ],
)
async def test_other_addresses_are_no_links(rendering: Rendering, typed: str) -> None:
    text = await rendering.text(typed)
    assert await text.get_by_role("link").count() == 0
    assert await text.inner_text() == typed


async def test_verbatim_text_links_nothing_by_itself(rendering: Rendering) -> None:
    text = await rendering.text("https://example.com and <https://example.com|x>", verbatim=True)
    await expect(text.get_by_role("link")).to_have_text(["x"])


async def test_mentions_have_names_and_ones_own_are_highlighted(rendering: Rendering) -> None:
    text = await rendering.text(
        "<@U0OPERATOR> <@U0APPROVER|anna.a> <@U9GONE|gone> <#C0INCIDENT|x> <#C9> "
        "<!subteam^S0ONCALL|@x> <!subteam^S9|@night> <!channel> <!here>"
    )
    assert await text.inner_text() == (
        "@olga @anna @gone #mail-outage 🔒 private channel @oncall @night @channel @here"
    )
    own = text.locator(".blk-mention-own")
    await expect(own).to_have_text(["@olga", "@oncall", "@channel", "@here"])


@pytest.mark.parametrize(
    ("at", "form", "shown"),
    [
        (NOON, "{date_num}", "2026-03-14"),
        (NOON, "{date_slash}", "14/03/2026"),
        (NOON, "{date}", "March 14th"),
        (NOON - 365 * 86400, "{date}", "March 14th, 2025"),
        (NOON - 365 * 86400, "on {date_short}", "on Mar 14, 2025"),
        (NOON - 365 * 86400, "{date_long}", "Friday, March 14th, 2025"),
        (NOON, "{date_long_full}", "March 14, 2026"),
        (NOON, "{date_pretty}", "Today"),
        (NOON - 86400, "on {date_short_pretty}", "on yesterday"),
        (NOON + 86400, "{date_long_pretty}", "Tomorrow"),
        (NOON - 10 * 86400, "{date_short_pretty} {time_secs}", "Mar 4 12:00:00"),
        (NOON - 30 * 86400, "{day_divider_pretty}", "Thursday, February 12th"),
        (NOON + 5 * 3600 + 65, "{time}", "17:01"),
        (NOON + 5 * 3600 + 65, "{time_secs}", "17:01:05"),
        (NOON - 3 * 3600, "{ago}", "3 hours ago"),
        (NOON + 61, "{ago}", "In 1 minute"),
        (NOON - 11.5 * 3600, "{date_pretty}", "Today"),
        (NOON - 12.5 * 3600, "{date_pretty}", "Yesterday"),
        (NOON, "{unknown}", "{unknown}"),
    ],
)
async def test_dates_are_shown_in_the_zone_of_the_reader(
    rendering: Rendering, at: float, form: str, shown: str
) -> None:
    text = await rendering.text(f"<!date^{int(at)}^{form}|fallback>")
    assert await text.inner_text() == shown


async def test_another_reader_sees_the_same_date_in_their_zone(rendering: Rendering) -> None:
    sent = f"<!date^{NOON - 6 * 3600}^{{date_short_pretty}} {{time}}^https://example.com|then>"
    text = await rendering.text(sent, reader="U0APPROVER")
    assert await text.get_by_role("link").inner_text() == "Today 01:00"


@pytest.mark.parametrize("date", ["<!date^x^{time}|then>", "<!date^99999999999999999^{time}|then>"])
async def test_a_date_that_is_none_is_its_fallback(rendering: Rendering, date: str) -> None:
    assert await (await rendering.text(date)).inner_text() == "then"


async def test_known_shortcodes_are_emoji_and_others_stay_text(rendering: Rendering) -> None:
    text = await rendering.text(":rotating_light: at 12:30:45 :no_such_one: :+1::skin-tone-3:")
    assert await text.inner_text() == "🚨 at 12:30:45 :no_such_one: 👍🏼"
    await expect(text.get_by_role("img", name="rotating light emoji")).to_have_count(1)


async def test_plain_text_formats_nothing_but_emoji(rendering: Rendering) -> None:
    plain = {"type": "plain_text", "text": "*no* &lt; <@U0OPERATOR>\n:warning:"}
    text = await rendering.draw([{"type": "section", "text": plain}])
    assert await text.inner_text() == "*no* &lt; <@U0OPERATOR>\n⚠️"
    await rendering.draw([{"type": "section", "text": plain | {"emoji": False}}])
    assert await text.inner_text() == "*no* &lt; <@U0OPERATOR>\n:warning:"


@pytest.mark.parametrize("kind", ["mrkdwn", "plain_text"])
async def test_markup_of_an_app_stays_text(rendering: Rendering, kind: str) -> None:
    root = await rendering.draw([{"type": "section", "text": {"type": kind, "text": HOSTILE}}])
    assert await root.inner_text() == HOSTILE
    assert await root.locator("img, script").count() == 0
    assert await rendering.page.evaluate("window.attacked") is None


async def test_plain_is_the_same_as_text_alone(rendering: Rendering) -> None:
    await rendering.draw([])
    sent = (
        f"*WAITING*\n&gt; <@U0APPROVER> <https://example.com|log>\n<!date^{NOON}^{{time}}|x> &amp;"
    )
    shown = await rendering.page.evaluate("(text) => render.plain(text, ctx)", sent)
    assert shown == "WAITING\n@anna log\n12:00 &"
    at = await rendering.page.evaluate(f'render.clock("{NOON}.000100", ctx)')
    assert at == "12:00"


async def test_text_without_end_is_drawn_at_once(rendering: Rendering) -> None:
    text = await rendering.text("*a _b ~c <d " * 200 + "`")
    assert await text.text_content() == "*a _b ~c <d " * 200 + "`"
