"""Bard writes on, and a training gives weights that it loads."""

import base64
import json
import re
from pathlib import Path

import pytest

from tests.sandbox.models.served_model import MODELS, Served, content, data_uri, examples, serve

TEXT = MODELS / "bard" / "examples" / "nonsense.txt"


@pytest.fixture(scope="module")
def bard(served) -> Served:
    return served("bard")


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> dict:
    with serve("bard", tmp_path_factory.mktemp("train"), train=True) as trainer:
        refused = trainer.refusal({"order": 9}, "trainings")
        done = trainer.run({"train_data": data_uri(TEXT), "order": 3, "epochs": 2}, "trainings")
        long = trainer.run({"train_data": data_uri(MODELS / "bard" / "sonnets.txt"), "epochs": 6}, "trainings")
        short = trainer.post({"train_data": "data:text/plain;base64,SGVsbG8="}, "trainings").json()
        prose = base64.b64encode(" ".join(TEXT.read_text().split()).encode()).decode()
        one_line = trainer.run({"train_data": f"data:text/plain;base64,{prose}", "epochs": 2}, "trainings")
    return {"done": done, "long": long, "refused": refused, "short": short, "one_line": one_line}


def test_the_same_seed_writes_the_same_text_and_another_does_not(bard: Served) -> None:
    one, again, other = (
        "".join(bard.run({"prompt": "Shall I", "seed": seed, "delay": 0})["output"]) for seed in (1, 1, 2)
    )
    assert one == again != other
    assert len(one.split()) > 40


def test_every_example_writes_as_many_words_as_it_asks_for(bard: Served) -> None:
    for example in examples("bard"):
        done = bard.run({**example, "delay": 0})
        assert len(done["output"]) == example.get("max_tokens", 100) == done["metrics"]["output_token_count"]


def test_temperature_0_takes_the_likeliest_word_whatever_the_seed(bard: Served) -> None:
    texts = {"".join(bard.run({"temperature": 0, "seed": seed, "delay": 0})["output"]) for seed in range(3)}
    assert len(texts) == 1


@pytest.mark.parametrize("prompt", ["", "日本語 \x1b[31m [/]", "unheardof"])
def test_a_prompt_of_unknown_words_begins_a_line(bard: Served, prompt: str) -> None:
    output = bard.run({"prompt": prompt, "max_tokens": 8, "delay": 0, "seed": 3})["output"]
    assert output[0][:1].isupper() or output[0][:1] in "'\n"


def test_values_out_of_bounds_are_refused_by_name(bard: Served) -> None:
    assert bard.refusal({"temperature": 9, "max_tokens": 0, "top_k": "x"}).keys() == {
        "temperature",
        "max_tokens",
        "top_k",
    }


def test_a_training_lowers_the_perplexity_of_text_that_it_did_not_count(training: dict) -> None:
    steps = re.findall(r"step (\d)/6 \| loss ([\d.]+) .* held-out perplexity ([\d.]+)", training["long"]["logs"])
    assert [int(step) for step, _, _ in steps] == [1, 2, 3, 4, 5, 6]
    losses = [float(loss) for _, loss, _ in steps]
    assert losses == sorted(losses, reverse=True)
    assert float(steps[-1][2]) < float(steps[0][2])


def test_a_training_refuses_what_is_missing_out_of_bounds_or_too_short(training: dict) -> None:
    assert training["refused"].keys() >= {"train_data"}
    assert training["short"]["status"] == "failed"
    assert "at least 200" in training["short"]["error"]


def test_a_text_in_one_line_can_be_learned_from_too(training: dict) -> None:
    assert training["one_line"]["status"] == "succeeded", training["one_line"]["error"]
    assert "step 2/2" in training["one_line"]["logs"]


def test_the_weights_of_a_training_make_the_model_write_like_its_text(training: dict, tmp_path: Path) -> None:
    kind, data = content(training["done"]["output"]["weights"])
    assert kind == "application/json"
    assert json.loads(data)["order"] == 3
    weights = tmp_path / "weights.json"
    weights.write_bytes(data)
    with serve("bard", tmp_path, weights=weights) as trained:
        text = "".join(
            trained.run({"prompt": "I doubt it, said the", "temperature": 0, "max_tokens": 6, "delay": 0})["output"]
        )
    assert text.startswith(" Carpenter")
