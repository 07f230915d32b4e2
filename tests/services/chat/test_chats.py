"""Conversations: what is sent, what is kept, and what happens to them when things go wrong."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import Seen, opened
from tests.support.chat_api import PROMPT, Model, schema
from tests.support.fake_api import Api, Request
from tui.api.errors import ApiError
from tui.services.bus import ChatChanged, OutputText
from tui.services.chat import answers as chat_answers
from tui.services.chat.chats import ChatError
from tui.services.runs import run_driver as driving
from tui.store.conversation import Turn

WORDS = "acme/words"


@pytest.fixture
def model(api: Api) -> Model:
    return Model(api)


async def ended(seen: Seen, turn: Turn) -> Turn:
    async with asyncio.timeout(20):
        return await seen.services.chats.wait(turn.id)


async def texts(seen: Seen, conversation_id: str) -> list[str]:
    return [turn.text for turn in await seen.services.chats.branch(conversation_id)]


async def test_a_question_is_answered_and_both_are_kept(seen: Seen, model: Model) -> None:
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    await chats.save_draft(talk.id, "  Hi there\nyou")
    answer = await ended(seen, await chats.send(talk.id, "  Hi there\nyou"))
    assert (answer.text, answer.state, answer.prediction_id) == ("Hello, you.", "done", "made0")
    assert (answer.model, answer.version) == (WORDS, "hidden")
    assert await texts(seen, talk.id) == ["  Hi there\nyou", "Hello, you."]
    kept = await chats.conversation(talk.id)
    assert (kept.title, kept.draft, kept.turns) == ("Hi there", "", 2)
    assert model.inputs == [{"prompt": "  Hi there\nyou"}], "a first question is sent as it is"
    assert "".join(event.delta for event in seen.of(OutputText)) == "Hello, you."
    states = [event.turn.state for event in seen.of(ChatChanged) if event.turn and event.turn.role == "assistant"]
    assert states[0] == "sending" and states[-1] == "done"


async def test_the_history_goes_along_and_parameters_too(seen: Seen, model: Model) -> None:
    chats = seen.services.chats
    talk = await chats.create(WORDS, parameters={"temperature": "0.2", "max_tokens": 9, "of_another_model": 1})
    await chats.set_system(talk.id, "Be brief.")
    await ended(seen, await chats.send(talk.id, "One?"))
    await ended(seen, await chats.send(talk.id, "Two?"))
    assert model.inputs[1] == {
        "prompt": "User: One?\n\nAssistant: Hello, you.\n\nUser: Two?\n\nAssistant:",
        "system_prompt": "Be brief.",
        "temperature": 0.2,
        "max_tokens": 9,
    }


async def test_what_is_typed_is_kept_and_the_last_key_wins(seen: Seen, model: Model) -> None:
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    big = "x" * 2_000_000
    await asyncio.gather(*(chats.save_draft(talk.id, f"{big}{number}") for number in range(50)))
    assert (await chats.conversation(talk.id)).draft == f"{big}49"
    await chats.save_draft(talk.id, "half \ud83d a face", ["/tmp/x.png"])
    kept = await chats.conversation(talk.id)
    assert (kept.draft, kept.attachments) == ("half ? a face", ("/tmp/x.png",))


async def test_a_second_click_sends_nothing_twice(seen: Seen, model: Model, api: Api) -> None:
    model.held = True
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    found = await asyncio.gather(*(chats.send(talk.id, "Hi") for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(one, Turn) for one in found) == 1
    assert sum(isinstance(one, ChatError) for one in found) == 2
    await seen.until(lambda: model.talks)
    model.talks[0].gate.set()
    await ended(seen, next(one for one in found if isinstance(one, Turn)))
    assert len(model.talks) == 1 and len(await chats.branch(talk.id)) == 2


async def test_regenerating_and_editing_make_branches_that_can_be_walked(seen: Seen, model: Model) -> None:
    chats = seen.services.chats
    model.answer = lambda given: [f"answer {len(model.talks)}"]
    talk = await chats.create(WORDS)
    first = await ended(seen, await chats.send(talk.id, "One?"))
    await ended(seen, await chats.send(talk.id, "More?"))
    again = await ended(seen, await chats.regenerate(first.id))
    assert await texts(seen, talk.id) == ["One?", "answer 2"]
    assert [turn.id for turn in await chats.siblings(again.id)] == [first.id, again.id]
    await chats.choose(first.id)
    assert await texts(seen, talk.id) == ["One?", "answer 0", "More?", "answer 1"]
    question = (await chats.branch(talk.id))[2]
    await ended(seen, await chats.edit(question.id, "Less?"))
    assert await texts(seen, talk.id) == ["One?", "answer 0", "Less?", "answer 3"]
    assert model.inputs[3]["prompt"].endswith("User: Less?\n\nAssistant:")
    assert "More?" not in model.inputs[3]["prompt"]
    with pytest.raises(ChatError, match="Only questions"):
        await chats.edit(first.id, "x")


async def test_the_same_question_can_be_put_to_another_model_beside(seen: Seen, model: Model) -> None:
    chats = seen.services.chats
    model.publish("acme/other", {"messages": {"type": "array", "items": {"type": "object"}}})
    talk = await chats.create(WORDS)
    one = await ended(seen, await chats.send(talk.id, "Who?"))
    two = await ended(seen, await chats.regenerate(one.id, model="acme/other", show=False))
    assert (one.model, two.model) == (WORDS, "acme/other")
    assert model.inputs[1] == {"messages": [{"role": "user", "content": "Who?"}]}
    kept = await chats.conversation(talk.id)
    assert (kept.model, kept.leaf) == (WORDS, one.id)
    assert [turn.id for turn in await chats.siblings(one.id)] == [one.id, two.id]


async def test_a_long_answer_is_not_written_again_for_every_piece(
    seen: Seen, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.answer = lambda given: [f"w{number} " for number in range(5000)]
    store, written = seen.services.store, 0
    keep_text, keep_turn = store.save_run_text, store.chats.change_turn

    async def counted_text(account: str, run_id: str, text: str) -> None:
        nonlocal written
        written += len(text)
        await keep_text(account, run_id, text)

    async def counted_turn(account: str, turn: Turn, *, durable: bool = False) -> None:
        nonlocal written
        written += 0 if turn.live else len(turn.text)
        await keep_turn(account, turn, durable=durable)

    monkeypatch.setattr(store, "save_run_text", counted_text)
    monkeypatch.setattr(store.chats, "change_turn", counted_turn)
    monkeypatch.setattr(driving, "_TEXT_PAUSE", 1000.0)
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    answer = await ended(seen, await chats.send(talk.id, "Go on"))
    assert answer.text == "".join(f"w{number} " for number in range(5000))
    # What came first, the whole with its run, and the whole as its turn.
    assert written <= 3 * len(answer.text)
    assert len(seen.of(OutputText)) < 500


async def test_stop_cancels_the_prediction_and_keeps_what_came(seen: Seen, model: Model, api: Api) -> None:
    model.held = True
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    answer = await chats.send(talk.id, "Hi")
    await seen.until(lambda: seen.of(OutputText), "some text")
    await chats.stop(answer.id)
    stopped = await ended(seen, answer)
    assert (stopped.state, stopped.text, stopped.error) == ("canceled", "Hello", None)
    assert api.predictions["made0"]["status"] == "canceled"
    await chats.stop(answer.id)
    model.held = False
    await ended(seen, await chats.send(talk.id, "And now?"))
    assert "Assistant: Hello\n\nUser: And now?" in model.inputs[1]["prompt"]


async def test_a_stop_while_it_is_sent_cancels_it_as_soon_as_it_is_there(seen: Seen, model: Model, api: Api) -> None:
    model.held = True
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> None:
        arrived.set()
        await go_on.wait()
        await model.create(request)

    api.on["POST", "/v1/models/acme/words/predictions"] = slow
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    answer = await chats.send(talk.id, "Hi")
    await arrived.wait()
    await chats.stop(answer.id)
    go_on.set()
    assert (await ended(seen, answer)).state == "canceled"
    assert [one["status"] for one in api.predictions.values()] == ["canceled"]


async def test_a_refused_question_stays_and_can_be_asked_again(seen: Seen, model: Model, api: Api) -> None:
    async def refuse(request: Request) -> None:
        request.answer({"title": "Insufficient credit", "detail": "Buy some.", "status": 402}, 402)

    api.on["POST", "/v1/models/acme/words/predictions"] = refuse
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    failed = await ended(seen, await chats.send(talk.id, "Precious words"))
    assert failed.state == "failed" and failed.error and "credit" in failed.error
    assert await texts(seen, talk.id) == ["Precious words", ""]
    api.on["POST", "/v1/models/acme/words/predictions"] = model.create
    again = await ended(seen, await chats.regenerate(failed.id))
    assert again.text == "Hello, you." and model.inputs == [{"prompt": "Precious words"}]


async def test_a_lost_answer_is_decided_about_and_never_sent_twice(seen: Seen, model: Model, api: Api) -> None:
    async def lose(request: Request) -> None:
        request.drop()

    api.on["POST", "/v1/models/acme/words/predictions"] = lose
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    lost = await ended(seen, await chats.send(talk.id, "Hi"))
    assert lost.state == "unknown" and lost.error
    sent = api.count("POST", "/models/acme/words/predictions")
    with pytest.raises(ChatError, match="decide"):
        await chats.send(talk.id, "Hello?")
    assert api.count("POST", "/models/acme/words/predictions") == sent == 1
    api.on["POST", "/v1/models/acme/words/predictions"] = model.create
    await chats.resolve(lost.id, "send")
    assert (await ended(seen, lost)).text == "Hello, you."
    assert len(model.talks) == 1


async def test_waiting_for_the_rate_limit_is_told(seen: Seen, model: Model, api: Api) -> None:
    tries = 0

    async def throttled(request: Request) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            request.answer({"detail": "Request was throttled. Your rate limit resets in ~1s."}, 429, Retry_After="1")
        else:
            await model.create(request)

    api.on["POST", "/v1/models/acme/words/predictions"] = throttled
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    await ended(seen, await chats.send(talk.id, "Hi"))
    waits = [event.turn for event in seen.of(ChatChanged) if event.turn and event.turn.waits_until]
    assert waits and waits[0].state == "sending" and "waiting 1 s" in waits[0].note
    assert (await texts(seen, talk.id))[1] == "Hello, you." and len(model.talks) == 1


async def test_a_cold_start_is_told_as_one(seen: Seen, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_answers, "COLD", 0.05)
    model.silent = True
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    answer = await chats.send(talk.id, "Hi")
    await seen.until(
        lambda: any(
            event.turn and event.turn.state == "starting" and "cold start" in event.turn.note
            for event in seen.of(ChatChanged)
        ),
        "the cold start",
    )
    model.talks[0].gate.set()
    done = await ended(seen, answer)
    assert (done.state, done.note) == ("done", "")


async def test_deleting_a_conversation_stops_its_answer_and_leaves_nothing(seen: Seen, model: Model, api: Api) -> None:
    model.held = True
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    answer = await chats.send(talk.id, "Hi")
    await seen.until(lambda: seen.of(OutputText), "some text")
    await chats.delete(talk.id)
    assert api.predictions["made0"]["status"] == "canceled"
    with pytest.raises(KeyError):
        await chats.wait(answer.id)
    assert await chats.conversations() == []
    assert await seen.services.store.chats.turn("ada@here", answer.id) is None


async def test_an_official_model_s_hidden_version_is_not_asked_for(seen: Seen, model: Model) -> None:
    chats = seen.services.chats
    talk = await chats.create(WORDS, "hidden")
    assert (await ended(seen, await chats.send(talk.id, "Hi"))).state == "done"


async def test_a_version_of_one_s_own_choice_is_asked_for(seen: Seen, model: Model, api: Api) -> None:
    async def version(request: Request) -> None:
        request.answer({"id": "v" * 64, "openapi_schema": schema(PROMPT)})

    sent: list[Any] = []

    async def create(request: Request) -> None:
        sent.append(request.json()["version"])
        await model.create(request)

    api.on["GET", f"/v1/models/acme/words/versions/{'v' * 64}"] = version
    api.on["POST", "/v1/predictions"] = create
    chats = seen.services.chats
    talk = await chats.create(WORDS, "v" * 64)
    assert (await ended(seen, await chats.send(talk.id, "Hi"))).state == "done"
    assert sent == ["v" * 64]


async def test_tokens_and_times_are_told_or_said_to_be_estimates(seen: Seen, model: Model) -> None:
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    told = (await ended(seen, await chats.send(talk.id, "Hi"))).metrics
    assert (told["input_tokens"], told["output_tokens"], told["tokens_per_second"]) == (7, 3, 6)
    assert told["predict_time"] == 0.5 and told["seconds_to_first"] >= 0
    assert "estimated_input" not in told and "estimated_output" not in told
    model.metrics = {}
    counted = (await ended(seen, await chats.send(talk.id, "Hi"))).metrics
    assert counted["output_tokens"] == 3 and counted["estimated_output"] == 1 == counted["estimated_input"]


async def test_a_fork_goes_its_own_way(seen: Seen, model: Model) -> None:
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    one = await ended(seen, await chats.send(talk.id, "One?"))
    await ended(seen, await chats.send(talk.id, "Two?"))
    fork = await chats.fork(talk.id, one.id)
    assert await texts(seen, fork.id) == ["One?", "Hello, you."]
    await ended(seen, await chats.send(fork.id, "Other?"))
    assert len(await texts(seen, fork.id)) == len(await texts(seen, talk.id)) == 4
    await chats.delete(talk.id)
    assert len(await texts(seen, fork.id)) == 4
    with pytest.raises(KeyError):
        await chats.conversation(talk.id)


async def test_an_export_has_everything_and_no_control_code(seen: Seen, model: Model) -> None:
    model.answer = lambda given: ["# Heading\n", "\x1b]52;c;evil\x07 **bold**"]
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    await chats.rename(talk.id, "[/] \x1b[31mred\n title")
    one = await ended(seen, await chats.send(talk.id, "One? \x9b31m"))
    await ended(seen, await chats.regenerate(one.id))
    markdown = await chats.export(talk.id, "markdown")
    assert markdown.startswith("# [/] red title\n") and "**bold**" in markdown and "prediction made1" in markdown
    whole = await chats.export(talk.id, "json")
    assert not {"\x1b", "\x9b", "\x07"} & set(markdown + whole)
    turns = json.loads(whole)["turns"]
    assert [turn["shown"] for turn in turns] == [True, False, True]


async def test_a_title_can_be_given_and_taken_back(seen: Seen, model: Model) -> None:
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    await ended(seen, await chats.send(talk.id, "\n\n  What is love?\nBaby"))
    assert (await chats.rename(talk.id, " Love ")).title == "Love"
    assert [found.id for found in await chats.conversations("love baby")] == [talk.id]
    assert (await chats.rename(talk.id, "")).title == "What is love?"


async def test_secrets_are_sent_and_never_kept(seen: Seen, model: Model, tmp_path: Path) -> None:
    chats = seen.services.chats
    await seen.services.catalogue.model(WORDS)
    talk = await chats.create(WORDS, parameters={"api_key": "hunter2", "temperature": 1.0})
    assert talk.parameters["api_key"] == "[secret]"
    await ended(seen, await chats.send(talk.id, "Hi"))
    assert model.inputs[0]["api_key"] == "hunter2"
    assert "hunter2" not in await chats.export(talk.id, "json")
    assert b"hunter2" not in b"".join(path.read_bytes() for path in tmp_path.glob("kept.db*") if path.is_file())
    async with opened(seen.services.client.base_url, tmp_path) as later:
        with pytest.raises(ChatError, match="api_key"):
            await later.services.chats.send(talk.id, "And now?")
        await later.services.chats.set_parameters(talk.id, {"api_key": "hunter3"})
        await ended(later, await later.services.chats.send(talk.id, "And now?"))
    assert model.inputs[1]["api_key"] == "hunter3"


async def test_images_go_along_and_those_that_vanished_are_named(seen: Seen, model: Model, tmp_path: Path) -> None:
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"\x89PNG....")
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    with pytest.raises(ChatError, match="no file"):
        await chats.send(talk.id, "See?", [str(tmp_path / "dog.png")])
    with pytest.raises(ChatError, match="takes no audio"):
        await chats.send(talk.id, "Hear?", ["https://example.com/cat.mp3"])
    with pytest.raises(ChatError, match="takes 1"):
        await chats.send(talk.id, "Both?", [str(picture), "https://example.com/cat.png"])
    assert model.talks == [] and await chats.branch(talk.id) == []
    await ended(seen, await chats.send(talk.id, "See?", [str(picture)]))
    assert model.inputs[0]["image"].startswith("data:image/png;base64,")
    await ended(seen, await chats.send(talk.id, "Still?"))
    assert model.inputs[1]["image"] == model.inputs[0]["image"], "the model remembers nothing by itself"
    picture.unlink()
    answer = await ended(seen, await chats.send(talk.id, "And now?"))
    assert "image" not in model.inputs[2] and "cat.png" in answer.why_left_out


async def test_what_does_not_fit_is_left_out_and_told(seen: Seen, model: Model) -> None:
    chats = seen.services.chats
    talk = await chats.create(WORDS)
    await chats.set_window(WORDS, 1000)
    for number in range(4):
        await ended(seen, await chats.send(talk.id, f"number {number} " + "word " * 300))
    answer = (await chats.branch(talk.id))[-1]
    assert answer.left_out == 4 and "4 earlier turns were left out" in answer.why_left_out
    assert "as you set it" in answer.why_left_out
    prompt = model.inputs[-1]["prompt"]
    assert "number 2" in prompt and "number 1" not in prompt
    meter = await chats.context(talk.id, "next " * 200)
    assert meter.window.source == "set" and 0 < meter.used < 1000 and meter.left_out > 4


@pytest.mark.parametrize(
    ("properties", "output", "reason"),
    [
        (PROMPT, {"type": "string", "format": "uri"}, "files"),
        (PROMPT, {"type": "object"}, "structured data"),
        ({"seed": {"type": "integer"}}, {"type": "string"}, "takes no question"),
        ({}, {"type": "string"}, "no inputs"),
    ],
)
async def test_a_model_that_cannot_be_chatted_with_says_why_and_is_sent_nothing(
    seen: Seen, model: Model, properties: dict[str, Any], output: dict[str, Any], reason: str
) -> None:
    model.publish("acme/else", properties, output=output)
    chats = seen.services.chats
    talk = await chats.create("acme/else")
    await chats.save_draft(talk.id, "Hi")
    with pytest.raises(ChatError, match=reason):
        await chats.send(talk.id, "Hi")
    assert (await chats.conversation(talk.id)).draft == "Hi" and model.talks == []


async def test_a_model_that_is_not_there_costs_no_word(seen: Seen, model: Model, api: Api) -> None:
    chats = seen.services.chats
    talk = await chats.create("acme/nobody")
    await chats.save_draft(talk.id, "Hi")
    with pytest.raises(ApiError):
        await chats.send(talk.id, "Hi")
    assert (await chats.conversation(talk.id)).draft == "Hi" and await chats.branch(talk.id) == []


async def test_the_model_can_be_changed_in_the_middle(seen: Seen, model: Model) -> None:
    chats = seen.services.chats
    model.publish("acme/other", {"messages": {"type": "string"}})
    talk = await chats.create(WORDS)
    await ended(seen, await chats.send(talk.id, "One?"))
    await chats.set_model(talk.id, "acme/other")
    await chats.set_system(talk.id, "Be brief.")
    answer = await ended(seen, await chats.send(talk.id, "Two?"))
    assert answer.model == "acme/other"
    assert [one["content"] for one in json.loads(model.inputs[1]["messages"])] == [
        "Be brief.",
        "One?",
        "Hello, you.",
        "Two?",
    ]


async def test_an_answer_in_the_middle_is_there_after_the_console_ended(api: Api, model: Model, tmp_path: Path) -> None:
    model.held = True
    async with opened(api.base_url, tmp_path) as first:
        talk = await first.services.chats.create(WORDS)
        answer = await first.services.chats.send(talk.id, "Hi")
        await first.until(lambda: first.of(OutputText))
    async with opened(api.base_url, tmp_path) as second:
        shown = (await second.services.chats.branch(talk.id))[1]
        assert (shown.text, shown.live) == ("Hello", True)
        await second.services.runs.resume()
        await second.services.chats.resume()
        model.talks[0].gate.set()
        done = await ended(second, answer)
        assert (done.text, done.state) == ("Hello, you.", "done")
        assert len(model.talks) == 1


async def test_an_answer_that_ended_while_nobody_was_there_is_whole_at_the_next_start(
    api: Api, model: Model, tmp_path: Path
) -> None:
    model.held = True
    async with opened(api.base_url, tmp_path) as first:
        talk = await first.services.chats.create(WORDS)
        answer = await first.services.chats.send(talk.id, "Hi")
        await first.until(lambda: first.of(OutputText))
    model.talks[0].record.update(status="succeeded", output=model.talks[0].pieces, logs="x")
    async with opened(api.base_url, tmp_path) as second:
        await second.services.chats.resume()
        await second.services.runs.resume()
        assert (await ended(second, answer)).text == "Hello, you."


async def test_a_question_that_was_kept_and_never_sent_says_so(api: Api, model: Model, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path) as first:
        chats = first.services.chats
        talk = await chats.create(WORDS)
        kept = Turn("a1", talk.id, None, "assistant", "", first.services.now(), state="sending")
        await first.services.store.chats.append("ada@here", [kept], leaf="a1")
    async with opened(api.base_url, tmp_path) as second:
        await second.services.runs.resume()
        await second.services.chats.resume()
        found = await second.services.chats.turn("a1")
        assert found.state == "failed" and found.error and "Nothing was created" in found.error


async def test_an_answer_that_another_console_looks_after_is_left_to_it(api: Api, model: Model, tmp_path: Path) -> None:
    model.held = True
    async with opened(api.base_url, tmp_path) as one:
        talk = await one.services.chats.create(WORDS)
        answer = await one.services.chats.send(talk.id, "Hi")
        await one.until(lambda: any(event.turn and event.turn.prediction_id for event in one.of(ChatChanged)))
        async with opened(api.base_url, tmp_path) as two:
            await two.services.runs.resume()
            await two.services.chats.resume()
            assert (await two.services.chats.turn(answer.id)).live
            with pytest.raises(ChatError, match="still comes"):
                await two.services.chats.send(talk.id, "Two?")
            model.talks[0].record["output"] = ["Hello", ","]
            await two.services.watcher.ask("made0")
            await two.until(
                lambda: any(event.turn and event.turn.text == "Hello," for event in two.of(ChatChanged)),
                "what the other console's answer has come to",
            )
            await two.services.chats.stop(answer.id)
            await two.until(lambda: any(event.turn and event.turn.state == "canceled" for event in two.of(ChatChanged)))
        assert (await ended(one, answer)).state == "canceled"


async def test_an_open_console_takes_over_the_answer_of_one_that_ended_and_no_question_that_is_on_its_way(
    api: Api, model: Model, tmp_path: Path
) -> None:
    model.held = True
    async with opened(api.base_url, tmp_path) as two:
        async with opened(api.base_url, tmp_path) as one:
            talk = await one.services.chats.create(WORDS)
            answer = await one.services.chats.send(talk.id, "Hi")
            await one.until(lambda: any(event.turn and event.turn.prediction_id for event in one.of(ChatChanged)))
        # Another console keeps a question just now; its run is not written down yet.
        other = await two.services.chats.create(WORDS)
        kept = Turn("a1", other.id, None, "assistant", "", two.services.now(), state="sending")
        await two.services.store.chats.append("ada@here", [kept], leaf="a1")
        await two.services.take_over()
        model.talks[0].record.update(status="succeeded", output=["Hello", "."], logs="")
        assert (await ended(two, answer)).text == "Hello."
        assert (await two.services.chats.turn("a1")).state == "sending"
