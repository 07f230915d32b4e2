"""`prices`: the book, with the config file's own entries first; no token is needed."""

from __future__ import annotations

from tests.support.command import Command


def test_the_book_is_printed_with_sources_and_dates_and_the_users_own_entries_first(command: Command) -> None:
    config = command.home / "config"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(
        '[prices]\ndate = "2024-01-02"\n[prices.models."google/nano-banana"]\nper_image = 0.5\n'
    )
    result = command("prices", "--json")
    assert result.code == 0
    found = {one["name"]: one for one in result.json}
    assert found["google/nano-banana"] == {
        "name": "google/nano-banana",
        "per_image": 0.5,
        "words": "$0.5 per image",
        "date": "2024-01-02",
        "old": True,
        "source": "your config file",
    }
    assert (found["gpu-t4"]["per_second"], found["gpu-t4"]["source"]) == (0.000225, "https://replicate.com/pricing")
    assert found["google/nano-banana-2"]["tiers"][0] == {"when": {"resolution": "1k"}, "per_image": 0.067}
    assert [one["name"] for one in result.json].count("google/nano-banana") == 1
