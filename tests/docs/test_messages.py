"""`docs/messages.md` has what the catalogue of its pictures names."""

from __future__ import annotations

from pathlib import Path

from tests.browser.messages.catalogue import CATALOGUE, markdown

DOCS = Path(__file__).parents[2] / "docs"


def test_the_document_is_that_of_the_catalogue_and_each_picture_is_there() -> None:
    assert (DOCS / "messages.md").read_text() == markdown()
    names = [one.name for entries in CATALOGUE.values() for one in entries]
    assert len(names) == len({*names})
    wanted = {f"{name}-{width}.png" for name in names for width in ("desktop", "phone")}
    assert {file.name for file in (DOCS / "pictures" / "messages").iterdir()} == wanted
