"""One executor: a second bot on the same database does not start."""

from __future__ import annotations

import pytest

from bot.bootstrap import running
from bot.errors import StoreBusy
from tests.scenarios.conftest import Scene


async def test_a_second_bot_on_the_same_database_refuses_to_start(scene: Scene) -> None:
    with pytest.raises(StoreBusy):
        async with running(scene.settings):
            pass
