"""Text that was damaged before: certain only where it can be nothing else."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.user_files.encoding_damage import may_be_damaged, refuse_damaged_text, repaired
from bot.errors import InvalidInput

NAMES = [
    *("Jo", "Jürg Müller", "MATÚŠ", "TOMÁŠ", "GUIMARÃES", "IRMÃ", "JOÃO", "JOSÉ™", "ÇŠ", "Åsa", "ÅSA"),
    *("Ängström", "O’Brien", "ÄÖ", "Zoë Öz", "naïve…", "Ð", "Þór", "Иван", "Ελλάς", "漢字", "😀", "“Ä”"),
    *("Ä…", "É»", "50 µm", "«Été»", "√", "├"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("MÃ¼ller", "Müller"),
        ("Ã¤", "ä"),
        ("MÃœLLER", "MÜLLER"),
        ("StraÃŸe", "Straße"),
        ("StraÃ\x9fe", "Straße"),
        ("JosÃ©", "José"),
        ("10Â°", "10°"),
        ("PaweÅ‚", "Paweł"),
        ("ÅŸahin", "şahin"),
        ("O’Brien".encode().decode("cp1252"), "O’Brien"),
        ("Иван".encode().decode("cp1252"), "Иван"),
        ("😀".encode().decode("cp1252"), "😀"),
        ("Müller".encode().decode("mac_roman"), "Müller"),
        ("Müller".encode().decode("cp850"), "Müller"),
        ("Müller".encode().decode("cp437"), "Müller"),
    ],
)
def test_utf_8_that_was_read_as_another_encoding_is_refused_with_what_was_meant(
    text: str, meant: str
) -> None:
    assert repaired(text) == meant
    with pytest.raises(InvalidInput) as refusal:
        refuse_damaged_text(text, "The surname")
    assert "UTF-8 was read as another encoding" in str(refusal.value)
    assert f"It probably was “{meant}”." in str(refusal.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_real_name_is_never_taken_for_damaged(name: str) -> None:
    assert repaired(name) == ""
    refuse_damaged_text(name, "The surname")


@given(st.text(st.characters(min_codepoint=0xC0, max_codepoint=0x17F), max_size=12))
@example("ÆŒÆŽ")  # two letters of UTF-8, by chance
def test_letters_of_the_languages_of_europe_are_never_taken_for_damaged(name: str) -> None:
    letters = "".join(char for char in name if char.isalpha() and char not in "ÃÂÄÅ")
    assert repaired(letters) == ""


def test_where_a_letter_is_gone_for_good_nothing_can_be_guessed() -> None:
    with pytest.raises(InvalidInput, match=r"U\+FFFD REPLACEMENT CHARACTER"):
        refuse_damaged_text("J\ufffdrg", "The display name")


@pytest.mark.parametrize("name", ["J?rg", "?zge", "Andr?", "M÷ller", "M³ller", "MÄ…ka"])
def test_a_sign_beside_a_letter_may_be_one_that_was_lost(name: str) -> None:
    assert may_be_damaged(name)
    refuse_damaged_text(name, "The display name")


@pytest.mark.parametrize("name", ["Jürg", "? ?", "Room 5 ?", "Ä…", "A – B"])
def test_other_signs_are_no_sign_of_that(name: str) -> None:
    assert not may_be_damaged(name)
