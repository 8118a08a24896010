"""The editable fields of a user object: their limits, and the differences between two objects."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bot.domain.characters import describe_character, refuse_invisible
from bot.domain.identifiers import parse_group
from bot.domain.user_files.encoding_damage import may_be_damaged, refuse_damaged_text
from bot.domain.user_files.group_cell import join_groups, refuse_separators
from bot.errors import InvalidInput

GROUPS = "failoverGroups"
# Part of the user object, but changed by requests of their own. Sent back with other fields they
# would undo a failover that was changed meanwhile.
FLAGS = frozenset({"failover", "access", "activation"})

SEPARATED_BY_BARS = "Separate them by “|”."
SEPARATED_BY_COMMAS = "Separate them by commas."

Value = str | tuple[str, ...]

_LANGUAGE = re.compile(r"[a-z]{2}_[A-Z]{2}")
_HALF = re.compile("[\ud800-\udfff]")  # a lone surrogate, possible in JSON and not in UTF-8


@dataclass(frozen=True, slots=True)
class Field:
    """An editable field: the API's name, the name for people, and the limits in characters.

    For ``failoverGroups`` the limits are those of each name.
    """

    name: str
    label: str
    min_chars: int
    max_chars: int


# Flags of a user, part of the API's answer beside the fields; None is what the answer lacks.
FLAG_NAMES = ("failover", "access", "activation")

# continuity-api: user object. `user`, `domain`, `customer` and the flags are read-only here. The
# limits of the time zone and of group names are assumptions, and so is that failover groups are
# part of the object: the reference says neither.
NAME_FIELDS = ("displayName", "givenName", "surName")
FIELDS: Mapping[str, Field] = {
    each.name: each
    for each in (
        Field("displayName", "Display name", 1, 256),
        Field("givenName", "Given name", 1, 128),
        Field("surName", "Surname", 1, 128),
        Field("language", "Language", 1, 8),
        Field("timezone", "Time zone", 1, 128),
        Field(GROUPS, "Failover groups", 1, 128),
    )
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after; ``before`` None: not in the API's answer.

    Values are personal data.
    """

    name: str
    before: object = field(repr=False)
    after: object = field(repr=False)

    def __post_init__(self) -> None:
        # JSON has no tuples: a change read from the store must equal the request for the same.
        object.__setattr__(self, "before", _frozen(self.before))
        object.__setattr__(self, "after", _frozen(self.after))


def check_field(
    name: str,
    value: object,
    *,
    own: object = None,
    known: Collection[str] = (),
    separator_hint: str = SEPARATED_BY_BARS,
) -> Value:
    """Return the value of the editable field ``name`` as it is sent, without surrounding blanks.

    Text, or for ``failoverGroups`` a sequence of names, which may be empty and becomes a tuple
    without duplicates. Groups that the user has (``own``) are not checked; those ``known`` to exist
    may contain separators. ``separator_hint`` says how to separate several groups. Raises
    InvalidInput with a sentence for the field of a form.
    """
    if name not in FIELDS:
        raise InvalidInput(f"“{name[:60]}” cannot be changed here: {', '.join(FIELDS)} can.")
    if name == GROUPS:
        return _groups(value, _names(own), known, separator_hint)
    limits = FIELDS[name]
    what = f"The {limits.label.lower()}"
    if not isinstance(value, str):
        raise InvalidInput(f"{what} has to be text.")
    refuse_damaged_text(value, what)
    refuse_invisible(value, what)
    if _HALF.search(value):
        raise InvalidInput(f"{what} holds half a character. Type it again.")
    text = value.strip()
    if len(text) < limits.min_chars:
        raise InvalidInput(f"{what} cannot be empty.")
    if name == "language" and not _LANGUAGE.fullmatch(text):
        raise InvalidInput(_not_a_language(text))
    if len(text) > limits.max_chars:
        raise InvalidInput(f"{what} has {len(text)} characters; {limits.max_chars} are allowed.")
    return text


def remarks_on(fields: Collection[FieldChange]) -> tuple[str, ...]:
    """Return a sentence for each new value that looks damaged but may be intended."""
    return tuple(
        f"A “?” or the like stands beside a letter of the {FIELDS[one.name].label.lower()}: was a letter "
        "lost before?"
        for one in fields
        if one.name in NAME_FIELDS and may_be_damaged(str(one.after))
    )


def differences(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[FieldChange, ...]:
    """Return the editable fields of ``after`` that differ from ``before``, in the order of FIELDS.

    The order of failover groups is ignored.
    """
    pairs = (
        (name, _frozen(before.get(name)), _frozen(after[name])) for name in FIELDS if name in after
    )
    return tuple(
        FieldChange(name, old, new) for name, old, new in pairs if not matches_api_value(old, new)
    )


def matches_api_value(api_value: object, value: object) -> bool:
    """Whether a value of a file or form is the API's; blanks around it and the order of groups are
    ignored.

    None, for a value that is missing, equals only None.
    """
    api_value, value = _frozen(api_value), _frozen(value)
    if api_value == value:
        return True
    if api_value is None or value is None:
        return False
    if isinstance(api_value, tuple) and isinstance(value, tuple):
        return _names(api_value) == _names(value)
    return _as_text(api_value) == _as_text(value)


def same_meaning(one: object, other: object) -> bool:
    """Whether two values are equal, ignoring surrounding blanks and the order of groups.

    None is empty.
    """
    return _meant(one) == _meant(other)


def _meant(value: object) -> object:
    value = value.strip() if isinstance(value, str) else _key(_frozen(value))
    return value or None


def _groups(
    value: object, own: Collection[str], known: Collection[str], separator_hint: str
) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise InvalidInput("The failover groups have to be a list of names.")
    return tuple(dict.fromkeys(_group(name, own, known, separator_hint) for name in value))


def _group(name: object, own: Collection[str], known: Collection[str], separator_hint: str) -> str:
    if not isinstance(name, str):
        raise InvalidInput("The failover groups have to be a list of names.")
    text = name.strip()
    return text if text in own else _new_group(text, text in known, separator_hint)


@lru_cache(1024)  # a file names the same few groups for every user
def _new_group(text: str, is_known: bool, separator_hint: str) -> str:
    if not text:
        raise InvalidInput("The name of a failover group cannot be empty.")
    if not is_known:
        refuse_separators(text, separator_hint)
        refuse_damaged_text(text, "The group")
    if "," in text or _HALF.search(text):
        raise InvalidInput(
            f"The name of a failover group cannot hold a comma or half a character. {separator_hint}"
        )
    return parse_group(text)


def _not_a_language(text: str) -> str:
    odd = next((char for char in text if not char.isascii() or not char.isprintable()), "")
    holds = f" It holds {describe_character(odd)}." if odd else ""
    meant = text.replace("-", "_")
    meant = f"{meant[:2].lower()}{meant[2:].upper()}"
    hint = f" Did you mean {meant}?" if _LANGUAGE.fullmatch(meant) else ""
    what = "two small letters, _ and two capitals, as in en_GB"
    return f"“{text[:60]}” is not a language: {what}.{holds}{hint}"


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _key(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, tuple) else value


def _names(value: object) -> frozenset[str]:
    """Return the names of groups, without empty ones, which a cell cannot hold."""
    names = map(_as_text, value) if isinstance(value, list | tuple) else ()
    return frozenset(name for name in names if name)


def _as_text(value: object) -> str:
    """Return a value as an export writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    text = join_groups(value) if isinstance(value, list | tuple) else str(value)
    return text.encode("utf-8", "replace").decode().strip()
