"""The files of a message: what they are, what is in them, and how they are downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.rendering import FILES, Rendering


def message(file_id: str, name: str, mimetype: str, state: str = "complete") -> dict[str, Any]:
    size = len(FILES.get(file_id, b""))
    file = {"id": file_id, "name": name, "title": name, "size": size, "mimetype": mimetype}
    return {"text": "Here it is", "blocks": [], "files": [file | {"state": state}]}


async def test_a_csv_file_is_looked_at_as_a_table(rendering: Rendering) -> None:
    root = await rendering.draw(message("F1", "users.csv", "text/csv"))
    await expect(root.get_by_text("CSV · 546 bytes")).to_be_visible()
    look = root.get_by_role("button", name="Look at users.csv")
    await look.click()
    table = root.get_by_role("group", name="Rows of users.csv")
    await expect(table.get_by_role("columnheader")).to_have_text(["user", "note"])
    await expect(table.get_by_role("row")).to_have_count(21)
    await expect(table.get_by_role("cell").nth(1)).to_have_text('a, "b"')
    await expect(root.get_by_text("… and 11 more rows")).to_be_visible()
    await expect(look).to_have_attribute("aria-expanded", "true")
    await look.click()
    await expect(table).to_be_hidden()


async def test_a_file_that_cannot_be_read_says_so_and_is_read_again(
    rendering: Rendering,
    shared_rendering: tuple[Rendering, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = await rendering.draw(message("F8", "late.csv", "text/csv"))
    look = root.get_by_role("button", name="Look at late.csv")
    await look.click()
    await expect(root.get_by_role("alert")).to_have_text("The file cannot be read: 404.")
    [error] = shared_rendering[1]
    assert "404" in error
    shared_rendering[1].clear()
    await look.click()
    monkeypatch.setitem(FILES, "F8", b"user\n")
    await look.click()
    await expect(root.get_by_role("columnheader")).to_have_text("user")


async def test_a_wide_file_scrolls_within_its_message(rendering: Rendering) -> None:
    await rendering.page.set_viewport_size({"width": 390, "height": 800})
    root = await rendering.draw(message("F4", "wide.csv", "text/csv"))
    await root.get_by_role("button", name="Look at wide.csv").click()
    await expect(root.get_by_role("columnheader")).to_have_count(30)
    assert await rendering.page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_another_file_is_looked_at_as_text(rendering: Rendering) -> None:
    root = await rendering.draw(message("F2", "log.html", "text/html"))
    await root.get_by_role("button", name="Look at log.html").click()
    await expect(root.locator("pre")).to_have_text("<b>bold</b>\nplain\n")


async def test_an_image_is_looked_at_as_an_image(rendering: Rendering) -> None:
    root = await rendering.draw(message("F3", "dot.gif", "image/gif"))
    await root.get_by_role("button", name="Look at dot.gif").click()
    await expect(root.get_by_role("img", name="dot.gif")).to_have_js_property("naturalWidth", 1)


async def test_a_file_is_downloaded_with_its_name(rendering: Rendering, tmp_path: Path) -> None:
    root = await rendering.draw(message("F1", "users.csv", "text/csv"))
    async with rendering.page.expect_download() as started:
        await root.get_by_role("link", name="Download users.csv").click()
    download = await started.value
    assert download.suggested_filename == "users.csv"
    await download.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == FILES["F1"]


async def test_a_deleted_file_offers_nothing(rendering: Rendering) -> None:
    root = await rendering.draw(message("F9", "old.csv", "text/csv", "deleted"))
    await expect(root.get_by_text("old.csv: this file was deleted.")).to_be_visible()
    await expect(root.get_by_role("button")).to_have_count(0)


async def test_json_has_an_entry_in_each_line(rendering: Rendering) -> None:
    root = await rendering.draw(message("F5", "data.json", "application/json"))
    await root.get_by_role("button", name="Look at data.json").click()
    expected = '{\n  "change": {\n    "id": "C-7K3MX"\n  }\n}'
    await expect(root.locator("pre")).to_have_text(expected, use_inner_text=True)


async def test_a_pdf_is_opened_in_a_tab_of_its_own(rendering: Rendering) -> None:
    root = await rendering.draw(message("F6", "report.pdf", "application/pdf"))
    link = root.get_by_role("link", name="Open report.pdf in a new tab")
    await expect(link).to_have_attribute("href", "files/F6?show")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await expect(root.get_by_role("button")).to_have_count(0)
