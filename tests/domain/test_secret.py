"""A secret is read on purpose or not at all."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from typing import Any

import pytest
from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from bot.domain.secret import Secret

CANARY = "canary-token"
SECRET = Secret(CANARY)


@dataclasses.dataclass
class Holder:
    secret: Secret


def test_nothing_shows_it_but_reveal() -> None:
    shown = [repr(SECRET), str(SECRET), f"{SECRET}", f"{[SECRET]}", repr(Holder(SECRET))]
    shown += [str(dataclasses.asdict(Holder(SECRET))), json.dumps(Holder(SECRET), default=str)]
    assert not [text for text in shown if "canary" in text]
    assert SECRET.reveal() == CANARY


def test_it_cannot_be_stored() -> None:
    for store in (json.dumps, pickle.dumps, TypeAdapter(Any).dump_json, vars):
        with pytest.raises((TypeError, PydanticSerializationError)):
            store(SECRET)


def test_it_does_not_change_and_equals_its_like() -> None:
    with pytest.raises(AttributeError):
        SECRET._text = "other"
    with pytest.raises(AttributeError):
        del SECRET._text  # type: ignore[attr-defined]
    assert copy.deepcopy(SECRET) is copy.copy(SECRET) is SECRET
    assert Secret(CANARY) == SECRET != Secret("other")
    assert SECRET != CANARY
    assert len({SECRET, Secret(CANARY)}) == 1
    assert SECRET
    assert not Secret("")
