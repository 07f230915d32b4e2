"""The form of a training: the trainer's own fields, before them where the result goes, beside them its webhook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from tui.forms import delivery
from tui.forms.delivery import Delivery
from tui.forms.form import Checked, Form, Problem

# No input of a model has such a name: inputs are Python's arguments.
DESTINATION = "destination model"
VISIBILITY = "new model's visibility"
HARDWARE = "new model's hardware"

NEW = "Only where the destination is to be made."


class Wanted(Struct, frozen=True):
    """What the part about the destination says."""

    destination: str
    visibility: str
    hardware: str
    delivery: Delivery = delivery.NONE
    """The webhook that is told of it; a training has no deadline."""


class TrainingForm:
    """Two forms as one on the screen; each text is judged by its own."""

    def __init__(self, trainer: Form, hardware: Sequence[str]) -> None:
        """`hardware` are the SKUs that can be chosen; where none are known, any text may be one."""
        self.trainer = trainer
        skus: dict[str, object] = {"type": "string", "description": f"What the new model runs on. {NEW}", "x-order": 2}
        if hardware:
            skus |= {"enum": list(hardware), "default": hardware[0]}
        properties: dict[str, object] = {
            DESTINATION: {
                "type": "string",
                "description": "OWNER/NAME of the model of yours that gets the version; a new one is made first. "
                "^o lists yours.",
                "x-order": 0,
            },
            VISIBILITY: {
                "type": "string",
                "enum": ["private", "public"],
                "default": "private",
                "description": f"Who may see and run the new model. {NEW}",
                "x-order": 1,
            },
            HARDWARE: skus,
        }
        section = {"type": "object", "required": [DESTINATION], "properties": properties}
        self.head = Form.parse({"components": {"schemas": {"Input": section}}})
        self._hardware = tuple(hardware)
        self.shown = Form((*self.head.fields, *trainer.fields), known=True)

    def check(self, texts: Mapping[str, str]) -> tuple[Wanted, Checked]:
        """What was typed, judged: where the result goes, and the trainer's input with the problems of both."""
        names = {field.name for field in self.head.fields}
        head = self.head.from_text({name: text for name, text in texts.items() if name in names})
        inputs = {name: text for name, text in delivery.without(texts).items() if name not in names}
        checked = self.trainer.from_text(inputs)
        wanted = Wanted(
            str(head.input.get(DESTINATION, "")).strip(),
            str(head.input.get(VISIBILITY, "private")),
            str(head.input.get(HARDWARE, self._hardware[0] if self._hardware else "")),
            delivery.read(texts)[0],
        )
        problems = [*head.problems, *(Problem(name, None, "is required") for name in head.missing)]
        problems += [*checked.problems, *(Problem(name, None, "is required") for name in checked.missing)]
        problems += delivery.read(texts)[1]
        return wanted, Checked(checked.input, tuple(problems))
