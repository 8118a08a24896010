"""Counts what `mutmut results --all true` lists on standard input; the survivors last. See docs/mutants.md."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable

CAUGHT = ("killed", "timeout", "caught by type check")


def summary(lines: Iterable[str]) -> list[str]:
    """Return a line for each module, one for all, and the names of those that were not caught."""
    counts: dict[str, Counter[bool]] = defaultdict(Counter)
    survivors: list[str] = []
    for line in lines:
        name, separator, status = line.strip().partition(": ")
        if not separator:
            continue
        module, _, mutant = name.rpartition(".")
        counts[module][status in CAUGHT] += 1
        if status not in CAUGHT:
            survivors.append(f"  {module} {mutant}: {status}")
    counts["all"] = sum(list(counts.values()), Counter())
    table = [
        f"{count[True] / count.total():6.1%}  {count[True]:4} of {count.total():4}  {module}"
        for module, count in counts.items()
        if count
    ]
    return [*table, *survivors]


if __name__ == "__main__":
    sys.stdout.write("\n".join(summary(sys.stdin)) + "\n")
