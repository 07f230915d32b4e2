"""`usage` and `usage sync`: what was used, for scripts and for people; what has no price is said to have none."""

from __future__ import annotations

from tests.support.command import Command

QUICK = ("-i", "prompt=a lake", "-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0")


def priced(command: Command, dollars: float) -> None:
    """A price of the sandbox's model in the config file."""
    config = command.home / "config"
    config.mkdir(parents=True, exist_ok=True)
    (config / "config.toml").write_text(
        f'[prices]\ndate = "2026-11-01"\n[prices.models."sandbox/fractal"]\nper_run = {dollars}\n'
    )


def test_what_was_run_is_found_with_its_price_and_without_one(replicate: Command) -> None:
    for _ in range(2):
        assert replicate("run", "sandbox/fractal", *QUICK, "--json").code == 0
    (line,) = replicate("usage", "--by", "model").json
    assert (line["key"], line["count"], line["cost"], line["cost_unknown"]) == ("sandbox/fractal", 2, None, 2)
    assert line["predict_time"] > 0
    priced(replicate, 0.25)
    (line,) = replicate("usage", "--by", "model", "--json").json
    assert (line["count"], line["cost"], line["cost_unknown"], line["estimate"]) == (2, 0.5, 0, True)
    table = replicate("usage", "--by", "status", "--table")
    assert [line.split()[:2] for line in table.out.splitlines()] == [
        ["status", "runs"], ["succeeded", "2"], ["total", "2"],
    ]  # fmt: skip
    assert "≈ $0.50" in table.out and "estimates" in table.err
    rows = replicate("usage", "--by", "model", "--csv").out.splitlines()
    assert rows[0].startswith("key,count,predict_time,images,") and "estimated_cost_usd" in rows[0]
    assert rows[1].startswith("sandbox/fractal,2,") and rows[1].endswith(",0.5,0")
    assert replicate("usage", "--since", "2020-01-01", "--until", "2020-01-02").json == []
    assert replicate("usage", "--by", "colour").code == 2


def test_what_was_made_elsewhere_counts_after_a_sync(replicate: Command, command: Command) -> None:
    assert replicate("run", "sandbox/fractal", *QUICK, "--json").code == 0
    other = Command(command.home.parent / "other", command.folder, **replicate.environment)
    assert other("usage").json == []
    said = other("usage", "sync").json
    assert said["listed"] >= 1 and said["new"] == said["listed"]
    assert other("usage", "sync").json == {"listed": said["listed"], "new": 0}
    assert sum(line["count"] for line in other("usage", "--by", "model").json) == said["listed"]


def test_a_run_says_what_it_may_cost_and_asks_before_it_passes_the_budget(replicate: Command) -> None:
    priced(replicate, 0.25)
    told = replicate("run", "sandbox/fractal", *QUICK, "--dry-run")
    assert told.code == 0 and told.json["estimated_cost"] == {"usd": 0.25}
    assert told.json["input"]["prompt"] == "a lake" and "≈ $0.25 a run" in told.err
    first = replicate("run", "sandbox/fractal", *QUICK, "--json")
    assert first.json["estimated_cost"] == {
        "usd": 0.25, "basis": "$0.25 per run", "prices_of": "2026-11-01", "old": False,
    }  # fmt: skip
    assert replicate("predictions", first.json["id"], "--json").json["estimated_cost"]["usd"] == 0.25
    listed = {one["id"]: one for one in replicate("predictions", "--json").json}
    assert listed[first.json["id"]]["estimated_cost"]["usd"] == 0.25
    config = replicate.home / "config" / "config.toml"
    config.write_text(config.read_text() + "[budget]\nday = 0.01\n")
    refused = replicate("run", "sandbox/fractal", *QUICK, "--json")
    assert (refused.code, refused.out) == (2, "")
    assert "Today ≈ $0.25 of the budget of $0.01 is spent" in refused.err and "--yes" in refused.err
    assert [line["count"] for line in replicate("usage", "--by", "model").json] == [1]
    assert replicate("run", "sandbox/fractal", *QUICK, "--json", "--yes").code == 0
    assert [line["count"] for line in replicate("usage", "--by", "model").json] == [2]


def test_a_model_without_a_price_shows_no_money(replicate: Command) -> None:
    told = replicate("run", "sandbox/fractal", *QUICK, "--dry-run")
    assert told.json["estimated_cost"] is None and "$" not in told.err
    assert "estimated_cost" not in replicate("run", "sandbox/fractal", *QUICK, "--json").json
    assert all("estimated_cost" not in one for one in replicate("predictions", "--json").json)
