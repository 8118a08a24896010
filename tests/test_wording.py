"""No decision rests on a text for people: with other texts in all views the same is decided."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bot.slack.views.texts import words
from tests.replaced_wording import other

# Where it is decided what is changed and deleted. The other tests of domain and service import no view,
# directly or through the bot: `lint-imports` forbids it, and they would take a minute.
DECIDING = (
    "tests/domain/test_change.py",
    "tests/domain/test_policy.py",
    "tests/domain/test_roles.py",
    "tests/service/change_types",
    "tests/service/execution/test_stale_preview.py",
    "tests/scenarios/users/test_purge_without_wording.py",
)


def test_with_other_words_in_every_view_the_same_is_decided() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.replaced_wording",
        "-p",
        "no:cacheprovider",
    ]
    root = Path(__file__).parents[1]
    run = subprocess.run(  # noqa: S603  # our own tests
        [*command, "--no-cov", "-x", *DECIDING],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def test_the_words_of_this_process_stay() -> None:
    code = "import tests.replaced_wording; from bot.slack.views.texts import words; print(words.__doc__)"
    run = subprocess.run(  # noqa: S603  # our own
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert words.__doc__ == run.stdout.rstrip("\n")


def test_identifiers_and_what_is_filled_in_stay() -> None:
    assert other("Mail for {} goes away.") == "xxxx xxx {} xxxx xxxx."
    assert other("change_approve") == "change_approve"
