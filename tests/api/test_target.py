"""What a prediction ran on, from a prediction, a model or words: one rule."""

from __future__ import annotations

import pytest

from tui.api.types import Model, Prediction, Target, Version

VERSION = "a" * 64


@pytest.mark.parametrize(
    ("prediction", "username", "target"),
    [
        (Prediction(model="acme/words", version=VERSION), "", Target("acme", "words", VERSION)),
        (Prediction(model="acme/words", version="hidden"), "", Target("acme", "words", official=True)),
        (Prediction(model="acme/words", version="d-1234"), "", Target("acme", "words", official=True)),
        (Prediction(model="acme/words", version="dp-12ef"), "", Target("acme", "words", official=True)),
        (Prediction(model="acme/words"), "", Target("acme", "words")),
        (
            Prediction(model="acme/words", version=VERSION, deployment="ada/fast"),
            "",
            Target("ada", "fast", deployment=True),
        ),
        (
            Prediction(model="acme/words", version="dp-1", deployment="fast"),
            "ada",
            Target("ada", "fast", deployment=True),
        ),
        # Whose deployment it is nobody can say: to call the model would be another bill.
        (Prediction(model="acme/words", version=VERSION, deployment="fast"), "", None),
        (Prediction(version=VERSION), "", Target("", "", VERSION)),
        (Prediction(version="hidden"), "", None),
        (Prediction(), "", None),
        (Prediction(model="nonsense", version=VERSION), "", Target("", "", VERSION)),
    ],
)
def test_a_prediction_tells_what_it_ran_on(prediction: Prediction, username: str, target: Target | None) -> None:
    assert Target.of_prediction(prediction, username) == target


@pytest.mark.parametrize(
    ("official", "latest", "version", "target"),
    [
        (True, VERSION, None, Target("a", "b", official=True)),
        (True, VERSION, "c" * 64, Target("a", "b", "c" * 64)),
        (False, VERSION, None, Target("a", "b", VERSION)),
        (False, None, None, Target("a", "b")),
        (None, "hidden", None, Target("a", "b")),
        (False, VERSION, "hidden", Target("a", "b", VERSION)),
    ],
)
def test_a_model_runs_itself_where_it_is_official_and_else_a_version(
    official: bool | None, latest: str | None, version: str | None, target: Target
) -> None:
    made = Version(id=latest) if latest else None
    assert (
        Target.of_model("a/b", Model(owner="a", name="b", is_official=official, latest_version=made), version) == target
    )


@pytest.mark.parametrize(
    ("target", "path", "version", "words"),
    [
        (Target("a", "b", VERSION), ("predictions",), VERSION, f"a/b:{VERSION}"),
        (Target("", "", VERSION), ("predictions",), VERSION, VERSION),
        (Target("a", "b"), ("models", "a", "b", "predictions"), None, "a/b"),
        (Target("a", "b", VERSION, official=True), ("models", "a", "b", "predictions"), None, "a/b"),
        (Target("a", "b", deployment=True), ("deployments", "a", "b", "predictions"), None, "a/b"),
    ],
)
def test_each_target_is_created_at_its_own_address(
    target: Target, path: tuple[str, ...], version: str | None, words: str
) -> None:
    assert (target.path, target.runs_version, str(target)) == (path, version, words)


def test_words_name_a_target() -> None:
    assert Target.parse("a/b") == Target("a", "b")
    assert Target.parse("https://replicate.com/a/b") == Target("a", "b")
    assert Target.parse("a/b", deployment=True) == Target("a", "b", deployment=True)
    assert Target.parse(VERSION, bare=True) == Target("", "", VERSION)
    with pytest.raises(ValueError, match="names no model"):
        Target.parse(VERSION)
    with pytest.raises(ValueError, match="names no model"):
        Target.parse("a" * 63, bare=True)
