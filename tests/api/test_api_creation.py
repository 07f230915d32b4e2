import asyncio
import base64
import contextlib
import email.utils
import hashlib
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.api_server import SECRET, Reply, Server, breaks, client_for, ok, text
from tui.api.errors import (
    ApiError,
    ChangeUnknown,
    InvalidInput,
    NetworkError,
    NotFound,
    OutcomeUnknown,
    PaymentRequired,
    RateLimited,
)
from tui.api.recognition import same_input
from tui.api.types import Target
from tui.forms import REDACTED

VERSION = "a" * 64
TARGET = Target("ada", "engine", VERSION)
INPUT = {"prompt": "a llama", "steps": 4, "images": ["https://x/1.png"], "flag": True}


class Api:
    """The part of Replicate that creates and lists predictions."""

    def __init__(self, server, skew=0.0):
        self.server = server
        self.made = []
        self.skew = skew
        self.light = False
        server.hints["date"] = email.utils.formatdate(time.time() + skew, usegmt=True)
        server.on("GET", "/v1/predictions", self.list)
        server.on("GET", "/v1/trainings", self.list)

    def make(self, request=None, *, ago=0.0, **fields):
        body = request.json if request else {"version": VERSION, "input": INPUT}
        created = datetime.now(UTC) + timedelta(seconds=self.skew - ago)
        item = {
            "id": f"p{len(self.made)}",
            "model": "ada/engine",
            "version": body.get("version", "hidden"),
            "input": body["input"],
            "status": "starting",
            "created_at": created.isoformat().replace("+00:00", "Z"),
            "urls": {},
            **fields,
        }
        self.made.append(item)
        self.server.on("GET", f"/v1/predictions/{item['id']}", ok(item))
        return item

    def create(self, request):
        return ok(self.make(request), 201)

    def list(self, request):
        items = sorted(self.made, key=lambda item: item["created_at"], reverse=True)
        after = request.query.get("created_after")
        if after:
            items = [item for item in items if item["created_at"] >= after]
        if self.light:
            items = [{key: value for key, value in item.items() if key != "input"} for item in items]
        return ok({"results": items, "next": None, "previous": None})


async def looked_for(client, unknown):
    """The ids that are surely, and the ids that may be, what an unknown creation made."""
    with contextlib.suppress(ApiError):
        await client.learn_clock()
    since, until = client.clock.earliest(unknown.sent), client.clock.latest(unknown.lost) + timedelta(seconds=5)
    sighting = await client.look_for(unknown.request, since, until, sent=unknown.sent)
    assert sighting.complete
    sure = [one.prediction.id for one in sighting.candidates if one.sure]
    return sure, [one.prediction.id for one in sighting.candidates if not one.sure]


async def lost(client, target=TARGET, values=INPUT):
    with pytest.raises(OutcomeUnknown, match="answer was lost") as unknown:
        await client.create_prediction(target, values)
    return unknown.value


@pytest.fixture
def api(server):
    return Api(server)


async def test_a_creation_sends_the_version_and_the_input(server, client, api):
    server.on("POST", "/v1/predictions", api.create)
    made = await client.create_prediction(
        TARGET, INPUT, wait=10, cancel_after=300, webhook="https://h", webhook_events_filter=["completed"]
    )
    request = server.requests[0]
    assert made.id == "p0"
    assert request.json == {
        "version": VERSION,
        "input": INPUT,
        "webhook": "https://h",
        "webhook_events_filter": ["completed"],
    }
    assert request.headers["prefer"] == "wait=10"
    assert request.headers["cancel-after"] == "300s"
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("target", "path", "version"),
    [
        (Target("a", "b", VERSION), "/v1/predictions", VERSION),
        (Target("a", "b", None, official=True), "/v1/models/a/b/predictions", None),
        (Target("a", "b", VERSION, official=True), "/v1/models/a/b/predictions", None),
        (Target("a", "b", deployment=True), "/v1/deployments/a/b/predictions", None),
    ],
)
async def test_each_kind_of_target_has_its_endpoint(server, client, api, target, path, version):
    server.on("POST", path, api.create)
    await client.create_prediction(target, {})
    assert server.requests[0].json.get("version") == version


async def test_a_community_model_without_a_version_runs_its_latest(server, client, api):
    server.on("POST", "/v1/models/a/b/predictions", ok({"detail": "not found"}, 404))
    server.on("GET", "/v1/models/a/b", ok({"owner": "a", "name": "b", "latest_version": {"id": VERSION}}))
    server.on("POST", "/v1/predictions", api.create)
    await client.create_prediction(Target("a", "b"), INPUT)
    assert [item["version"] for item in api.made] == [VERSION]


