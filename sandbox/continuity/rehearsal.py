"""The simulated API of a rehearsal: it says of itself that it is one, and plays scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from aiohttp import web

from sandbox.continuity.connection import answer_json
from sandbox.continuity.faults import Fault
from sandbox.continuity.model import ApiError, MailUser
from sandbox.continuity.requests import Request, read_body
from sandbox.continuity.sandbox import ContinuitySandbox
from sandbox.continuity.scenarios import BUSY_EVERY, SCENARIOS, WITH_BUSY_USERS, faults_of

# Below the base path, where a real API has the number of a customer.
CONTROL = "simulation"
IDENTITY = {"simulation": "continuity"}
KEPT_REQUESTS = 1000


class RehearsalApi(ContinuitySandbox):
    """Serves the customers of ``seed``, and beside the API what no real one has:

    `GET simulation` says, to everybody, that this is a simulation. `PUT simulation/CUSTOMER` plays
    the scenario of its body, under the id of a drill, from the users of the seed on; the same id
    again changes nothing. `DELETE simulation/CUSTOMER?id=` ends it: no fault, and the users as in
    the seed.
    """

    def __init__(self, seed: Mapping[str, Sequence[MailUser]], **options: Any) -> None:
        super().__init__(**options)
        self._seed = {number: {u.user.lower(): u for u in users} for number, users in seed.items()}
        self._playing: dict[str, str] = {}
        self._played: dict[str, Sequence[Fault]] = {}
        self._over: set[str] = set()
        for customer in self._seed:
            self._reset(customer)

    @property
    def playing(self) -> Mapping[str, str]:
        """The id of the drill that is played, by customer."""
        return self._playing

    async def _answer_or_cut(self, request: Request, http: web.BaseRequest) -> web.Response:
        if request.segments[:1] != [CONTROL]:
            del self.requests[:-KEPT_REQUESTS]
            return await super()._answer_or_cut(request, http)
        raw = await http.read()
        try:
            fields = self._control(request, raw, authorized=self._is_authorized(request, http))
        except ApiError as error:
            answer = self._error(error.status, error.message, is_head=request.method == "HEAD")
        else:
            answer = answer_json(200, fields, is_head=request.method == "HEAD")
        request.status = answer.status
        return answer

    def _control(self, request: Request, raw: bytes, *, authorized: bool) -> Mapping[str, str]:
        customer = request.segments[1] if len(request.segments) == 2 else ""
        if not customer and request.method in {"GET", "HEAD"}:
            return IDENTITY
        if not authorized:
            raise ApiError(401, "Unauthorized")
        if customer not in self._seed:
            raise ApiError(404, "Customer not found")
        if request.method == "PUT":
            body = read_body(raw)
            asked = body if isinstance(body, dict) else {}
            self._play(customer, str(asked.get("scenario", "")), str(asked.get("id", "")))
        elif request.method == "DELETE":
            self._end(customer, dict(request.query).get("id", ""))
        else:
            raise ApiError(405, f"{request.method} is not allowed here")
        return {**IDENTITY, "playing": self._playing.get(customer, "")}

    def _play(self, customer: str, scenario: str, drill: str) -> None:
        if scenario not in SCENARIOS or not drill:
            raise ApiError(400, f"A drill has an id and one of {', '.join(SCENARIOS)}")
        if self._playing.get(customer) == drill or drill in self._over:
            return
        self._reset(customer)
        self._playing[customer] = drill
        self._played[customer] = faults_of(scenario, customer, self.state.clock())
        self.faults[:0] = self._played[customer]
        if scenario in WITH_BUSY_USERS:
            self.state.busy[customer] = set(sorted(self._seed[customer])[::BUSY_EVERY])

    def _end(self, customer: str, drill: str) -> None:
        """End this drill for good; another one that is played meanwhile goes on."""
        self._over.add(drill)
        if self._playing.get(customer, drill) == drill:
            self._reset(customer)

    def _reset(self, customer: str) -> None:
        self._playing.pop(customer, None)
        played = self._played.pop(customer, ())
        self.faults[:] = [one for one in self.faults if one not in played]
        self.state.busy.pop(customer, None)
        self.customers[customer] = deepcopy(self._seed[customer])
