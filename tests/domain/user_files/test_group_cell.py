"""Names of groups in one cell: what is joined is split into the same names again."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.user_files.group_cell import join_groups, split_groups

NAMES = st.text(st.sampled_from('a|"; \n\r\u2028'), max_size=5)


@given(st.lists(NAMES, min_size=1, max_size=3))
@example(['"', "\n"])
def test_whatever_the_names_hold_they_come_back(names: list[str]) -> None:
    assert list(split_groups(join_groups(names))) == names


def test_a_cell_that_is_not_well_made_is_one_name() -> None:
    assert split_groups('"a"b|c') == ('"a"b|c',)
    assert split_groups('"a"\nb') == ('"a"\nb',)
