"""What it takes to install the bot in a workspace of one's own."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

# Sentences and commands of the chapter "In your workspace" of the README.
_STEPS = (
    ("Create the app from manifest.yml (Slack: Create New App, From a manifest); install it.", ""),
    ("Install the bot, and fill in .env.", "make install\ninstall -m 600 .env.example .env"),
    (
        "Name the first admin, operator and channel, by their ids in Slack.",
        (
            ".venv/bin/python app.py role grant U0123 admin '*'\n"
            ".venv/bin/python app.py role grant U0456 operator NUMBER\n"
            ".venv/bin/python app.py role grant C0789 incident NUMBER"
        ),
    ),
    ("See what is still missing, with the cure.", ".venv/bin/python app.py doctor"),
    ("Run it, and invite the bot into the channel.", ".venv/bin/python app.py run"),
)


def installation() -> dict[str, Any]:
    """Return the steps, each a text and commands, and the manifest of the app."""
    manifest = files("bot").joinpath("manifest.yml").read_text("utf-8")
    return {
        "steps": [{"text": text, "commands": commands} for text, commands in _STEPS],
        "manifest": manifest,
    }
