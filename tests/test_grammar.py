"""The grammar: a table of what people type, and what no text may ever do."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.commands import Audit, Cancel, Command, Help, RoleGrant, SetFlag
from bot.domain.roles import Role, Subject, SubjectKind
from bot.domain.scope import Everyone, Flag, Groups, Users
from bot.errors import InvalidInput
from bot.grammar import COMMANDS, help_for, parse

ON = Flag.FAILOVER


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Help(None)),
        ("FAILOVER On 44444", SetFlag(ON, True, "44444", Everyone())),
        ("failover on 44444 —group emea", SetFlag(ON, True, "44444", Groups(("emea",)))),
        ("failover on 44444 --group=“a b”", SetFlag(ON, True, "44444", Groups(("a b",)))),
        (
            "failover on 44444 <mailto:Jo@b.ch|Jo@b.ch>\u00a0 x@<http://b.ch|b.ch>",
            SetFlag(ON, True, "44444", Users(("Jo@b.ch", "x@b.ch"))),
        ),
        (
            "failover on 44444 --reason it's A&amp;B --group emea",
            SetFlag(ON, True, "44444", Groups(("emea",)), "it's A&B"),
        ),
        ("cancel c-7k3mx", Cancel("C-7K3MX")),
        ("audit c-7k3mx", Audit(change_id="C-7K3MX")),
        (
            "role grant <@U1A|jo> Operator * --hours 8",
            RoleGrant(Subject(SubjectKind.USER, "U1A"), Role.OPERATOR, "*", 8),
        ),
    ],
)
def test_reads(text: str, command: Command) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    "text",
    [
        'failover on 44444 --reason "disk full" ab.ch', "failover on 44444 --reason x ->group emea",
        "failover 44444", "failover on44444", "failover on 44444 --force", "failover on 44444 --gr x",
        "failover on 44444 --reason --group=emea", "failover on 44444 --reason x --gruop emea",
        "failover on 44444 --reason x -group emea", "failover on 44444 --", "failover on 44444 --group=",
        "failover on 44444 --reason x a@b.ch", "failover on 44444 --reason a --reason b",
        "failover on 44444 --group a b", "failover on 44444 a@b.ch --group a", "status 44444\n",
        "failover on 44444 --reason x--group emea", "role grant @jo viewer *", "status 44444 55555",
        "role grant &lt;@U1&gt; viewer *", "role grant U1 viewer * --hours 0", "x" * 30_001,
        "failover on 44444 <mailto:a@b.ch|c@b.ch>", "status", "cancel C-1", "fail on 44444",
    ],
)  # fmt: skip
def test_refuses(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse(text)


def test_unknown_topic_names_the_nearest() -> None:
    with pytest.raises(InvalidInput, match="Did you mean failover"):
        help_for("failovr")


@given(
    st.text()
    | st.lists(st.sampled_from([*COMMANDS, "on", "44444", "--", "--reason", "*", '""', "'"])).map(
        " ".join
    )
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_text_is_a_command_or_a_refusal(text: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            command: Command | None = parse(text)
        except InvalidInput:
            command = None
    assert command is None or isinstance(command, Command)
    assert printed.getvalue() == ""


@given(
    st.sampled_from(["--group emea", "—group=emea", "a@b.ch", "--gruop emea", "-group emea", '--group "emea"']),
    st.lists(st.sampled_from(["--reason", "down", '"', "'", "--reason=x", "“a”", "—", "--"]), max_size=4),
    st.integers(0, 4),
)  # fmt: skip
@settings(max_examples=300, deadline=None, derandomize=True)
def test_no_text_widens_the_scope(narrow: str, junk: list[str], at: int) -> None:
    try:
        command = parse(" ".join(["failover on 44444", *junk[:at], narrow, *junk[at:]]))
    except InvalidInput:
        return
    assert isinstance(command, SetFlag)
    if not ('"' in junk or "'" in junk):
        assert command.scope in (Groups(("emea",)), Users(("a@b.ch",)))
    assert command.scope != Everyone()
