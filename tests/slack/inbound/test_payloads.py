"""In Enterprise Grid the workspace of a payload is where it happened, not where the person is from."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack import payloads

HOME = {"id": "T0HOME", "domain": "home"}


def body(**over: Any) -> dict[str, Any]:
    told = {
        "user": {"id": "W0GRID", "team_id": "T0OTHER"},
        "team": HOME,
        "enterprise": {"id": "E0GROUP", "name": "Group"},
        "api_app_id": "A0CONTINUITY",
        "actions": [{"action_id": "change_approve", "value": "C-7K3MX 1", "action_ts": "1.2"}],
        "view": {"id": "V1", "app_installed_team_id": "T0HOME"},
    }
    return told | over


@pytest.mark.parametrize("users_team", ["T0OTHER", "E0GROUP", "", None])
@pytest.mark.parametrize("team", [HOME, None])
def test_a_click_and_a_form(users_team: str | None, team: dict[str, Any] | None) -> None:
    told = body(user={"id": "W0GRID", "team_id": users_team}, team=team)
    read = [payloads.from_click(told), payloads.from_unknown_view(told)]
    assert [(one.team, one.user) for one in read] == [("T0HOME", "W0GRID")] * 2


def test_a_click_in_another_workspace_is_of_that_one() -> None:
    told = body(user={"id": "U0GRID", "team_id": "T0HOME"}, team={"id": "T0OTHER"})
    assert payloads.from_click(told).team == "T0OTHER"
    del told["view"], told["team"]
    assert payloads.from_click(told).team == "T0HOME"


def test_a_mention_is_for_the_workspace_whose_installation_it_was_sent_to() -> None:
    event = {
        "type": "app_mention",
        "user": "W0GRID",
        "channel": "C0INCIDENT",
        "text": "<@U0BOT> help",
    }
    told = {"team_id": "T0OTHER", "api_app_id": "A0", "event_id": "Ev1", "event": event}
    assert payloads.from_mention(told).team == "T0OTHER"
    home = {"team_id": "T0HOME", "enterprise_id": "E0GROUP"}
    assert payloads.from_mention(told | {"authorizations": [home]}).team == "T0HOME"
    alone = {"team_id": None, "enterprise_id": "E0GROUP"}
    assert payloads.from_mention(told | {"authorizations": [alone]}).team == "T0OTHER"
