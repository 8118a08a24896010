"""How long a command at the terminal takes, and the bot until it is ready, beside bare imports."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import processes
from bench.database import prepare_database
from bench.processes import ROOT
from bench.table import Figure, milliseconds

IMPORTS = ("-c", "import click, sqlite_utils, pydantic")
ROLE_LIST = (str(ROOT / "app.py"), "role", "list")
MAX_SECONDS = 0.35  # for `role list`


@dataclass(frozen=True, slots=True)
class Sizes:
    """How often each is started."""

    commands: int = 15
    bots: int = 5


QUICK = Sizes(commands=3, bots=1)


async def measure(sizes: Sizes) -> list[Figure]:
    """Start them in turns, on one database. Raises Broken, OSError or TimeoutError."""
    print("start …", file=sys.stderr, flush=True)
    imports, role_list, ready = list[float](), list[float](), list[float]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await prepare_database(folder / "bench.db")
        async with processes.services() as remote:
            settings = await remote.call("settings") | {"DATABASE": "bench.db"}
            await processes.completed(ROLE_LIST, settings, folder)  # writes the byte code
            for _ in range(sizes.commands):
                imports.append(await processes.completed(IMPORTS, settings, folder))
                role_list.append(await processes.completed(ROLE_LIST, settings, folder))
            for _ in range(sizes.bots):
                began = time.monotonic()
                async with processes.bot(folder, settings):
                    ready.append(time.monotonic() - began)
    bare, ours = median(imports), median(role_list)
    return [
        Figure(
            f"app.py role list, median of {sizes.commands}",
            milliseconds(bare),
            milliseconds(ours),
            f"{ours / bare:.2f}",
            f"<= {milliseconds(MAX_SECONDS)}",
            ours <= MAX_SECONDS,
        ),
        Figure(
            f"app.py run until it is ready, median of {sizes.bots}",
            "",
            milliseconds(median(ready)),
        ),
    ]
