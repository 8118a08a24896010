"""What a person reads where something went wrong that is no refusal."""

from __future__ import annotations

BUG = "Something went wrong here. Look with `/continuity pending` before you repeat it."
SECRET_BUG = "Something went wrong here. It is not known whether it was done."  # noqa: S105
FORM_STOPPED = (
    "The bot stopped in the middle of this. It is not known whether it was done: check it, and fill in a "
    "new form if it is still needed."
)
NOT_SAVED = "Not saved, so nothing was done. Repeat it when this is mended: {error}"
