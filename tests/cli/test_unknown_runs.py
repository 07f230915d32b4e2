"""What the command line says of runs whose answer was lost, until a person has decided about them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.inside import Inside
from tests.support.sandbox import RunningSandbox
from tui.connection import connect
from tui.services.services import Services
from tui.settings import load
from tui.store.records import RunIntent, RunState

PREDICTIONS = "replicate-tui predictions opens the console, where x decides about "
TRAININGS = "replicate-tui trainings opens the console, where x decides about "


@pytest.fixture
def inside(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Inside:
    return Inside(sandbox.base_url, sandbox.token, tmp_path, monkeypatch, capsys)


def leave(*runs: tuple[str, RunState, str]) -> None:
    """Runs of a console that has ended: prompt, state, and the destination of a training or ""."""

    async def work() -> None:
        settings = load()
        services = await Services.connected(settings, connect(settings))
        try:
            await services.identify()
            for prompt, state, destination in runs:
                options = {"destination": destination} if destination else {}
                intent = RunIntent(
                    prompt, "acme/words", {"prompt": prompt}, services.now(), state, options=options, owner="1-gone"
                )
                await services.store.begin_run(services.account, intent)
        finally:
            await services.aclose()

    asyncio.run(work())


def test_each_list_names_its_own_lost_runs_beside_the_list(inside: Inside) -> None:
    leave(("a cat", "unknown", ""), ("weights", "unknown", "ada/mine"), ("done", "done", ""), ("typed", "draft", ""))
    predictions, trainings = inside("predictions"), inside("trainings")
    assert predictions.code == trainings.code == 0
    assert isinstance(predictions.json, list) and isinstance(trainings.json, list)
    said = predictions.err.splitlines()
    assert said[0] == f"1 run needs a decision: the answer was lost. {PREDICTIONS}it."
    assert said[1].startswith("  acme/words  ") and said[1].endswith('{"prompt": "a cat"}') and len(said) == 2
    said = trainings.err.splitlines()
    assert said[0] == f"1 run needs a decision: the answer was lost. {TRAININGS}it."
    assert said[1].endswith('{"prompt": "weights"}') and len(said) == 2


def test_a_run_whose_command_was_killed_before_its_answer_is_a_lost_one_too(inside: Inside) -> None:
    leave(("one", "unknown", ""), ("two", "creating", ""))
    said = inside("predictions").err.splitlines()
    assert said[0] == f"2 runs need a decision: the answer was lost. {PREDICTIONS}each."
    assert [line.rpartition("  ")[2] for line in said[1:]] == ['{"prompt": "one"}', '{"prompt": "two"}']


@pytest.mark.parametrize(
    ("destinations", "words", "advice"),
    [
        ([""], "1 run needs a decision: the answer was lost", f"{PREDICTIONS}it"),
        (["ada/mine"], "1 run needs a decision: the answer was lost", f"{TRAININGS}it"),
        (["ada/mine", ""], "2 runs need a decision: the answer was lost", f"{PREDICTIONS}each"),
    ],
)
def test_the_doctor_warns_of_them_and_where_they_are_decided(
    inside: Inside, destinations: list[str], words: str, advice: str
) -> None:
    leave(*((f"run {number}", "unknown", destination) for number, destination in enumerate(destinations)))
    result = inside("doctor", "--json")
    (check,) = [one for one in result.json["checks"] if one["name"] == "runs"]
    assert (check["state"], check["text"], check["advice"]) == ("warn", words, advice)
    assert result.code == 0


def test_without_a_lost_run_nothing_is_said_of_any(inside: Inside) -> None:
    leave(("done", "done", ""), ("failed", "failed", ""))
    for words in (["predictions"], ["trainings"]):
        assert inside(*words).err == ""
    assert "runs" not in [one["name"] for one in inside("doctor", "--json").json["checks"]]
