"""Several customers, each with an account of its own, through the running process."""

from __future__ import annotations

from pathlib import Path

from sandbox.slack import SlackSandbox, View
from tests.scenarios.conftest import ADMIN, CUSTOMER, OPERATOR
from tests.scenarios.processes import PATIENCE, Deployment, deployment

WITHOUT = "55555"
NONE = f"There are no credentials for customer {WITHOUT} here"


def accounts(folder: Path, mode: int = 0o600) -> str:
    """A file that names an account for the one customer, and none for the other."""
    file = folder / "accounts.toml"
    file.write_text(
        f'[{CUSTOMER}]\nusername = "continuity"\npassword = "sandbox-password"\n', encoding="utf-8"
    )
    file.chmod(mode)
    return str(file)


async def form(on: Deployment, user: str, words: str) -> View:
    def found(slack: SlackSandbox) -> View | None:
        return next(
            (v for v in slack.views.values() if v.user == user and words in str(v.view)), None
        )

    return await on.slack.wait_for(found, PATIENCE)


async def test_a_customer_without_an_account_is_refused_in_a_line_and_the_other_is_served(
    tmp_path: Path,
) -> None:
    async with deployment(tmp_path, CONTINUITY_CREDENTIALS=accounts(tmp_path)) as on:
        on.settings |= {"CONTINUITY_USERNAME": "", "CONTINUITY_PASSWORD": ""}
        for customer in (CUSTOMER, WITHOUT):
            on.continuity.add_customer(customer, users=3)
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await on.type(f"failover on {WITHOUT}")
            await on.told(NONE)
            await on.type(f"users {WITHOUT}")
            await on.told(NONE)
            await on.type(f"user edit {WITHOUT} user0001@example.com")
            await form(on, OPERATOR, NONE)
            await on.type(f"token {WITHOUT} user0001@example.com", ADMIN)
            await on.told("*TOKEN for ", ADMIN)
            await on.run_to(CUSTOMER)
            await on.outcome(CUSTOMER, "3 of 3 in failover")
            await bot.stop()
        assert on.requests(WITHOUT) == []


async def test_a_file_that_others_may_read_stops_the_start_with_the_cure(tmp_path: Path) -> None:
    file = accounts(tmp_path, 0o644)
    async with deployment(tmp_path, CONTINUITY_CREDENTIALS=file) as on, on.bot() as bot:
        assert await bot.ended() == 1
        assert f"CONTINUITY_CREDENTIALS: {file} is open to others than its owner" in bot.log
        assert f"chmod 600 {file}" in bot.log
        assert "sandbox-password" not in bot.log
