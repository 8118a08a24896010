"""`template`: what is taken from a folder, what is refused, and what counts then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.domain.limits import MAX_TEMPLATE_CHARS
from tests.terminal.conftest import Terminal

BUILT_IN = "built-in de, en, es, fr, it\n"


def folder(tmp_path: Path, **texts: str) -> str:
    made = tmp_path / "texts"
    made.mkdir(exist_ok=True)
    for language, text in texts.items():
        (made / f"{language}.txt").write_bytes(text.encode())
    return str(made)


def test_a_folder_is_taken_listed_shown_removed_and_verified(
    terminal: Terminal, tmp_path: Path
) -> None:
    assert terminal.ok("template", "list") == BUILT_IN
    texts = folder(tmp_path, de="\ufeffHier: {portal_url}\r\n", sv="Här: {portal_url}")
    (tmp_path / "texts" / ".DS_Store").write_bytes(b"\x00\xff")
    assert terminal.ok("template", "import", texts, "--customer", "44444") == (
        "44444: de, sv taken.\n"
    )
    terminal.ok("template", "import", texts)
    lines = terminal.ok("template", "list").splitlines()
    assert [line.split(";")[0] for line in lines[:-1]] == [
        "*        de, 19 characters",
        "*        sv, 18 characters",
        "44444    de, 19 characters",
        "44444    sv, 18 characters",
    ]
    shown = terminal("template", "show", "de", "--customer", "44444")
    assert (shown.stdout, shown.stderr) == ("Hier: {portal_url}\n", "44444 de\n")
    other = terminal("template", "show", "en", "--customer", "44444")
    assert other.stderr == "built-in en\n"
    assert terminal.ok("template", "remove", "de", "--customer", "44444") == "44444 de: removed.\n"
    assert terminal("template", "show", "de", "--customer", "44444").stderr == "* de\n"
    assert "There is no template 44444 de" in terminal.refused(
        "template", "remove", "de", "--customer", "44444"
    )
    assert terminal.trail()[-1]["detail"] == {"kind": "template", "name": "44444 de"}
    terminal.ok("audit", "verify")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("en.txt", b"Hello\n{name}", "en.txt: Line 2 has the placeholder {name}"),
        ("en.txt", b"{portal_url", "en.txt: Line 1 has a single {"),
        ("en.txt", b"a\nb\n\xe4", "en.txt: Line 3 is not UTF-8"),
        ("en.txt", "Grüße".encode("utf-16"), "en.txt: Line 1 is not UTF-8"),
        ("en.txt", b"x" * (MAX_TEMPLATE_CHARS + 1), "at most 3,000"),
        ("en.txt", "\N{EURO SIGN}".encode() * 100_000, "at most 3,000"),
        ("en.txt", b"", "en.txt: The text is empty"),
        ("xx.txt", b"Hello", "xx.txt: “xx” is no language"),
        ("deutsch.txt", b"Hallo", "Did you mean de?"),
        ("DE.txt", b"Hallo", "de.txt: there is another file for de."),
        ("notes.md", b"Hello", "notes.md is no text"),
    ],
)
def test_one_wrong_file_changes_nothing(
    terminal: Terminal, tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    texts = folder(tmp_path, de="Hier: {portal_url}")
    (tmp_path / "texts" / name).write_bytes(content)
    assert why in terminal.refused("template", "import", texts)
    assert terminal.ok("template", "list") == BUILT_IN


def test_what_is_no_file_of_the_folder_is_not_read(terminal: Terminal, tmp_path: Path) -> None:
    """A link would take any file of the machine over into the database; a pipe has no end."""
    (tmp_path / "secrets").write_text("PASSWORD=canary")
    texts = Path(folder(tmp_path, de="Hier: {portal_url}"))
    (texts / "en.txt").symlink_to(tmp_path / "secrets")
    assert "en.txt is no file of this folder" in terminal.refused("template", "import", str(texts))
    (texts / "en.txt").unlink()
    os.mkfifo(texts / "en.txt")
    assert "en.txt is no file of this folder" in terminal.refused("template", "import", str(texts))
    (texts / "en.txt").unlink()
    # As Kubernetes mounts a ConfigMap.
    (texts / "..data").mkdir()
    (texts / "..data" / "en.txt").write_text("Here: {portal_url}")
    (texts / "en.txt").symlink_to(Path("..data") / "en.txt")
    assert terminal.ok("template", "import", str(texts)) == "*: de, en taken.\n"


def test_a_folder_that_is_none_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    assert "cannot be read" in terminal.refused("template", "import", str(tmp_path / "none"))
    (tmp_path / "empty").mkdir()
    assert "There is no file" in terminal.refused("template", "import", str(tmp_path / "empty"))
    (tmp_path / "empty" / "de.txt").mkdir()
    assert "cannot be read" in terminal.refused("template", "import", str(tmp_path / "empty"))


def test_values_are_set_each_by_itself(terminal: Terminal) -> None:
    url = "https://webmail.example.com"
    terminal.ok("template", "values", "*", "--url", url, "--contact", "IT")
    said = terminal.ok("template", "values", "44444", "--contact", "Desk")
    assert said == "44444: webmail not set, contact Desk.\n"
    terminal.ok("template", "values", "*", "--contact", "")
    assert terminal.ok("template", "list").splitlines()[:2] == [
        f"*        webmail {url}, contact not set; set by {terminal.trail()[-1]['actor']}",
        f"44444    webmail not set, contact Desk; set by {terminal.trail()[-1]['actor']}",
    ]
    for words, why in (
        (("values", "44444"), "Give --url or --contact."),
        (("values", "44444", "--url", "http://a.example"), "is no address of a webmail"),
        (("values", "44444", "--contact", "x" * 201), "more than 200 characters"),
        (("values", "4444", "--contact", "x"), "4444"),
        (("show", "xx"), "is no language"),
        (("show", "sv"), "There is no text in sv."),
    ):
        assert why in terminal.refused("template", *words)
    terminal.ok("audit", "verify")
