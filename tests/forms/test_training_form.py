"""The form of a training: the destination's part and the trainer's, each judged by its own."""

from __future__ import annotations

from tui.forms import Form
from tui.forms.delivery import EVENTS, WEBHOOK
from tui.forms.training import DESTINATION, HARDWARE, VISIBILITY, TrainingForm

TRAINER = Form.parse(
    {
        "components": {
            "schemas": {
                "TrainingInput": {
                    "required": ["data"],
                    "properties": {
                        "data": {"type": "string", "x-order": 0},
                        "destination": {"type": "string", "x-order": 1},
                        "steps": {"type": "integer", "maximum": 10, "x-order": 2},
                    },
                }
            }
        }
    },
    "TrainingInput",
)


def test_the_destination_comes_first_and_never_reaches_the_input() -> None:
    form = TrainingForm(TRAINER, ["cpu", "gpu-t4"])
    assert [field.name for field in form.shown.fields] == [
        DESTINATION, VISIBILITY, HARDWARE, "data", "destination", "steps",
    ]  # fmt: skip
    wanted, checked = form.check({DESTINATION: " ada/poet ", "data": "x", "destination": "theirs", "steps": "3"})
    assert checked.ok
    assert checked.input == {"data": "x", "destination": "theirs", "steps": 3}
    assert (wanted.destination, wanted.visibility, wanted.hardware) == ("ada/poet", "private", "cpu")


def test_what_is_missing_or_wrong_in_either_part_is_told_by_field() -> None:
    form = TrainingForm(TRAINER, ["cpu"])
    _, checked = form.check({"steps": "99", HARDWARE: "warp-drive"})
    assert {problem.field for problem in checked.problems} == {DESTINATION, HARDWARE, "data", "steps"}


def test_without_a_hardware_list_any_name_may_be_typed() -> None:
    form = TrainingForm(TRAINER, [])
    wanted, checked = form.check({DESTINATION: "ada/poet", "data": "x"})
    assert (wanted.hardware, checked.ok) == ("", True)
    wanted, _ = form.check({DESTINATION: "ada/poet", "data": "x", HARDWARE: "cpu", VISIBILITY: "public"})
    assert (wanted.hardware, wanted.visibility) == ("cpu", "public")


def test_its_webhook_is_beside_the_input_and_judged_too() -> None:
    form = TrainingForm(TRAINER, ["cpu"])
    texts = {DESTINATION: "ada/poet", "data": "x", WEBHOOK: "https://example.com/", EVENTS["start"]: "true"}
    wanted, checked = form.check(texts)
    assert (checked.ok, checked.input) == (True, {"data": "x"})
    assert (wanted.delivery.webhook, wanted.delivery.events) == (
        "https://example.com/",
        ("start", "output", "completed"),
    )
    _, checked = form.check({**texts, WEBHOOK: "http://example.com/"})
    assert [problem.field for problem in checked.problems] == [WEBHOOK]