async def test_a_model_that_has_nothing_to_run_says_so(server, client):
    server.on("GET", "/v1/models/a/b", ok({"owner": "a", "name": "b", "latest_version": None}))
    with pytest.raises(InvalidInput, match="a/b has no version"):
        await client.create_prediction(Target("a", "b"), INPUT)
    with pytest.raises(NotFound):
        await client.create_prediction(Target("a", "c"), INPUT)


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("skew", [0, -5000, 5000])
@pytest.mark.parametrize("fault", ["unanswered", "head", "body", "500", "502 html", "not json", "no id"])
async def test_a_lost_answer_never_creates_a_second_prediction(server, naps, fault, skew, light):
    api = Api(server, skew)
    api.light = light
    api.make(ago=30)
    api.make(ago=3000)
    faults = {
        "500": ok({"detail": "oh"}, 500),
        "502 html": text("<html><title>Bad gateway</title></html>", 502, "text/html"),
        "not json": text("<html>", 201, "text/html"),
        "no id": ok({}, 201),
    }

    def create(request):
        api.make(request)
        return faults.get(fault) or breaks(fault)

    server.on("POST", "/v1/predictions", create)
    async with client_for(server, naps) as client:
        unknown = await lost(client)
        assert server.count("POST") == 1
        assert await looked_for(client, unknown) == (["p2"], [])


async def test_a_request_that_never_left_is_sent_again(server, naps):
    await server.stop()
    async with client_for(server, naps) as client:
        with pytest.raises(NetworkError) as failure:
            await client.create_prediction(TARGET, INPUT)
    assert not failure.value.sent
    assert len(naps.seconds) == 3


@pytest.mark.parametrize("status", [401, 402, 404, 422, 302])
async def test_a_refusal_is_final_and_nothing_is_looked_for(server, client, api, status):
    server.on("POST", "/v1/predictions", ok({"detail": "no"}, status))
    with pytest.raises(ApiError) as failure:
        await client.create_prediction(TARGET, INPUT)
    assert not isinstance(failure.value, OutcomeUnknown)
    assert len(server.requests) == 1
    assert status != 402 or isinstance(failure.value, PaymentRequired)


async def test_what_was_lost_can_be_looked_for_and_says_nothing_of_its_input(server, client, api):
    server.on("POST", "/v1/predictions", breaks("unanswered"))
    unknown = await lost(client)
    assert server.count("POST") == 1
    assert unknown.request.target == TARGET
    assert unknown.request.input == INPUT
    assert "llama" not in repr(unknown.request) + str(unknown) + repr(unknown)
    assert await looked_for(client, unknown) == ([], [])
    api.make()
    assert await looked_for(client, unknown) == (["p0"], [])


@pytest.mark.parametrize(
    ("other", "maybe"),
    [
        ({"version": "b" * 64}, False),
        ({"model": "ada/other"}, False),
        ({"deployment": "ada/engine"}, False),
        ({"source": "web"}, False),
        ({"input": {**INPUT, "steps": 5}}, False),
        ({"input": {**INPUT, "steps": True}}, False),
        ({"input": {key: INPUT[key] for key in ("prompt", "steps")}}, False),
        ({"input": {**INPUT, "images": ["https://x/2.png"]}}, False),
        ({"input": None}, True),
        ({"input": "odd"}, True),
        ({"input": {}, "data_removed": True}, True),
        ({"version": "hidden"}, True),
    ],
)
async def test_somebody_elses_prediction_is_not_taken_for_it(server, client, api, other, maybe):
    def create(request):
        api.make(request, **other)
        return breaks("unanswered")

    server.on("POST", "/v1/predictions", create)
    unknown = await lost(client)
    assert await looked_for(client, unknown) == ([], ["p0"] if maybe else [])


async def test_what_was_seen_before_the_send_is_not_taken_for_it(server, client, api):
    api.make(ago=0)
    await client.prediction("p0")
    server.on("POST", "/v1/predictions", breaks("unanswered"))
    assert await looked_for(client, await lost(client)) == ([], [])


async def test_what_the_watcher_saw_between_send_and_look_may_be_it(server, client, api):
    seen = asyncio.Event()

    def create(request):
        api.make(request)
        return Reply(breaks="unanswered", until=seen)

    server.on("POST", "/v1/predictions", create)
    creating = asyncio.create_task(lost(client))
    while not api.made:
        await asyncio.sleep(0)
    assert len([item async for item in client.predictions()]) == 1
    seen.set()
    assert await looked_for(client, await creating) == (["p0"], [])


async def test_a_client_alone_never_says_that_a_prediction_is_its_own(server, client, api):
    def create(request):
        api.make(request)
        return breaks("unanswered")

    server.on("POST", "/v1/predictions", create)
    made = await asyncio.gather(*(client.create_prediction(TARGET, INPUT) for _ in range(5)), return_exceptions=True)
    assert [type(one) for one in made] == [OutcomeUnknown] * 5
    assert server.count("POST") == 5


