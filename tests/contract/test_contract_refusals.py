"""What every operation refuses: no token, what is not there, and each way in which the spec can be broken."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract import spec as contract
from tests.contract.conftest import LIMITLESS
from tests.contract.driver import Driver
from tests.contract.spec import FILE, MARKS, OPEN, UNAUTHENTICATED, Operation, Spec, check_problem
from tests.support.sandbox import RunningSandbox, run_sandbox

pytestmark = MARKS
IDS = sorted(contract.load().operations) if FILE.is_file() else []
WRONG: dict[str, list[Any]] = {
    "string": [None, 3, True, ["x"], {"x": "y"}],
    "integer": [None, "1", 1.5, True, [1], {}, 2**70],
    "boolean": [None, "true", 1, [], {}],
    "object": [None, "x", 3, True, []],
    "array": [None, "start", 3, {}, [3], ["end"], [None]],
}


@pytest.fixture(scope="module")
def running(models: Any) -> Iterator[RunningSandbox]:
    with run_sandbox(cog=models, options=LIMITLESS) as running:
        yield running


@pytest.fixture(scope="module")
def driver(spec: Spec, running: RunningSandbox) -> Iterator[Driver]:
    with Driver(spec, running) as driver:
        yield driver


def parts_of(operation: Operation, driver: Driver) -> list[str]:
    """Path parameters that name something which is there."""
    known = {
        "collection_slug": "none",
        "deployment_owner": "sandbox",
        "deployment_name": "standing",
        "model_owner": "sandbox",
        "model_name": "talker",
        "version_id": driver.versions["talker"],
    }
    if operation.id == "models.update":
        known["model_name"] = "pupil"
    return [known.get(name, "none") for name in operation.path_names]


@pytest.fixture(scope="module", autouse=True)
def standing(driver: Driver) -> None:
    """A deployment with nothing running, and a model to train."""
    driver.call("deployments.create", json=deployment_of(driver, "standing"), status=200)
    target = {"owner": "sandbox", "name": "pupil", "visibility": "private", "hardware": "cpu"}
    driver.call("models.create", json=target, status=201)


def deployment_of(driver: Driver, name: str) -> dict[str, Any]:
    sizes = {"min_instances": 0, "max_instances": 1}
    version = driver.versions["talker"]
    return {"name": name, "model": "sandbox/talker", "version": version, "hardware": "cpu", **sizes}


def fine_body(operation: Operation, driver: Driver) -> dict[str, Any]:
    """A body that the operation would accept."""
    version = driver.versions["talker"]
    return {
        "deployments.create": deployment_of(driver, "another"),
        "deployments.update": {"max_instances": 1},
        "models.create": {"owner": "sandbox", "name": "another", "visibility": "private", "hardware": "cpu"},
        "models.update": {"description": "d"},
        "predictions.create": {"version": version, "input": {}},
        "models.predictions.create": {"input": {}},
        "deployments.predictions.create": {"input": {}},
        "trainings.create": {"destination": "sandbox/pupil", "input": {"data": "data:text/plain,x"}},
    }[operation.id]


JSON_BODIES = [
    "deployments.create",
    "deployments.predictions.create",
    "deployments.update",
    "models.create",
    "models.predictions.create",
    "models.update",
    "predictions.create",
    "trainings.create",
]


def test_the_operations_with_a_json_body_are_these(spec: Spec) -> None:
    found = {name for name, operation in spec.operations.items() if operation.content_type == "application/json"}
    assert found == set(JSON_BODIES)


@pytest.mark.parametrize("name", IDS)
def test_no_operation_answers_without_the_token(driver: Driver, name: str) -> None:
    operation = driver.spec.operations[name]
    address = operation.address(*parts_of(operation, driver))
    for header in ("", "Bearer r8_wrong"):
        answer = driver.client.request(operation.method, address, headers={"Authorization": header}, content=b"{}")
        if name in OPEN:
            assert check_problem(answer)["status"] == 404
        else:
            assert (answer.status_code, check_problem(answer)) == (401, UNAUTHENTICATED)
    assert driver.client.get("/models/sandbox/talker").status_code == 200


@pytest.mark.parametrize("name", IDS)
def test_what_is_not_there_is_a_404_at_each_part_of_each_path(driver: Driver, name: str) -> None:
    operation = driver.spec.operations[name]
    parts = parts_of(operation, driver)
    body = fine_body(operation, driver) if name in JSON_BODIES else None
    for position in range(len(parts)):
        for stranger in ("nobody", "0" * 64, "%00", "%2e%2e", "%1b%5B31m", "a" * 3000, "%F0%9F%92%A9", "x%2Fy"):
            changed = [*parts[:position], stranger, *parts[position + 1 :]]
            answer = driver.client.request(operation.method, operation.address(*changed), json=body)
            assert answer.status_code == 404, (changed, answer.text)
            check_problem(answer)


def broken(operation: Operation, body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The body with one thing wrong in it, for each thing that the spec says of it."""
    assert operation.body is not None
    for name in operation.body.get("required", []):
        yield f"no {name}", {key: value for key, value in body.items() if key != name}
    for name, schema in operation.body["properties"].items():
        for value in WRONG[schema["type"]]:
            yield f"{name} = {value!r}", {**body, name: value}
        if "enum" in schema:
            yield f"{name} is no choice", {**body, name: "none of these"}
        if "minimum" in schema:
            yield f"{name} too small", {**body, name: schema["minimum"] - 1}
            yield f"{name} too large", {**body, name: schema["maximum"] + 1}
    if operation.body.get("additionalProperties") is False:
        yield "a strange field", {**body, "strange": 1}


