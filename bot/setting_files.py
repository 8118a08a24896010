"""Settings from files: `NAME_FILE` names the file that holds the value of `NAME`.

Docker, Kubernetes and systemd hand secrets to a process as files; in the environment they would be
seen by whoever may look at the process.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from bot.private_files import open_to_others

MAX_BYTES = 65_536
# A setting that names a file anyway: there `NAME_FILE` is the same.
PATHS = ("continuity_credentials",)


def read_setting_files(
    names: Collection[str], env_file: Path | None
) -> tuple[dict[str, Any], list[str]]:
    """Return the values of the settings ``names`` that a `NAME_FILE` of the environment, or of
    ``env_file``, gives, and a line for each that cannot be used.

    One line feed at the end of the file does not count. The environment goes before ``env_file``.
    """
    given = {name.upper(): value for name, value in {**_of(env_file), **os.environ}.items()}
    values, lines = dict[str, Any](), list[str]()
    for name in names:
        upper = name.upper()
        path = given.get(f"{upper}_FILE")
        if not path:
            continue
        if given.get(upper):
            lines.append(f"{upper} and {upper}_FILE are both set: keep one.")
            continue
        if name in PATHS:
            values[name] = path
            continue
        try:
            values[name] = _content(Path(path))
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            lines.append(f"{upper}_FILE: {_shown(path)}: {why}")
    return values, lines


def _shown(path: str) -> str:
    """Return the path; what is none may be the secret itself, by mistake."""
    is_path = path.startswith(("/", "./", "../")) or Path(path).exists()
    return path if is_path else "it names no file, and the value itself belongs into the setting"


def _of(env_file: Path | None) -> Mapping[str, str]:
    if env_file is None:
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415  # comes with pydantic-settings

    return {name: value for name, value in dotenv_values(env_file).items() if value}


def _content(path: Path) -> str:
    """Return what a file holds. Raises OSError and ValueError."""
    if path.exists() and not path.is_file():
        raise ValueError("it is no file")
    if opened := open_to_others(path):
        raise ValueError(f"it {opened}: chmod 600 {path}")
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES:,} bytes")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise ValueError("it is empty")
    return text
