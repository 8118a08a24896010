"""`python -m tests.block_types FOLDER`: compile the recorded payloads as literals of Slack's types.

Without Node, or where npm cannot install, it says so and ends with 0. Where REQUIRE_NODE is set, a missing
Node is an error; a registry that does not answer is none, since it is no fault of what is checked.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
# @slack/types 3.2 has no type of a chart: its fields are checked by the simulated Slack alone.
_CHART = "type Chart = { type: 'data_visualization'; [field: string]: unknown };"
_TYPES = {"blocks": "(KnownBlock | Chart)[]", "modal": "ModalView", "home": "HomeView"}
_OPTIONS = (
    "--strict",
    "--noEmit",
    "--target",
    "es2022",
    "--module",
    "nodenext",
    "--pretty",
    "false",
)


def main(recorded: Path) -> int:
    """Return the exit code: that of the compiler, or 0 where it cannot be had."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        _say("types of blocks not checked: Node is not on this machine")
        return 1 if os.environ.get("REQUIRE_NODE") else 0
    payloads = _payloads(recorded)
    if not payloads:
        _say(f"no payloads were recorded in {recorded}")
        return 1
    work = recorded / "compiled"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, work)
    install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    if _run(install, work) != 0:
        _say("types of blocks not checked: npm could not install them")
        return 0
    (work / "payloads.ts").write_text(_source(payloads))
    code = _run([node, "node_modules/typescript/bin/tsc", *_OPTIONS, "payloads.ts"], work)
    _say(f"{len(payloads)} shapes of blocks and views: {'0 errors' if code == 0 else 'wrong'}")
    return code


def _payloads(recorded: Path) -> list[dict[str, object]]:
    lines = {
        line for file in sorted(recorded.glob("*.jsonl")) for line in file.read_text().splitlines()
    }
    return [json.loads(line) for line in sorted(lines)]


def _source(payloads: list[dict[str, object]]) -> str:
    lines = ["import type { HomeView, KnownBlock, ModalView } from '@slack/types';", _CHART]
    for number, one in enumerate(payloads):
        literal = json.dumps(one["payload"], indent=1)
        lines += [f"// {one['test']}"]
        lines += [f"export const payload{number}: {_TYPES[str(one['kind'])]} = {literal};"]
    return "\n".join(lines) + "\n"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _run(command: Sequence[str], folder: Path) -> int:
    return subprocess.run(command, cwd=folder, check=False).returncode  # noqa: S603  # our own


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
