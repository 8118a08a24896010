"""One specimen of each kind of message and form with blocks, built by the bot's own views.

Its values are fixed and made up. What is text alone is no specimen: Slack takes any text.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from bot.terminal.doctor.specimens import batches, changes, drills, emergency, forms, replies, timed
from bot.terminal.doctor.specimens.specimen import Specimen


def specimens() -> Iterator[Specimen]:
    """Yield all, each with a name of its own."""
    kinds = (changes, batches, timed, emergency, drills, replies, forms)
    return chain.from_iterable(kind.specimens() for kind in kinds)
