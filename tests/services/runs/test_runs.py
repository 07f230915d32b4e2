"""A run is written down, sent once, followed, finished; a refusal, a lost answer and a wait are told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.services.conftest import FILES, TEXT, WORDS, Seen, opened
from tests.support.fake_api import Api, Request
from tests.support.sandbox import RunningSandbox, run_sandbox
from tui.api.client import Target
from tui.api.errors import ApiError, InvalidInput, NotFound, Unauthorized
from tui.forms import Form
from tui.services.bus import OutputSaved, RunChanged
from tui.services.runs.run import Run
from tui.store.database import StoreError

ME = "ada@here"


def states(seen: Seen) -> list[str]:
    """The states in their order, each once."""
    found: list[str] = []
    for event in seen.of(RunChanged):
        if not found or found[-1] != event.run.state:
            found.append(event.run.state)
    return found


async def sandbox_form(seen: Seen, name: str) -> tuple[Target, Form]:
    model = await seen.services.catalogue.model(f"sandbox/{name}")
    assert model.latest_version is not None
    return Target("sandbox", name, model.latest_version.id), Form.parse(model.latest_version.openapi_schema)


async def test_a_run_goes_from_its_draft_to_its_end(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with opened(sandbox.base_url, tmp_path, token=sandbox.token) as seen:
        target, form = await sandbox_form(seen, "everything")
        checked = form.check({"name": "x", "count": 3})
        run = await seen.services.runs.start(target, form, checked.input)
        assert run.state == "draft" and seen.services.runs.active[run.id].state == "draft"
        kept = await seen.services.store.run(ME, run.id)
        assert kept is not None and kept.input == {"name": "x", "count": 3}
        end = await seen.ended(run)
        assert end.state == "done", end.error
        assert states(seen) == ["draft", "creating", "following", "done"]
        assert end.record is not None and end.record.run_id == run.id
        assert run.id not in seen.services.runs.active
        kept = await seen.services.store.run(ME, run.id)
        assert kept is not None and (kept.state, kept.prediction_id) == ("done", end.record.id)


async def test_local_files_are_sent_small_ones_inside_and_large_ones_uploaded(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    small, large = tmp_path / "small.txt", tmp_path / "large [b] é.bin"
    small.write_bytes(b"s" * 1000)
    large.write_bytes(b"l" * 700_000)
    uploads = sandbox.count("files.create")
    async with opened(sandbox.base_url, tmp_path, token=sandbox.token) as seen:
        target, form = await sandbox_form(seen, "everything")
        values = {"name": "x", "count": 1, "document": str(small), "documents": [str(large), str(large)]}
        checked = form.check(values)
        assert checked.ok, checked
        end = await seen.ended(await seen.services.runs.start(target, form, checked.input))
        assert end.state == "done", end.error
        assert end.record is not None
        output = end.record.prediction.output
        assert isinstance(output, dict)
        assert output["document"]["size"] == 1000
        assert [one["size"] for one in output["documents"]] == [700_000, 700_000]
        assert sandbox.count("files.create") == uploads + 1
        assert states(seen) == ["draft", "uploading", "creating", "following", "done"]
        assert any("uploading large" in (e.run.message or "") for e in seen.of(RunChanged))


async def test_a_file_that_is_not_there_is_named_and_nothing_is_sent(api: Api, seen: Seen, tmp_path: Path) -> None:
    checked = TEXT.check({"prompt": "x", "image": str(tmp_path / "none.png")})
    end = await seen.ended(await seen.services.runs.start(WORDS, TEXT, checked.input))
    assert end.state == "failed"
    assert "none.png" in end.fields["image"]
    assert api.seen == []


async def test_a_secret_is_kept_nowhere(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path) as seen:
        run = await seen.services.runs.start(
            WORDS, TEXT, {"prompt": "p", "api_key": "hunter2-planted", "shibboleth": "hunter2-too"}
        )
        await seen.until(lambda: seen.services.runs.active[run.id].state == "following")
        assert api.predictions["made0"]["input"]["api_key"] == "hunter2-planted"
        # The list, and other consoles that know the model by the store alone, tell it again.
        await seen.services.watcher.refresh()
        await seen.services.watcher.ask("made0")
        assert "hunter2" not in repr(seen.services.runs.active[run.id])
        assert all("hunter2" not in repr(event) for event in seen.events)
        record = await seen.services.store.get(ME, "made0")
        assert record is not None and record.prediction.input["prompt"] == "p"
        assert "hunter2" not in str(record.prediction.raw)
    async with opened(api.base_url, tmp_path) as seen:
        await seen.services.watcher.ask("made0")
        api.put("theirs", input={"api_key": "hunter2-planted", "shibboleth": "hunter2-too"})
        await seen.services.watcher.refresh()
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert b"hunter2" not in file.read_bytes(), file


async def test_the_token_is_written_nowhere(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path, token="r8_planted_token", account=None) as seen:
        await seen.services.identify()
        await seen.services.runs.start(WORDS, TEXT, {"prompt": "p"})
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert b"r8_planted_token" not in file.read_bytes(), file


async def test_a_refused_input_is_told_by_its_fields(api: Api, seen: Seen) -> None:
    async def refuse(request: Request) -> None:
        body = {
            "title": "Input validation failed",
            "detail": "- prompt: too long\n",
            "status": 422,
            "invalid_fields": [{"type": "x", "field": "prompt", "description": "too long"}],
        }
        request.answer(body, 422)

    api.on["POST", "/v1/models/acme/words/predictions"] = refuse
    end = await seen.ended(await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"}))
    assert end.state == "failed" and end.fields["prompt"] == "too long" and end.error
    assert await seen.services.store.unfinished_runs(ME) == []


async def test_a_rate_limit_is_waited_for_and_said(api: Api, tmp_path: Path) -> None:
    tries = 0

    async def limited(request: Request) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            request.answer({"detail": "throttled", "retry_after": 3}, 429)
        else:
            request.answer(api.create(request), 201)

    api.on["POST", "/v1/models/acme/words/predictions"] = limited
    async with opened(api.base_url, tmp_path, sleep=lambda s: asyncio.sleep(min(s, 0.01))) as seen:
        run = await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"})
        await seen.until(lambda: api.predictions)
        api.predictions["made0"].update(status="succeeded", output=["x"])
        assert (await seen.ended(run)).state == "done"
        waiting = next(e.run for e in seen.of(RunChanged) if e.run.state == "waiting")
        assert waiting.message is not None and "rate limit" in waiting.message
        assert tries == 2


async def test_a_lost_answer_is_found_again_and_never_sent_twice(tmp_path: Path) -> None:
    with run_sandbox(chaos="predictions.create:lost=1x1") as sandbox:
        async with opened(sandbox.base_url, tmp_path, token=sandbox.token) as seen:
            target, form = await sandbox_form(seen, "everything")
            checked = form.check({"name": "x", "count": 3})
            end = await seen.ended(await seen.services.runs.start(target, form, checked.input))
            assert end.state == "done", end.error
            assert sandbox.count("predictions.create") == 1
            assert len(sandbox.get("/v1/predictions")["results"]) == 1


class Lost:
    """A creation that arrives, or does not, and of which the answer is lost; the list is late."""

    def __init__(self, api: Api, *, arrives: bool) -> None:
        self.api, self.arrives, self.listed, self.sent = api, arrives, False, 0
        api.on["POST", "/v1/models/acme/words/predictions"] = self.create
        api.on["GET", "/v1/predictions"] = self.list

    async def create(self, request: Request) -> None:
        self.sent += 1
        if self.arrives or self.sent > 1:
            made = self.api.create(request)
            if self.sent > 1:
                request.answer(made, 201)
                return
        request.drop()

    async def list(self, request: Request) -> None:
        if self.listed:
            await self.api._answer(request)
        else:
            request.answer({"results": [], "next": None, "previous": None})


async def unknown(seen: Seen) -> Run:
    """A run whose answer was lost and which was not found."""
    run = await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"})
    found = await seen.ended(run)
    assert found.state == "unknown" and found.error
    assert seen.services.runs.active[run.id].state == "unknown"
    return found


def quick(seconds: float) -> asyncio.Future[None]:
    return asyncio.ensure_future(asyncio.sleep(min(seconds, 0.01)))


async def test_an_unknown_run_is_found_when_one_looks_again(api: Api, tmp_path: Path) -> None:
    lost = Lost(api, arrives=True)
    async with opened(api.base_url, tmp_path, sleep=quick) as seen:
        run = await unknown(seen)
        assert (await seen.services.runs.resolve(run.id, "look")).state == "unknown"
        lost.listed = True
        assert (await seen.services.runs.resolve(run.id, "look")).state == "following"
        api.predictions["made0"].update(status="succeeded", output=["x"], logs="")
        assert (await seen.ended(run)).state == "done"
        assert lost.sent == 1


async def test_an_unknown_run_is_sent_again_only_when_the_user_says_so(api: Api, tmp_path: Path) -> None:
    lost = Lost(api, arrives=False)
    async with opened(api.base_url, tmp_path, sleep=quick) as seen:
        run = await unknown(seen)
        assert lost.sent == 1
        await seen.services.runs.resolve(run.id, "send")
        await seen.until(lambda: api.predictions)
        next(iter(api.predictions.values())).update(status="succeeded", output=["x"], logs="")
        assert (await seen.ended(run)).state == "done"
        assert lost.sent == 2


async def test_an_unknown_run_that_is_dropped_is_over(api: Api, tmp_path: Path) -> None:
    Lost(api, arrives=False)
    async with opened(api.base_url, tmp_path, sleep=quick) as seen:
        run = await unknown(seen)
        assert (await seen.services.runs.resolve(run.id, "drop")).state == "failed"
        assert not seen.services.runs.active
        assert await seen.services.store.unfinished_runs(ME) == []
        with pytest.raises(KeyError):
            await seen.services.runs.resolve(run.id, "send")


async def test_a_run_is_canceled_and_keeps_what_came(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with opened(sandbox.base_url, tmp_path, token=sandbox.token) as seen:
        target, form = await sandbox_form(seen, "trouble")
        checked = form.check({"kind": "slow", "amount": 500, "pause": 0.05})
        run = await seen.services.runs.start(target, form, checked.input)
        await seen.until(lambda: len(seen.services.runs.active[run.id].text) > 10)
        record = seen.services.runs.active[run.id].record
        assert record is not None
        await seen.services.runs.cancel(record.id)
        end = await seen.ended(run)
        assert end.state == "canceled" and end.error is None
        assert len(end.text) > 10
        kept = await seen.services.store.get(ME, record.id)
        assert kept is not None and kept.prediction.status == "canceled"


async def test_a_failed_prediction_fails_its_run_with_its_own_words(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with opened(sandbox.base_url, tmp_path, token=sandbox.token) as seen:
        target, form = await sandbox_form(seen, "trouble")
        run = await seen.services.runs.start(target, form, form.check({"kind": "fail"}).input)
        end = await seen.ended(run)
        assert end.state == "failed" and end.record is not None
        assert end.error == end.record.prediction.error


async def test_pictures_are_saved_as_they_come_and_all_are_there_at_the_end(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    async with opened(sandbox.base_url, tmp_path, token=sandbox.token) as seen:
        target, form = await sandbox_form(seen, "fractal")
        checked = form.check({"prompt": "x", "num_outputs": 2})
        run = await seen.services.runs.start(target, form, checked.input, save_dir=tmp_path / "mine")
        end = await seen.ended(run)
        assert end.state == "done" and end.record is not None
        assert [one.state for one in end.record.outputs] == ["saved", "saved"]
        paths = [one.path for one in end.record.outputs]
        assert paths == [tmp_path / "mine" / "output-0.png", tmp_path / "mine" / "output-1.png"]
        assert all(path is not None and path.read_bytes().startswith(b"\x89PNG") for path in paths)
        assert sorted(file.name for file in (tmp_path / "mine").iterdir()) == ["output-0.png", "output-1.png"]
        assert any(e.run.progress for e in seen.of(RunChanged))
        assert len(seen.of(OutputSaved)) == 2


async def test_the_first_picture_is_saved_while_the_second_is_painted(api: Api, seen: Seen) -> None:
    async def picture(request: Request) -> None:
        request.head(kind="image/png", Content_Length="8")
        request.writer.write(b"\x89PNG\r\n\x1a\n")

    api.on["GET", "/out-0.png"] = api.on["GET", "/out-1.png"] = picture
    run = await seen.services.runs.start(WORDS, FILES, {"prompt": "x"})
    await seen.until(lambda: seen.services.runs.active[run.id].record)
    made = api.predictions["made0"]
    made.update(status="processing", output=[f"{api.origin}/out-0.png"])
    await seen.until(lambda: seen.of(OutputSaved), "the first picture")
    assert made["status"] == "processing"
    record = seen.services.runs.active[run.id].record
    assert record is not None and [one.state for one in record.outputs] == ["saved"]
    made.update(status="succeeded", output=[f"{api.origin}/out-0.png", f"{api.origin}/out-1.png"], logs="")
    end = await seen.ended(run)
    assert end.record is not None and [one.state for one in end.record.outputs] == ["saved", "saved"]


async def test_a_run_whose_prediction_is_gone_ends_in_words(api: Api, seen: Seen) -> None:
    run = await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"})
    await seen.until(lambda: seen.services.runs.active[run.id].record)
    api.predictions.clear()
    end = await seen.ended(run)
    assert end.state == "failed" and end.error == "The prediction is no longer there."


async def test_a_run_ends_though_its_folder_is_a_file(api: Api, seen: Seen, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")

    async def picture(request: Request) -> None:
        request.head(200, "image/png", Content_Length="4")
        request.writer.write(b"png!")

    api.on["GET", "/out.png"] = picture
    run = await seen.services.runs.start(WORDS, FILES, {"prompt": "x"}, save_dir=tmp_path / "taken")
    await seen.until(lambda: api.predictions)
    api.predictions["made0"].update(status="succeeded", output=[f"{api.origin}/out.png"], logs="")
    end = await seen.ended(run)
    assert end.state == "done" and end.record is not None
    (output,) = end.record.outputs
    assert output.state == "wanted" and str(tmp_path / "taken") in (output.error or "")


async def test_a_fault_at_the_end_ends_the_run_and_leaves_it_to_the_next_start(
    api: Api, seen: Seen, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(seen.services.downloads, "save_at_end", broken)
    run = await seen.services.runs.start(WORDS, FILES, {"prompt": "x"})
    await seen.until(lambda: api.predictions)
    api.predictions["made0"].update(status="succeeded", output=[f"{api.origin}/out.png"], logs="")
    end = await seen.ended(run)
    assert end.state == "done" and "ZeroDivisionError" in (end.error or "")
    assert [one.run_id for one in await seen.services.store.unfinished_runs(ME)] == [run.id]
    await seen.until(lambda: "planted" in caplog.text, "the log")


@pytest.mark.parametrize(("status", "kind"), [(422, InvalidInput), (401, Unauthorized), (404, NotFound)])
async def test_a_run_that_is_refused_keeps_what_kind_of_refusal_it_was(
    api: Api, seen: Seen, status: int, kind: type[ApiError]
) -> None:
    async def refuse(request: Request) -> None:
        request.answer({"detail": "Why it is."}, status)

    api.on["POST", "/v1/models/acme/words/predictions"] = refuse
    end = await seen.ended(await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"}))
    assert end.state == "failed" and type(end.refusal) is kind and end.error == str(end.refusal)


async def test_a_run_that_cannot_be_written_down_is_not_sent(api: Api, seen: Seen) -> None:
    def limit(db: object) -> None:
        pages = db.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[attr-defined]
        db.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]

    await seen.services.store._database.read(limit)
    with pytest.raises(StoreError, match="disk is full"):
        await seen.services.runs.start(WORDS, TEXT, {"prompt": "".join(f"{n:x}" for n in range(50_000))})
    assert api.seen == [] and not seen.services.runs.active


async def test_a_disk_that_fills_after_the_creation_loses_no_run(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path, sleep=quick) as seen:
        store = seen.services.store

        async def create(request: Request) -> None:
            pages = await store._database.read(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
            await store._database.read(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchone())
            made = api.create(request)
            made["padding"] = "".join(f"{n:x}" for n in range(50_000))
            request.answer(made, 201)

        api.on["POST", "/v1/models/acme/words/predictions"] = create
        run = await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"})
        await seen.until(lambda: "cannot be written down" in (seen.services.runs.active[run.id].message or ""))
        await store._database.read(lambda db: db.execute("PRAGMA max_page_count = 1073741823").fetchone())
        await seen.until(lambda: seen.services.runs.active[run.id].record, "the binding")
        api.predictions["made0"].update(status="succeeded", output=["x"])
        assert (await seen.ended(run)).state == "done"
        assert api.count("POST", "/models/acme/words/predictions") == 1


async def test_an_upload_can_be_given_up(api: Api, seen: Seen, tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def stuck(request: Request) -> None:
        await gate.wait()

    api.on["POST", "/v1/files"] = stuck
    large = tmp_path / "large.bin"
    large.write_bytes(b"x" * 400_000)
    run = await seen.services.runs.start(WORDS, TEXT, TEXT.check({"image": str(large)}).input)
    await seen.until(lambda: seen.services.runs.active[run.id].state == "uploading")
    assert (await seen.services.runs.abandon(run.id)).state == "failed"
    assert api.count("POST", "/models/acme/words/predictions") == 0
    gate.set()