async def test_a_lost_answer_after_a_rate_limit_is_looked_for_as_well(server, client, api):
    def create(request):
        api.make(request)
        return breaks("unanswered")

    server.on("POST", "/v1/predictions", ok({}, 429, retry_after=2), create)
    assert await looked_for(client, await lost(client)) == (["p0"], [])
    assert server.count("POST") == 2
    assert len(api.made) == 1


async def test_a_creation_that_stays_limited_says_when_to_try_again(server, client):
    server.on("POST", "/v1/predictions", ok({"detail": "no credit"}, 429, retry_after=1000))
    with pytest.raises(RateLimited) as limit:
        await client.create_prediction(TARGET, INPUT)
    assert limit.value.retry_after == 1000


async def test_the_input_of_an_unknown_outcome_does_not_change_with_the_callers(server, client, api):
    values = {"prompt": ["a"]}
    server.on("POST", "/v1/predictions", breaks("unanswered"))
    unknown = await lost(client, values=values)
    values["prompt"].append("b")
    assert unknown.request.input == {"prompt": ["a"]}


@pytest.mark.parametrize(
    ("target", "address", "own", "others"),
    [
        (
            Target("ada", "fast", deployment=True),
            "/v1/deployments/ada/fast/predictions",
            {"deployment": "ada/fast", "version": "dp-1"},
            [{"deployment": "ada/slow"}, {"deployment": None}, {"model": "ada/fast", "version": "hidden"}],
        ),
        (
            Target("meta", "llama", official=True),
            "/v1/models/meta/llama/predictions",
            {"model": "meta/llama", "version": "hidden"},
            [
                {"model": "meta/other", "version": "hidden"},
                {"model": "meta/other", "version": "d-1"},
                {"model": "meta/llama", "version": VERSION},
                {"model": "meta/llama", "version": "hidden", "deployment": "meta/llama"},
            ],
        ),
    ],
)
async def test_each_kind_of_target_is_found_again_and_no_other(server, client, api, target, address, own, others):
    def create(request):
        for other in others:
            api.make(request, **other)
        api.make(request, **own)
        return breaks("unanswered")

    server.on("POST", address, create)
    assert await looked_for(client, await lost(client, target)) == ([f"p{len(others)}"], [])


async def test_a_training_is_created_once_too(server, client, api):
    def create(request):
        api.make(version=VERSION, input=request.json["input"], destination="ada/other")
        api.make(version=VERSION, input=request.json["input"], destination="ada/mine")
        return breaks("body")

    server.on("POST", f"/v1/models/ada/engine/versions/{VERSION}/trainings", create)
    with pytest.raises(OutcomeUnknown) as unknown:
        await client.create_training(TARGET, "ada/mine", {"text": "x"})
    assert await looked_for(client, unknown.value) == (["p1"], [])
    assert server.count("POST") == 1
    assert server.requests[0].json == {"destination": "ada/mine", "input": {"text": "x"}}


PICTURE = "data:image/png;base64," + base64.b64encode(b"one picture").decode()


@pytest.mark.parametrize(
    ("served", "found"),
    [
        (text("one picture", kind="image/png"), (["p0"], [])),
        (text("another one", kind="image/png"), ([], [])),
        (text("one picture and more", kind="image/png"), ([], [])),
        (text("gone", 404), ([], ["p0"])),
        (ok({}, 302, location="http://127.0.0.1:1/x"), ([], ["p0"])),
    ],
)
async def test_a_file_that_is_listed_as_a_link_is_compared_by_its_bytes(server, client, api, served, found):
    def create(request):
        api.make(request, input={"image": f"{server.url}/v1/files/f/download"})
        return breaks("unanswered")

    server.on("POST", "/v1/predictions", create)
    server.on("GET", "/v1/files/f/download", served)
    unknown = await lost(client, values={"image": PICTURE})
    assert await looked_for(client, unknown) == found


async def test_a_link_into_a_private_network_is_not_fetched_to_compare_a_file(server, client, api):
    other = await Server().start()
    other.on("GET", "/x.png", text("one picture"))

    def create(request):
        api.make(request, input={"image": f"{other.url}/x.png"})
        return breaks("unanswered")

    server.on("POST", "/v1/predictions", create)
    assert await looked_for(client, await lost(client, values={"image": PICTURE})) == ([], ["p0"])
    assert other.requests == []
    await other.stop()


