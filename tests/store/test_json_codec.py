"""What is packed for the database is what is read again."""

from __future__ import annotations

from typing import Any

import pytest

from tui.store.json_codec import pack, pack_plain, unpack


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"prompt": "lake", "seed": 7, "guidance": 3.5, "tiled": True, "none": None},
        {"prompt": "ü 🌋 \u2028 \x00"},
        {"prompt": "half of a pair: \ud800"},
        {"seed": 10**30},
        {"long": "x" * 5000},
        {"tags": ["a", {"b": [1, None]}]},
    ],
)
def test_a_value_comes_back_as_it_was(value: dict[str, Any]) -> None:
    assert unpack(pack(value)) == value
    assert unpack(pack_plain(value)) == value
    assert len(pack_plain(value)) <= len(pack(value))
