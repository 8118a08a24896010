"""What the steps of the schema make: a digest of each object, by which an alteration is found."""

from __future__ import annotations

DIGESTS: dict[str, str] = {}
