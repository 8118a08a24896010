"""Several customers in one command, and sets: what is read, and what is refused with a sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.admin_commands import (
    CreateSetCommand,
    DeleteSetCommand,
    ListSetsCommand,
    ShowSetCommand,
)
from bot.domain.change_commands import ActivateCommand, BatchCommand, FlagCommand, RestoreCommand
from bot.domain.customer_rule import AccessAfter
from bot.domain.customer_set import SetName
from bot.domain.limits import MAX_BATCH_CUSTOMERS
from bot.domain.scope import Everyone, Groups
from bot.errors import InvalidInput
from bot.grammar import parse


def test_numbers_and_sets_are_mixed_and_each_counts_once() -> None:
    command = parse(
        "failover on 44444 @EMEA 10101 44444 set:emea 55555DE --reason Exchange is down"
    )
    assert isinstance(command, BatchCommand)
    assert command.named == ("44444", "emea", "10101", "55555DE")
    assert [isinstance(one, SetName) for one in command.named] == [False, True, False, False]
    assert (command.command.reason, command.command.scope) == ("Exchange is down", Everyone())


def test_a_set_alone_a_group_and_a_time() -> None:
    command = parse("access off @emea --group germany --for 2h")
    assert isinstance(command, BatchCommand)
    assert command.named == ("emea",)
    assert isinstance(command.command, FlagCommand)
    assert command.command.scope == Groups(("germany",))
    assert command.command.time is not None
    assert command.command.time.lasts == timedelta(hours=2)


def test_one_customer_given_twice_is_a_command_for_one() -> None:
    command = parse("failover on 44444 44444")
    assert isinstance(command, FlagCommand)
    assert command.customer == "44444"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("failover on 44444 10101 jo@example.com", "users are named for one customer"),
        ("failover on @emea jo@example.com", "users are named for one customer"),
        ("failover on 44444 10101 --file", "--file asks for users of one customer"),
        ('failover on "Acme GmbH" 10101', "each is named by its number: “Acme GmbH”"),
        # Slack makes a mention of a name that somebody has; should_escape is true.
        ("failover on <@U0EMEA|emea> 44444", "is named set:NAME, not @NAME"),
        ("failover on 44444 <!subteam^S0EMEA|@emea>", "is named set:NAME, not @NAME"),
        ("failover on 44444 <!channel>", "is not an address"),
        ("failover on @channel", "is not the name of a set"),
        ("failover on 44444 @here", "is not the name of a set"),
        ("failover on 44444 @example.com", "is not the name of a set"),
        ("failover on 44444 @44444", "is not the name of a set"),
        ("set create emea", "The customers are missing"),
        ("set create emea 4444", "is not a customer number"),
        ("set create <@U0EMEA> 44444", "is named set:NAME, not @NAME"),
        ("set show emea.de", "is not the name of a set"),
        ("set", "needs one of create, show, list, delete"),
        ("status 44444 10101", "a second customer"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(text)
    assert sentence in str(caught.value)


def test_more_customers_than_a_card_shows_are_refused() -> None:
    numbers = " ".join(str(10000 + one) for one in range(MAX_BATCH_CUSTOMERS + 1))
    with pytest.raises(InvalidInput, match=f"One card is for {MAX_BATCH_CUSTOMERS} customers"):
        parse(f"failover on {numbers}")


def test_the_commands_of_sets() -> None:
    emea = SetName("emea")
    assert parse("set create Emea 44444 55555DE") == CreateSetCommand(emea, ("44444", "55555DE"))
    assert parse("set show @emea") == ShowSetCommand(emea)
    assert parse("set delete set:emea") == DeleteSetCommand(emea)
    assert parse("set list") == ListSetsCommand()


def test_activate_and_restore_are_for_several_customers_too() -> None:
    command = parse("activate 44444 @emea --for 4h")
    assert isinstance(command, BatchCommand)
    assert command.named == ("44444", "emea")
    assert isinstance(command.command, ActivateCommand)
    command = parse("restore 44444 10101 --access-after never")
    assert isinstance(command, BatchCommand)
    assert command.command == RestoreCommand("44444", Everyone(), "", AccessAfter(None))
