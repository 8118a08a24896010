"""The store in one SQLite file.

sqlite-utils imports numpy where it is installed, for types of columns that the bot does not use. It is
installed for the picture in a report, and would take a tenth of a second and 25 MB of every start.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

_modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]  # None: not found

if "numpy" not in _modules:
    _modules["numpy"] = None
    try:
        importlib.import_module("sqlite_utils")
    finally:
        del _modules["numpy"]