@pytest.mark.parametrize("name", JSON_BODIES)
def test_each_thing_that_can_be_wrong_in_a_body_is_refused_by_its_name(driver: Driver, name: str) -> None:
    operation = driver.spec.operations[name]
    address = operation.address(*parts_of(operation, driver))
    body = fine_body(operation, driver)
    assert operation.body is not None and driver.spec.fits(body, operation.body)
    for what, wrong in broken(operation, body):
        assert not driver.spec.fits(wrong, operation.body), what
        answer = driver.client.request(operation.method, address, json=wrong)
        problem = check_problem(answer)
        assert (answer.status_code, problem["title"]) == (422, "Input validation failed"), what
        fields = problem["invalid_fields"]
        field = what.removeprefix("no ").split(" ")[0]
        assert fields and (field in {entry["field"].split(".")[0] for entry in fields} or field in problem["detail"])
    kept = driver.client.request(operation.method, address, json=body)
    assert kept.status_code < 300, kept.text


@pytest.mark.parametrize("name", JSON_BODIES)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b"{}{}",
        b'{"input": NaN}',
        b"[" * 5000,
        b'{"a":' * 5000,
        b"\x00",
        "{}".encode("utf-16"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(driver: Driver, name: str, content: bytes) -> None:
    operation = driver.spec.operations[name]
    answer = driver.client.request(operation.method, operation.address(*parts_of(operation, driver)), content=content)
    assert check_problem(answer)["status"] in {400, 422}


@pytest.mark.parametrize(
    ("operation_id", "parameter", "values"),
    [
        ("search", "limit", ["0", "51", "-1", "x", "", "1.5", "9" * 40, "٣"]),
        ("models.list", "sort_by", ["", "name", "model_created_at,", "\x1b[31m"]),
        ("models.list", "sort_direction", ["", "up", "DESC"]),
        ("predictions.list", "source", ["", "api", "WEB"]),
        ("predictions.list", "created_after", ["", "x", "soon", "2024-13-01T00:00:00Z", "9" * 99, "\x00"]),
        ("predictions.list", "created_before", ["", "x", "2024-01-01T25:00:00Z"]),
        ("predictions.list", "cursor", ["", "x", "%", "é" * 40]),
        ("trainings.list", "cursor", ["", "x"]),
        ("models.list", "cursor", ["", "x"]),
    ],
)
def test_a_parameter_outside_of_what_it_may_be_is_refused(
    driver: Driver, operation_id: str, parameter: str, values: list[str]
) -> None:
    for value in values:
        answer = driver.send(operation_id, params={"query": "x", parameter: value})
        assert answer.status_code == 400, (value, answer.text)
        assert answer.json()["detail"]


@pytest.mark.parametrize("name", ["predictions.create", "models.predictions.create", "deployments.predictions.create"])
def test_headers_outside_of_what_they_may_be_are_refused_and_nothing_is_created(driver: Driver, name: str) -> None:
    operation = driver.spec.operations[name]
    body, parts = fine_body(operation, driver), parts_of(operation, driver)
    before = len(driver.call("predictions.list", status=200)["results"])
    for header, values in {
        "Prefer": ["wait=0", "wait=61", "wait=-1", "wait=x", "wait=1.5", "wait=9999999999"],
        "Cancel-After": ["", "4s", "0", "-5s", "soon", "1y", "5 s x", "9" * 40, "1h1"],
    }.items():
        for value in values:
            driver.call(name, *parts, json=body, headers={header: value}, status=400)
    assert len(driver.call("predictions.list", status=200)["results"]) == before


def test_the_ends_of_time_are_times_too(driver: Driver) -> None:
    for moment in ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999999-23:59"):
        for name in ("created_after", "created_before"):
            driver.call("predictions.list", params={name: moment}, status=200)


def test_a_search_without_words_is_refused_in_the_body_that_the_spec_gives(driver: Driver) -> None:
    for params in ({}, {"query": ""}, {"query": "  "}):
        answer = driver.send("search", params=params)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")


@pytest.mark.parametrize("path", ["/", "/nothing", "/models/a", "/models/a/b/c", "/predictions/a/b", "/webhooks"])
def test_a_path_that_is_none_is_a_404_for_every_method(driver: Driver, path: str) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "QUERY", "OPTIONS", "BREW"):
        assert check_problem(driver.client.request(method, path))["status"] == 404


