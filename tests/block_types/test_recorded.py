"""Which payloads are kept for the check of their types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.block_types.__main__ import main
from tests.block_types.recorded import Recorder


def _kept(folder: Path, *payloads: Any) -> list[Any]:
    recorder = Recorder()
    for payload in payloads:
        recorder("blocks", payload)
    recorder.save(folder)
    lines = next(folder.glob("*.jsonl")).read_text().splitlines()
    return [json.loads(line)["payload"] for line in lines]


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def test_texts_and_numbers_of_elements_make_no_other_shape(tmp_path: Path) -> None:
    first = [_section("one"), _section("two")]
    assert _kept(tmp_path, first, [_section("Three.")]) == [first]


def test_another_key_type_or_keyword_is_another_shape(tmp_path: Path) -> None:
    button = {"type": "button", "style": "primary", "value": "1"}
    payloads = [
        [button],
        [button | {"style": "danger"}],
        [button | {"value": 1}],
        [{**button, "x": ""}],
    ]
    assert _kept(tmp_path, *payloads) == payloads


def test_messages_without_blocks_are_not_kept(tmp_path: Path) -> None:
    assert _kept(tmp_path, [], [_section("a")]) == [[_section("a")]]


def test_a_run_that_recorded_nothing_is_an_error(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "1.jsonl").write_text("")
    assert main(tmp_path) == 1 or "Node" in capsys.readouterr().out