async def test_another_picture_in_the_request_is_another_input(server, client, api):
    same = "data:image/jpeg;base64," + base64.b64encode(b"one picture").decode()
    other = "data:image/png;base64," + base64.b64encode(b"one pictury").decode()

    def create(request):
        api.make(request, input={"image": other})
        api.make(request, input={"image": same})
        return breaks("unanswered")

    server.on("POST", "/v1/predictions", create)
    assert await looked_for(client, await lost(client, values={"image": PICTURE})) == (["p1"], [])


async def test_a_missing_destination_of_a_training_is_not_found(server, client):
    server.on(
        "POST",
        f"/v1/models/ada/engine/versions/{VERSION}/trainings",
        ok({"detail": "The specified training destination does not exist", "status": 404}, 404),
    )
    with pytest.raises(NotFound, match="destination does not exist"):
        await client.create_training(TARGET, "ada/none", {})


async def test_a_deployment_whose_creation_was_lost_is_found_by_its_name(server, client):
    made = {
        "owner": "ada",
        "name": "d",
        "current_release": {
            "model": "ada/engine",
            "version": VERSION,
            "configuration": {"hardware": "cpu", "min_instances": 0, "max_instances": 1},
        },
    }
    server.on("POST", "/v1/deployments", breaks("unanswered"))
    server.on("GET", "/v1/deployments", ok({"results": [made], "next": None}))
    wanted = {"model": "ada/engine", "version": VERSION, "hardware": "cpu", "min_instances": 0, "max_instances": 1}
    assert (await client.create_deployment("d", **wanted)).ref == "ada/d"
    assert server.count("POST") == 1
    with pytest.raises(NetworkError):
        await client.create_deployment("d", **{**wanted, "max_instances": 2})


async def test_a_model_whose_creation_was_lost_is_found_by_its_name(server, client):
    server.on("POST", "/v1/models", breaks("unanswered"))
    made = {"owner": "ada", "name": "m", "visibility": "private", "description": None, "latest_version": None}
    server.on("GET", "/v1/models/ada/m", ok({"detail": "none"}, 404), ok(made))
    assert (await client.create_model("ada", "m", hardware="cpu", visibility="private")).ref == "ada/m"
    assert server.count("POST") == 1


@pytest.mark.parametrize(
    "there",
    [
        None,
        {"owner": "ada", "name": "m", "visibility": "public"},
        {"owner": "ada", "name": "m", "visibility": "private", "latest_version": {"id": VERSION}},
    ],
)
async def test_a_model_that_is_not_the_one_that_was_sent_is_not_taken_for_it(server, client, there):
    server.on("POST", "/v1/models", ok({"detail": "out of order"}, 500))
    server.on("GET", "/v1/models/ada/m", ok(there) if there else ok({"detail": "none"}, 404))
    with pytest.raises(ChangeUnknown, match="model ada/m was lost"):
        await client.create_model("ada", "m", hardware="cpu", visibility="private")
    assert server.count("POST") == 1


async def test_a_file_that_is_sent_once_is_found_by_its_checksum(server, client, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"the same")
    sums = {"sha256": hashlib.sha256(b"the same").hexdigest()}
    older = {"id": "before", "checksums": sums}
    server.on("POST", "/v1/files", breaks("unanswered"))
    listed = [older, {"id": "made", "checksums": sums}, {"id": "other", "checksums": {"sha256": "0"}}]
    server.on("GET", "/v1/files", ok({"results": [older]}), ok({"results": listed}))
    assert (await client.upload_once(path)).id == "made"
    assert server.count("POST") == 1
    server.on("GET", "/v1/files", ok({"results": listed}))
    with pytest.raises(ChangeUnknown, match=r"file a\.txt"):
        await client.upload_once(path)
    assert server.count("POST") == 2


async def test_what_never_left_is_no_unknown(client, server):
    await server.stop()
    with pytest.raises(NetworkError) as failure:
        await client.create_model("ada", "m", hardware="cpu", visibility="private")
    assert not failure.value.sent


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_an_input_is_the_same_as_itself(value):
    assert same_input(value, dict(reversed(value.items())), [])
    assert not same_input(value, {**value, "another field": 1}, [])


def test_secrets_are_recognised_in_the_form_in_which_they_are_listed():
    def same(one, other):
        return same_input(one, other, [])

    assert same({"key": SECRET}, {"key": "[REDACTED]"})
    assert same({"key": SECRET}, {"key": "********"})
    # What was kept of a run of an earlier session has the forms' mark.
    assert same({"key": REDACTED, "keys": [REDACTED]}, {"key": SECRET, "keys": [SECRET]})
    assert not same({"prompt": f"the {REDACTED} garden"}, {"prompt": "a redacted letter"})
    assert not same({"image": "https://a"}, {"image": "https://b"})
    assert not same({"a": 1}, {"a": True})
    assert same({"a": 1}, {"a": 1.0})
    assert not same({"prompt": ""}, {"prompt": "x"})
