"""How long the check of the whole audit chain takes."""

from __future__ import annotations

from pathlib import Path

from bench.database import verify_seconds
from bench.table import Figure


async def audit_verify(database: Path, entries: int) -> Figure:
    """Verify the chain of a database with so many entries. Raises Broken if it is not whole."""
    took = await verify_seconds(database)
    return Figure(f"audit verify, {entries:,} entries", "", f"{took:.1f} s")
