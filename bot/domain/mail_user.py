"""The editable fields of a user object: their limits, and what differs between two of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bot.domain.characters import describe_character, refuse_invisible
from bot.domain.scope import parse_group
from bot.domain.user_files.encoding_damage import may_have_lost_a_letter, refuse_damaged
from bot.domain.user_files.group_cell import join_groups, refuse_separators
from bot.errors import InvalidInput

GROUPS = "failoverGroups"
# What the API tells beside the fields, and what has calls of its own: sent back with a user's other
# fields, it would undo a failover that was switched meanwhile.
FLAGS = frozenset({"failover", "access", "activation"})

SEPARATED_BY_BARS = "Separate them by “|”."
SEPARATED_BY_COMMAS = "Separate them by commas."

Value = str | tuple[str, ...]

_LANGUAGE = re.compile(r"[a-z]{2}_[A-Z]{2}")
_HALF = re.compile("[\ud800-\udfff]")  # half a character, as JSON can spell one; no UTF-8 holds it


@dataclass(frozen=True, slots=True)
class Field:
    """An editable field: the API's name, the name for people, and the lengths in characters.

    For ``failoverGroups`` the lengths are those of each name.
    """

    name: str
    label: str
    shortest: int
    longest: int


# Flags of a user that the API tells beside the fields; None is what it does not tell.
FLAG_NAMES = ("failover", "access", "activation")

# continuity-api: user object. `user`, `domain`, `customer` and the flags are read only here. The
# lengths of the time zone and of the group names are assumed, the reference shows none; so is that
# failover groups are part of the object.
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
    """One field before and after; ``before`` is None where it was not told. Values are personal data."""

    name: str
    before: object = field(repr=False)
    after: object = field(repr=False)

    def __post_init__(self) -> None:
        # As the row of a change tells it, too: JSON knows no tuple, and the same wish must be equal.
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
    """Return the value of the editable field ``name`` as it is sent, without blanks around it.

    Text, or for ``failoverGroups`` a sequence of names, which may be empty and becomes a tuple
    without duplicates. Of groups, what the user has, ``own``, needs no check, and one that is ``known`` to
    exist may look like several; ``separator_hint`` says how several are told apart. Raises InvalidInput with a
    sentence fit to stand at the field of a form.
    """
    if name not in FIELDS:
        raise InvalidInput(f"“{name[:60]}” cannot be changed here: {', '.join(FIELDS)} can.")
    if name == GROUPS:
        return _groups(value, _names(own), known, separator_hint)
    limits = FIELDS[name]
    what = f"The {limits.label.lower()}"
    if not isinstance(value, str):
        raise InvalidInput(f"{what} has to be text.")
    refuse_damaged(value, what)
    refuse_invisible(value, what)
    if _HALF.search(value):
        raise InvalidInput(f"{what} holds half a character. Type it again.")
    text = value.strip()
    if len(text) < limits.shortest:
        raise InvalidInput(f"{what} cannot be empty.")
    if name == "language" and not _LANGUAGE.fullmatch(text):
        raise InvalidInput(_not_a_language(text))
    if len(text) > limits.longest:
        raise InvalidInput(f"{what} has {len(text)} characters; {limits.longest} are allowed.")
    return text


def remarks_on(fields: Collection[FieldChange]) -> tuple[str, ...]:
    """Return what looks odd in new values, and may be meant, a sentence each."""
    return tuple(
        f"A “?” or the like stands beside a letter of the {FIELDS[one.name].label.lower()}: was a letter "
        "lost before?"
        for one in fields
        if one.name in NAME_FIELDS and may_have_lost_a_letter(str(one.after))
    )


def differences(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[FieldChange, ...]:
    """Return which editable fields that ``after`` names would be other than ``before``, in the order of FIELDS.

    What ``after`` leaves out stays. The order of failover groups means nothing.
    """
    pairs = (
        (name, _frozen(before.get(name)), _frozen(after[name])) for name in FIELDS if name in after
    )
    return tuple(
        FieldChange(name, old, new) for name, old, new in pairs if not matches_api_value(old, new)
    )


def matches_api_value(told: object, value: object) -> bool:
    """Whether a value that somebody gives back is the one that the API told, as a file or form can hold it:
    blanks around it, and the order of groups, mean nothing. What was not told is never the same."""
    told, value = _frozen(told), _frozen(value)
    if told == value:
        return True
    if told is None or value is None:
        return False
    if isinstance(told, tuple) and isinstance(value, tuple):
        return _names(told) == _names(value)
    return _as_text(told) == _as_text(value)


def same_meaning(one: object, other: object) -> bool:
    """Whether two values of a field mean the same: absent is empty, blanks around a text and the order
    of groups mean nothing."""
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


@lru_cache(1024)  # a file names the same few with every user
def _new_group(text: str, is_known: bool, separator_hint: str) -> str:
    if not text:
        raise InvalidInput("The name of a failover group cannot be empty.")
    if not is_known:
        refuse_separators(text, separator_hint)
        refuse_damaged(text, "The group")
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
    """Return the names of groups, without those that a cell cannot hold."""
    names = map(_as_text, value) if isinstance(value, list | tuple) else ()
    return frozenset(name for name in names if name)


def _as_text(value: object) -> str:
    """Return a value as an export writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    text = join_groups(value) if isinstance(value, list | tuple) else str(value)
    return text.encode("utf-8", "replace").decode().strip()
