"""The simulated API does what `docs/continuity-openapi.yaml` says, also with what nobody should send."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it has no types
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from bot.continuity.urls import OPERATIONS
from bot.domain.identifiers import parse_address, parse_customer, parse_group
from bot.domain.scope import Flag
from bot.errors import InvalidInput
from sandbox.continuity import ContinuitySandbox

ROOT = Path(__file__).parents[3]
CUSTOMER, USER = "44444", "user0001@example.com"
EXAMPLES = 15  # of each operation

described = yaml.safe_load((ROOT / "docs" / "continuity-openapi.yaml").read_text())
del described["security"]  # every call here is authenticated; what else happens is tested elsewhere
schema = schemathesis.openapi.from_dict(described)


@pytest.fixture(scope="module")
def api() -> Iterator[ContinuitySandbox]:
    """A sandbox in a thread of its own: the caller here is not asynchronous."""
    sandbox, started = ContinuitySandbox(), threading.Event()
    loop = asyncio.new_event_loop()

    def serve() -> None:
        loop.run_until_complete(sandbox.start())
        started.set()
        loop.run_forever()
        loop.run_until_complete(sandbox.stop())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    assert started.wait(5)
    yield sandbox
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)


_PARTS = {"address": r"[!-~]{1,12}@[a-zA-Z0-9.-]{1,20}"}
_CUSTOMERS = st.from_regex(r"[0-9]{4,6}[A-Za-z]{0,3}", fullmatch=True)


def fits(parameter: str, value: str) -> bool:
    """Whether a value is one that the description of a parameter takes."""
    told = described["components"]["parameters"][parameter]["schema"]
    sent = [value] if told["type"] == "array" else value
    return bool(jsonschema.Draft202012Validator(told).is_valid(sent))


def _call(api: ContinuitySandbox, case: Case[Any]) -> None:
    api.add_customer(CUSTOMER, 3, groups={"emea": 2})
    api.requests.clear()
    account = (api.username, api.password)
    response = case.call(base_url=api.url.rstrip("/"), auth=account, timeout=30)
    case.validate_response(response)


@schema.parametrize()
@seed(20261125)
@settings(
    max_examples=EXAMPLES,
    derandomize=False,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_that_is_described(api: ContinuitySandbox, case: Case[Any]) -> None:
    _call(api, case)
    if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
        # Again for a customer and a user who exist: what is made up is mostly not found.
        known = {"CUSTOMER": CUSTOMER, "USER": USER}
        case.path_parameters.update(
            {name: value for name, value in known.items() if name in case.path_parameters}
        )
        _call(api, case)


def test_every_operation_is_described_and_no_other() -> None:
    paths = {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    }
    # Each flag is a path of its own: to tools, `/{CUSTOMER}/{FLAG}` is `/{CUSTOMER}/{USER}`.
    assert paths == {
        (one.method, one.path.replace("{FLAG}", flag)) for one in OPERATIONS for flag in Flag
    }
    shapes = [re.sub(r"{\w+}", "{}", path) for path in described["paths"]]
    assert len(shapes) == len({*shapes})


@given(st.from_regex(_PARTS["address"], fullmatch=True), st.text(max_size=130), _CUSTOMERS)
def test_whatever_the_bot_sends_fits_its_pattern(address: str, name: str, customer: str) -> None:
    """A pattern that is narrower than the bot makes tools refuse what the bot sends."""
    sent = {"User": parse_address, "Group": parse_group, "Customer": parse_customer}
    for parameter, text in (("User", address), ("Group", name), ("Customer", customer)):
        try:
            value = sent[parameter](text)
        except InvalidInput:
            continue
        assert fits(parameter, value), value


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("Group", "R&D,Köln"),  # CONTINUITY_GROUP_ENCODING=comma
        *(("Group", name) for name in ("R&D", "Köln", "emea", "Vertrieb / Süd", "a;b", "#1")),
        *(
            ("User", one)
            for one in ("jo@mail.example.co.uk", "o'x+1@example.com", "{a}|b@x.museum")
        ),
        *(("Customer", one) for one in ("44444", "44444DE")),
    ],
)
def test_names_that_people_have_fit_their_patterns(parameter: str, value: str) -> None:
    assert fits(parameter, value)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *(("Group", name) for name in ("", ",", "a,,b", "a\nb", "x" * 129)),
        *(("User", one) for one in ("jo", "jo@", "@example.com", "jo@example", "a/b@example.com")),
        *(("Customer", one) for one in ("4444", "44444de", "444444")),
    ],
)
def test_what_the_bot_never_sends_does_not_fit(parameter: str, value: str) -> None:
    assert not fits(parameter, value)
