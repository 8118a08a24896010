"""The conditions of partial indexes; a query has to say them in the same words."""

from __future__ import annotations

ON_ROLES = "kind IN ('role.granted', 'role.revoked')"
ON_POLICY = "kind = 'policy.set'"
ON_IDS = "kind = 'person.ids_told'"
ON_CONTRADICTION = "kind = 'trail.contradicted'"
ON_QUESTIONS = "kind = 'others.asked'"
NOT_APPLIED = "status <> 'applied'"
