"""A folder of texts for users: one file a language, as `de.txt`."""

from __future__ import annotations

from pathlib import Path

from bot.domain.languages import parse_language
from bot.domain.limits import MAX_TEMPLATE_CHARS
from bot.domain.user_text import parse_template
from bot.errors import InvalidInput
from bot.service.user_texts.built_in import SUFFIX

# A character has at most four bytes; of a longer file the beginning is read, which is too long as well.
_MAX_BYTES = 4 * (MAX_TEMPLATE_CHARS + 1)


def read_folder(folder: Path) -> dict[str, str]:
    """Return the checked texts by language; hidden files are left out.

    Raises InvalidInput, which names the file, and the line where there is one.
    """
    try:
        files = sorted(one for one in folder.iterdir() if not one.name.startswith("."))
        if not files:
            raise InvalidInput(
                f"There is no file in {folder}: put one for each language there, as de{SUFFIX}."
            )
        found = dict[str, str]()
        for file in files:
            language, text = _read(file)
            if language in found:
                raise InvalidInput(f"{file.name}: there is another file for {language}.")
            found[language] = text
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be read: {error.strerror}.") from None
    return found


def _read(file: Path) -> tuple[str, str]:
    if file.suffix.lower() != SUFFIX:
        raise InvalidInput(
            f"{file.name} is no text: the files are called as their language, de{SUFFIX}."
        )
    within = file.resolve().is_relative_to(file.parent.resolve())
    if not within or not (file.is_file() or file.is_dir()):
        raise InvalidInput(f"{file.name} is no file of this folder: no link to elsewhere is read.")
    try:
        language = parse_language(file.stem)
        with file.open("rb") as content:
            data = content.read(_MAX_BYTES)
        return language, parse_template(_decoded(data))
    except InvalidInput as error:
        raise InvalidInput(f"{file.name}: {error}") from None


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and len(data) == _MAX_BYTES:
            return data[: error.start].decode("utf-8-sig")
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"Line {line} is not UTF-8. Save the file as UTF-8.") from None