def test_a_method_that_a_path_does_not_know_is_a_405_that_names_those_it_knows(driver: Driver) -> None:
    known: dict[str, set[str]] = {}
    for operation in driver.spec.operations.values():
        known.setdefault(operation.path, set()).add(operation.method)
    for operation in driver.spec.operations.values():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "QUERY", "BREW"} - known[operation.path]:
            answer = driver.client.request(method, operation.address(*parts_of(operation, driver)))
            assert check_problem(answer)["status"] == 405
            assert known[operation.path] <= set(answer.headers["allow"].split(", "))


FORMS: list[tuple[str, dict[str, Any], int]] = [
    ("nothing", {"content": b""}, 415),
    ("JSON", {"json": {"content": "x"}}, 415),
    ("a form in a URL's words", {"data": {"content": "x"}}, 415),
    ("no content", {"files": {"other": ("a", b"x")}}, 400),
    ("metadata that is no object", {"files": {"content": ("a", b"x"), "metadata": (None, "[1]")}}, 400),
    ("metadata that is no JSON", {"files": {"content": ("a", b"x"), "metadata": (None, "{")}}, 400),
    ("a name too long", {"files": {"content": ("a", b"x"), "filename": (None, "n" * 256)}}, 400),
    ("a type that is none", {"files": {"content": ("a", b"x"), "type": (None, "text")}}, 400),
    ("a form cut off", {"content": b"--b\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 400),
    ("a form with no boundary", {"content": b"--b", "headers": {"Content-Type": "multipart/form-data"}}, 415),
]


@pytest.mark.parametrize(("what", "request_parts", "status"), FORMS, ids=[form[0] for form in FORMS])
def test_an_upload_that_is_none_is_refused(
    driver: Driver, what: str, request_parts: dict[str, Any], status: int
) -> None:
    before = driver.call("files.list", status=200)
    driver.call("files.create", status=status, **request_parts)
    assert driver.call("files.list", status=200) == before
    assert driver.announce("files.create", 101 * 1024 * 1024 + 1).status_code == 413


RULES: list[tuple[str, tuple[str, ...], Any, int]] = [
    ("models.create", (), {"owner": "you", "name": "n", "visibility": "private", "hardware": "cpu"}, 403),
    ("models.create", (), {"owner": "sandbox", "name": "talker", "visibility": "private", "hardware": "cpu"}, 409),
    ("models.create", (), {"owner": "sandbox", "name": "A b", "visibility": "private", "hardware": "cpu"}, 400),
    ("models.create", (), {"owner": "sandbox", "name": "n", "visibility": "private", "hardware": "gpu-0"}, 400),
    ("models.update", ("sandbox", "talker"), {"description": "d"}, 403),
    ("models.update", ("sandbox", "pupil"), {"visibility": "public"}, 422),
    ("models.update", ("sandbox", "pupil"), {"hardware": "cpu"}, 422),
    ("models.update", ("sandbox", "pupil"), {"cover_image_url": "https://x/y.png"}, 422),
    ("models.delete", ("sandbox", "talker"), None, 403),
    ("models.versions.delete", ("sandbox", "talker", "VERSION"), None, 403),
    ("models.predictions.create", ("sandbox", "copier"), {"input": {}}, 404),
    ("predictions.create", (), {"version": "sandbox/copier", "input": {}}, 422),
    ("predictions.create", (), {"version": "sandbox/copier:VERSION", "input": {}}, 422),
    ("predictions.create", (), {"version": "0" * 64, "input": {}}, 422),
    ("predictions.create", (), {"version": "", "input": {}}, 422),
    ("predictions.create", (), {"version": "VERSION", "input": {"size": "xl"}}, 422),
    ("predictions.create", (), {"version": "VERSION", "input": {}, "webhook": "ftp://x/"}, 422),
    ("deployments.create", (), {"DEPLOYMENT": "standing"}, 409),
    ("deployments.create", (), {"DEPLOYMENT": "B C"}, 400),
    ("deployments.create", (), {"DEPLOYMENT": "b", "hardware": "gpu-0"}, 400),
    ("deployments.create", (), {"DEPLOYMENT": "b", "version": "0" * 64}, 400),
    ("deployments.create", (), {"DEPLOYMENT": "b", "version": ""}, 400),
    ("deployments.create", (), {"DEPLOYMENT": "b", "model": "sandbox/copier"}, 400),
    ("deployments.create", (), {"DEPLOYMENT": "b", "min_instances": 2}, 400),
    ("deployments.update", ("sandbox", "standing"), {"name": "b"}, 422),
    ("deployments.update", ("sandbox", "standing"), {"model": "sandbox/copier"}, 422),
    ("deployments.update", ("sandbox", "standing"), {"hardware": "gpu-0"}, 400),
    ("deployments.update", ("sandbox", "standing"), {"version": ""}, 400),
    ("deployments.update", ("sandbox", "standing"), {"version": "0" * 64}, 400),
    ("deployments.delete", ("sandbox", "standing"), None, 400),
    ("trainings.create", ("sandbox", "talker", "VERSION"), {"destination": "sandbox/none", "input": {}}, 404),
    ("trainings.create", ("sandbox", "talker", "VERSION"), {"destination": "sandbox/talker", "input": {}}, 404),
    ("trainings.create", ("sandbox", "talker", "VERSION"), {"destination": "you/pupil", "input": {}}, 404),
    ("trainings.create", ("sandbox", "talker", "VERSION"), {"destination": "sandbox/pupil", "input": {}}, 422),
    ("trainings.create", ("sandbox", "copier", "COPIER"), {"destination": "sandbox/pupil", "input": {}}, 422),
]


@pytest.mark.parametrize(("name", "parts", "body", "status"), RULES)
def test_the_rules_of_operations_hold(
    driver: Driver, name: str, parts: tuple[str, ...], body: dict[str, Any] | None, status: int
) -> None:
    versions = {"VERSION": driver.versions["talker"], "COPIER": driver.versions["copier"]}

    def filled(value: Any) -> Any:
        if isinstance(value, str):
            for mark, version in versions.items():
                value = value.replace(mark, version)
        return value

    sent = None if body is None else {key: filled(value) for key, value in body.items()}
    if sent is not None and "DEPLOYMENT" in sent:
        sent = {**deployment_of(driver, sent.pop("DEPLOYMENT")), **sent}
    more = {} if sent is None else {"json": sent}
    problem = driver.call(name, *(filled(part) for part in parts), status=status, **more)
    assert problem["detail"]


def test_too_many_requests_get_429_as_recorded(spec: Spec, models: Any) -> None:
    limits = ["--rate-limit", "6/1m,burst=1", "--other-rate-limit", "5/1m"]
    with run_sandbox(cog=models, options=limits) as slow, Driver(spec, slow) as driver:
        version = driver.versions["talker"]
        body = {"version": version, "input": {}}
        driver.call("predictions.create", json=body, status=201)
        refused = driver.call("predictions.create", json=body, status=429)
        assert "reduced to 6 requests" in refused["detail"]
        statuses = [driver.send("account.get").status_code for _ in range(5)]
        assert statuses[:3] == [200] * 3 and statuses[3:] == [429] * 2
        assert len(slow.requests("predictions.create")) == 2
