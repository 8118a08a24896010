"""The files of the page, which are package data: `page/`."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

CONTENT_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
"""By suffix; a file of another kind is no asset. Not from `mimetypes`: it asks the machine."""


def assets() -> dict[str, Traversable]:
    """Return the assets by their path below `page/`. Only what is listed here is served."""
    found: dict[str, Traversable] = {}
    folders = [("", files("sandbox.browser") / "page")]
    while folders:
        prefix, folder = folders.pop()
        for entry in folder.iterdir() if folder.is_dir() else ():
            name = f"{prefix}{entry.name}"
            if entry.is_dir():
                folders.append((f"{name}/", entry))
            elif PurePosixPath(name).suffix in CONTENT_TYPES:
                found[name] = entry
    return found
