"""The texts that come with the bot, one file a language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from bot.domain.user_text import parse_template

SUFFIX = ".txt"


@cache
def built_in_texts() -> Mapping[str, str]:
    """Return the templates by language; read at the first call."""
    found = {
        one.name.removesuffix(SUFFIX): parse_template(one.read_text(encoding="utf-8"))
        for one in (files("bot") / "templates" / "users").iterdir()
        if one.name.endswith(SUFFIX)
    }
    return MappingProxyType(dict(sorted(found.items())))
