"""The simulated API does what `docs/continuity-openapi.yaml` says, also with what nobody should send."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, seed, settings
from schemathesis import Case, GenerationMode

from bot.continuity.paths import OPERATIONS
from bot.sandbox.continuity import ContinuitySandbox

ROOT = Path(__file__).parents[2]
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
    thread.join(5)


def _call(api: ContinuitySandbox, case: Case[Any]) -> None:
    api.add_customer(CUSTOMER, 3, groups={"emea": 2})
    api.requests.clear()
    account = (api.username, api.password)
    response = case.call(base_url=api.url.rstrip("/"), auth=account, timeout=5)
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
    assert paths == {(one.method, one.path) for one in OPERATIONS}
