"""A training is started with the care of a run: written down, sent once, followed over restarts."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.services.conftest import Seen, opened
from tests.services.runs.test_runs import states
from tests.support.fake_api import Api, Request
from tests.support.sandbox import RunningSandbox, run_sandbox
from tui.api.errors import InvalidInput
from tui.api.types import Target, Training
from tui.forms import Form
from tui.services.bus import RunChanged
from tui.services.runs.run import draft_key
from tui.services.runs.trainings import name_problem

ME = "ada@here"
WORDS = "the cat sat on the mat and the dog sat on the log , so they sang of it all day long .\n"
SCHEMA = {
    "components": {
        "schemas": {
            "Input": {"type": "object", "properties": {"prompt": {"type": "string"}}},
            "TrainingInput": {
                "type": "object",
                "required": ["data"],
                "properties": {"data": {"type": "string"}, "steps": {"type": "integer", "minimum": 1}},
            },
        }
    }
}
TRAINER = {
    "owner": "acme",
    "name": "words",
    "run_count": 5,
    "latest_version": {"id": "v" * 64, "openapi_schema": SCHEMA},
}
PLAIN = {
    "owner": "acme",
    "name": "plain",
    "latest_version": {"id": "p" * 64, "openapi_schema": {"components": {"schemas": {"Input": {}}}}},
}
CREATE = ("POST", f"/v1/models/acme/words/versions/{'v' * 64}/trainings")


def kept_by(api: Api) -> None:
    api.models.update({"acme/words": TRAINER, "acme/plain": PLAIN})
    api.models["ada/mine"] = {"owner": "ada", "name": "mine", "visibility": "private", "latest_version": None}


async def test_a_training_uploads_its_data_ends_and_gives_a_version_that_runs(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    text = tmp_path / "text.txt"
    text.write_text(WORDS * 4000)
    uploads = sandbox.count("files.create")
    async with opened(sandbox.base_url, tmp_path, token=sandbox.token, account="sandbox") as seen:
        await seen.services.identify()
        trainings = seen.services.trainings
        trainer = await trainings.trainer("sandbox/bard")
        checked = trainer.form.from_text({"train_data": str(text), "epochs": "2", "order": "2"})
        assert checked.ok, checked
        assert (await trainings.destination("sandbox/service-bard")).model is None
        await trainings.make_destination("sandbox/service-bard", hardware="cpu", visibility="private")
        assert (await trainings.destination("sandbox/service-bard")).model is not None
        run = await trainings.start(trainer, checked.input, "sandbox/service-bard")
        assert (run.kind, run.destination) == ("training", "sandbox/service-bard")
        end = await seen.ended(run)
        assert end.state == "done", end.error
        assert states(seen) == ["draft", "uploading", "creating", "following", "done"]
        assert any("uploading text.txt" in (e.run.message or "") for e in seen.of(RunChanged))
        assert sandbox.count("files.create") == uploads + 1
        assert end.record is not None and end.record.kind == "training"
        training = end.record.prediction
        assert isinstance(training, Training)
        assert training.trained_version is not None and training.weights is not None
        target = Target.parse(training.trained_version)
        version = await seen.services.catalogue.version(target.ref, target.version or "")
        form = Form.parse(version.openapi_schema)
        spoken = await seen.services.runs.start(target, form, {"prompt": "the", "max_tokens": 5, "delay": 0})
        said = await seen.ended(spoken)
        assert said.state == "done", said.error
        assert said.text.strip()
        assert [model.ref for model in await trainings.mine()] == ["sandbox/bard", "sandbox/service-bard"]


async def test_the_trainers_are_the_known_models_with_a_form_for_it(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with opened(sandbox.base_url, tmp_path, token=sandbox.token, account="sandbox") as seen:
        trainings = seen.services.trainings
        assert await trainings.trainers() == []
        await seen.services.catalogue.more()
        assert [model.ref for model in await trainings.trainers()] == ["sandbox/bard"]
        assert await trainings.trainers("nothing of that kind") == []
        known, with_schema = await trainings.known()
        assert known == with_schema >= 10


async def test_a_model_that_cannot_be_trained_says_why(api: Api, seen: Seen) -> None:
    kept_by(api)
    api.models["acme/empty"] = {"owner": "acme", "name": "empty", "latest_version": None}
    api.models["acme/dark"] = {"owner": "acme", "name": "dark", "latest_version": {"id": "d" * 64}}
    for ref, why in (("plain", "TrainingInput"), ("empty", "no version yet"), ("dark", "no schema")):
        with pytest.raises(InvalidInput, match=why):
            await seen.services.trainings.trainer(f"acme/{ref}")


async def test_a_trainer_that_loses_its_form_is_no_trainer_any_more(api: Api, seen: Seen) -> None:
    kept_by(api)
    await seen.services.catalogue.model("acme/words")
    assert len(await seen.services.trainings.trainers()) == 1
    api.models["acme/words"] = {**PLAIN, "name": "words"}
    await seen.services.catalogue.model("acme/words", fresh=True)
    assert await seen.services.trainings.trainers() == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "OWNER/NAME"),
        ("mine", "OWNER/NAME"),
        ("ada/", "OWNER/NAME"),
        ("ada/my model", "odd name"),
        ("ada/" + "x" * 300, "too long"),
        ("ada/../x", "odd name"),
        ("bob/mine", "must be a model of yours: ada/mine"),
        ("ada/New", "lower-case"),
    ],
)
async def test_a_destination_that_cannot_be_is_refused_with_its_reason(
    api: Api, tmp_path: Path, text: str, why: str
) -> None:
    async with opened(api.base_url, tmp_path, account=None) as seen:
        await seen.services.identify()
        found = await seen.services.trainings.destination(text)
        assert why in found.problem


async def test_a_destination_that_is_there_is_told_from_one_that_is_to_be_made(api: Api, tmp_path: Path) -> None:
    kept_by(api)
    async with opened(api.base_url, tmp_path, account=None) as seen:
        await seen.services.identify()
        there = await seen.services.trainings.destination(" ada/mine ")
        assert there.model is not None and not there.problem and "private" in there.note
        absent = await seen.services.trainings.destination("ada/new")
        assert absent.model is None and not absent.problem and "made first" in absent.note
        assert seen.services.trainings.suggestion(await seen.services.trainings.trainer("acme/words")) == "ada/my-words"


def test_names_are_judged_by_the_rule_of_the_api() -> None:
    assert name_problem("ada/my-model_2.5") == ""
    assert name_problem("ada/-x")


async def test_a_model_whose_creation_was_answered_late_or_done_before_is_taken(api: Api, seen: Seen) -> None:
    kept_by(api)

    async def taken(request: Request) -> None:
        request.answer({"title": "Conflict", "detail": "exists already", "status": 409}, 409)

    async def lost(request: Request) -> None:
        request.drop()

    for answer in (taken, lost):
        api.on["POST", "/v1/models"] = answer
        made = await seen.services.trainings.make_destination("ada/mine", hardware="cpu", visibility="private")
        assert made.ref == "ada/mine"
    assert api.count("POST", "/models") == 2


def creation(api: Api, *, answered: bool, listed: bool = True) -> list[dict[str, object]]:
    """Has the API make trainings, with or without an answer; gives what it was sent."""
    sent: list[dict[str, object]] = []

    async def create(request: Request) -> None:
        body = request.json()
        sent.append(body)
        made = {"input": body["input"], "created_at": datetime.now(UTC).isoformat()}
        if listed:
            api.put(f"train{len(sent)}", kind="trainings", **made)
        if answered:
            request.answer(api.trainings[f"train{len(sent)}"], 201)
        else:
            request.drop()

    api.on[CREATE] = create
    return sent


async def test_a_lost_answer_is_looked_for_and_the_training_is_adopted(api: Api, seen: Seen) -> None:
    kept_by(api)
    sent = creation(api, answered=False)
    trainer = await seen.services.trainings.trainer("acme/words")
    run = await seen.services.trainings.start(trainer, {"data": "x"}, "ada/mine")
    await seen.until(lambda: seen.services.runs.active[run.id].state == "following")
    assert len(sent) == 1
    assert sent[0]["destination"] == "ada/mine"
    record = seen.services.runs.active[run.id].record
    assert record is not None and (record.id, record.kind) == ("train1", "training")
    api.trainings["train1"].update(
        status="succeeded", output={"version": "ada/mine:1"}, completed_at=datetime.now(UTC).isoformat()
    )
    end = await seen.ended(run)
    assert end.state == "done"
    assert api.count("GET", "/predictions/train1") == 0


async def test_a_training_that_is_not_found_is_asked_about_and_never_sent_again_by_itself(api: Api, seen: Seen) -> None:
    kept_by(api)
    sent = creation(api, answered=False, listed=False)
    trainer = await seen.services.trainings.trainer("acme/words")
    run = await seen.services.trainings.start(trainer, {"data": "x"}, "ada/mine")
    end = await seen.ended(run)
    assert end.state == "unknown"
    assert "training" in (end.error or "")
    assert len(sent) == 1
    api.put("late", kind="trainings", input={"data": "x"}, created_at=datetime.now(UTC).isoformat())
    found = await seen.services.runs.resolve(run.id, "look")
    assert found.record is not None and found.record.id == "late"
    assert len(sent) == 1


async def test_a_restart_goes_on_following_the_training(api: Api, tmp_path: Path) -> None:
    kept_by(api)
    sent = creation(api, answered=True)
    async with opened(api.base_url, tmp_path) as seen:
        trainer = await seen.services.trainings.trainer("acme/words")
        run = await seen.services.trainings.start(trainer, {"data": "x"}, "ada/mine")
        await seen.until(lambda: seen.services.runs.active[run.id].state == "following")
    api.trainings["train1"].update(logs="step 1 loss=3\n", status="processing")
    async with opened(api.base_url, tmp_path) as seen:
        await seen.services.runs.resume()
        again = seen.services.runs.active[run.id]
        assert (again.kind, again.destination) == ("training", "ada/mine")
        await seen.until(lambda: (r := seen.services.runs.active[run.id].record) and r.prediction.logs)
        api.trainings["train1"].update(status="failed", error="no", completed_at=datetime.now(UTC).isoformat())
        end = await seen.ended(again)
        assert (end.state, end.error) == ("failed", "no")
    assert len(sent) == 1


async def test_a_console_that_ended_while_it_sent_looks_for_the_training_at_the_next_start(
    api: Api, tmp_path: Path
) -> None:
    kept_by(api)
    arrived = asyncio.Event()

    async def hang(request: Request) -> None:
        body = request.json()
        api.put("train1", kind="trainings", input=body["input"], created_at=datetime.now(UTC).isoformat())
        arrived.set()
        await asyncio.sleep(60)

    api.on[CREATE] = hang
    async with opened(api.base_url, tmp_path) as seen:
        trainer = await seen.services.trainings.trainer("acme/words")
        run = await seen.services.trainings.start(trainer, {"data": "x"}, "ada/mine")
        async with asyncio.timeout(20):
            await arrived.wait()
    async with opened(api.base_url, tmp_path) as seen:
        await seen.services.runs.resume()
        await seen.until(lambda: seen.services.runs.active[run.id].state == "following")
        record = seen.services.runs.active[run.id].record
        assert record is not None and record.id == "train1"
    assert api.seen.count(CREATE) == 1


async def test_a_refused_destination_and_a_missing_file_create_nothing(api: Api, seen: Seen, tmp_path: Path) -> None:
    kept_by(api)
    schema = {
        "components": {"schemas": {"TrainingInput": {"properties": {"data": {"type": "string", "format": "uri"}}}}}
    }
    api.models["acme/words"] = {**TRAINER, "latest_version": {"id": "v" * 64, "openapi_schema": schema}}
    trainer = await seen.services.trainings.trainer("acme/words")
    checked = trainer.form.check({"data": str(tmp_path / "none.zip")})
    end = await seen.ended(await seen.services.trainings.start(trainer, checked.input, "ada/mine"))
    assert end.state == "failed" and "none.zip" in end.fields["data"]
    assert CREATE not in api.seen

    async def refuse(request: Request) -> None:
        request.answer({"detail": "The specified training destination does not exist", "status": 404}, 404)

    api.on[CREATE] = refuse
    end = await seen.ended(await seen.services.trainings.start(trainer, {"data": "https://x/y"}, "ada/none"))
    assert end.state == "failed" and "destination does not exist" in (end.error or "")


async def test_a_training_that_was_never_sent_leaves_its_draft(api: Api, tmp_path: Path) -> None:
    kept_by(api)
    async with opened(api.base_url, tmp_path) as seen:
        trainer = await seen.services.trainings.trainer("acme/words")
        store = seen.services.store

        async def full(*_: object, **__: object) -> None:
            raise asyncio.CancelledError

        store.begin_creation, real = full, store.begin_creation  # type: ignore[method-assign]
        run = await seen.services.trainings.start(trainer, {"data": "typed", "steps": 3}, "ada/mine")
        await asyncio.gather(*list(seen.services.runs._steps.values()), return_exceptions=True)
        store.begin_creation = real  # type: ignore[method-assign]
    async with opened(api.base_url, tmp_path) as seen:
        await seen.services.runs.resume()
        draft = await seen.services.store.draft(ME, draft_key("acme/words", kind="training"))
        assert draft is not None and draft.values["data"] == "typed"
        kept = await seen.services.store.run(ME, run.id)
        assert kept is not None and kept.state == "failed"
    assert CREATE not in api.seen


async def test_a_training_that_lost_its_answer_in_the_sandbox_is_created_once(tmp_path: Path) -> None:
    with run_sandbox(chaos="trainings.create:lost=1x1") as sandbox:
        async with opened(sandbox.base_url, tmp_path, token=sandbox.token, account="sandbox") as seen:
            trainer = await seen.services.trainings.trainer("sandbox/bard")
            await seen.services.trainings.make_destination("sandbox/twice", hardware="cpu", visibility="public")
            text = tmp_path / "text.txt"
            text.write_text(WORDS * 40)
            checked = trainer.form.from_text({"train_data": str(text), "epochs": "1"})
            end = await seen.ended(await seen.services.trainings.start(trainer, checked.input, "sandbox/twice"))
            assert end.state == "done", end.error
            assert sandbox.count("trainings.create") == 1
            assert len(sandbox.get("/v1/trainings")["results"]) == 1
