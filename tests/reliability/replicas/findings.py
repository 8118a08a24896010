"""What must hold when it is over, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.fixtures import raw_database
from tests.reliability.processes.end_state import EndState, end_state
from tests.reliability.processes.workload import Workload
from tests.scenarios.conftest import INCIDENT
from tests.scenarios.processes import Deployment


@dataclass(frozen=True)
class Findings:
    """``wrong`` is what must not be, by its name; ``doubled`` counts messages that no row knows of."""

    acts: int
    acknowledged: int
    interrupted: int
    doubled: int
    entries: int
    wrong: dict[str, Sequence[object]]

    @property
    def faults(self) -> dict[str, Sequence[object]]:
        """What is wrong, without the names of which there is nothing."""
        return {name: some for name, some in self.wrong.items() if some}

    def __str__(self) -> str:
        counts = ", ".join(f"{name} {len(some)}" for name, some in self.wrong.items())
        return (
            f"{self.acknowledged} of {self.acts} deliveries acknowledged, "
            f"{self.interrupted} changes interrupted while executing; {counts}, "
            f"doubled messages {self.doubled}, chain of {self.entries} intact"
        )

    def __add__(self, other: Findings) -> Findings:
        return Findings(
            self.acts + other.acts,
            self.acknowledged + other.acknowledged,
            self.interrupted + other.interrupted,
            self.doubled + other.doubled,
            self.entries + other.entries,
            {name: [*some, *other.wrong[name]] for name, some in self.wrong.items()},
        )


async def findings(on: Deployment, workload: Workload) -> Findings:
    """Walk along the chain and compare the trail with what people did, the API saw and the channel shows."""
    left: EndState = await end_state(on)
    known = set(raw_database.column(on.database, "SELECT ts FROM messages"))
    posted = [one for one in on.slack.channel_messages(INCIDENT) if one.thread_ts is None]
    acknowledged = [act for act in workload.acts if act.acknowledged]
    return Findings(
        acts=len(workload.acts),
        acknowledged=len(acknowledged),
        interrupted=sum(entry.record.kind == "change.lost" for entry in left.trail),
        doubled=len([one for one in posted if one.ts not in known]),
        entries=len(left.trail),
        wrong={
            "lost": left.lost(acknowledged),
            "abandoned": left.abandoned(),
            "without approval": left.unapproved(),
            "without intent": left.unintended(),
            "untold": left.untold(),
            "unlike": left.unlike(),
            "stale cards": left.stale(),
        },
    )
