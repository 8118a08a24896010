"""`for 2h` and `until 06:00` as the last words, instead of the options `--for` and `--until`."""

from __future__ import annotations

from collections.abc import Collection

from bot.domain.time_limit import parse_lasts, parse_until
from bot.errors import InvalidInput
from bot.grammar.converters import looks_like_a_number
from bot.grammar.options import ParsedOptions
from bot.grammar.syntax_problem import Misread
from bot.grammar.tokenizer import Token

_READS = {"for": parse_lasts, "until": parse_until}


def take_time_at_the_end(
    found: ParsedOptions, known: Collection[str], customer_at: int = 1
) -> None:
    """Make the last words an option where they can be nothing else.

    Behind a customer's number they are meant as a time in any case: Misread is raised where it cannot
    be read. Behind a name of several words they may be its end.
    """
    at = next(
        (at for at, token in enumerate(found.words) if at > customer_at and _begins(token)), None
    )
    if at is None or "--for" not in known:
        return
    begins, rest = found.words[at], found.words[at + 1 :]
    name = begins.text.lower()
    text = " ".join(token.text for token in rest)
    try:
        _READS[name](text)
    except InvalidInput as refusal:
        if looks_like_a_number(found.words[customer_at].text):
            raise Misread(str(refusal), rest[0] if rest else begins) from None
        return
    if f"--{name}" in found.options:
        raise Misread(f"--{name} is given twice; once is enough.", begins)
    found.options[f"--{name}"] = [text]
    del found.words[at:]


def _begins(token: Token) -> bool:
    return not token.quoted and token.text.lower() in _READS
