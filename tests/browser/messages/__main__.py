"""`python -m tests.browser.messages [NAME ...]`: docs/messages.md and its pictures; NAME is a scene."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

from playwright.async_api import async_playwright, expect

from tests.browser.messages.catalogue import CATALOGUE, markdown
from tests.browser.messages.incident_scenes import SCENES
from tests.browser.messages.stage import stage

DOCS = Path(__file__).parents[3] / "docs"


async def main(wanted: list[str]) -> None:
    """Play the scenes; without names all of them, and the document is written anew."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("No Chromium on this machine: it takes the pictures.")
    expect.set_options(timeout=30_000)
    folder = DOCS / "pictures" / "messages"
    if not wanted:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (play, settings) in SCENES.items():
            if not wanted or name in wanted:
                async with stage(browser, folder, **settings) as set_up:
                    await play(set_up)
        await browser.close()
    if not wanted:
        (DOCS / "messages.md").write_text(markdown())
        missing = {one.name for each in CATALOGUE.values() for one in each} - {
            file.stem.rpartition("-")[0] for file in folder.glob("*.png")
        }
        if missing:
            sys.exit(f"No picture of {', '.join(sorted(missing))}.")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
