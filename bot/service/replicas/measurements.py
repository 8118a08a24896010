"""What is measured of a replica: gauges, and the alarms about who leads."""

from __future__ import annotations

from collections.abc import Mapping

from bot.service.replicas.membership import Membership

# Without a leader for longer than LEASE and this, nobody took over in time.
GRACE_SECONDS = 5.0
# How long the alarm that this replica took over stays on.
TAKEN_OVER_SECONDS = 600.0
# A takeover is told however fast it was.
MIN_SECONDS = 0.01


def gauges(membership: Membership) -> Mapping[str, float]:
    """Return the values of ``Metrics.replica``."""
    return {
        "replica_leader": float(membership.leads),
        "leader_epoch": float(membership.epoch or 0) if membership.leads else 0.0,
        "lease_seconds_left": membership.seconds_left(),
    }


def alarm_values(membership: Membership) -> Mapping[str, Mapping[str, float]]:
    """Return the values of the alarms `no_leader` and `lease_taken_over`, by the replica's name."""
    silent, takeover = membership.seconds_without_leader(), membership.takeover
    late = silent > membership.lease + GRACE_SECONDS
    recent = takeover is not None and takeover.seconds_ago < TAKEN_OVER_SECONDS
    return {
        "no_leader": {membership.name: silent} if late else {},
        "lease_taken_over": (
            {takeover.name: max(takeover.leaderless, MIN_SECONDS)} if takeover and recent else {}
        ),
    }
