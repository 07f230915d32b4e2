"""The section Trainings: every training of this account, its curves and its log."""

from __future__ import annotations

from tui import commands as cmd
from tui.screens.records.records_screen import RecordSection, RecordsScreen
from tui.screens.records.training_commands import TrainingCommands
from tui.screens.records.training_detail import TrainingDetail

TRAININGS = RecordSection(
    kind="training",
    placeholder="/  words  status:failed  model:bard  since:2h",
    nothing_yet="No trainings yet.\n\nn picks a trainer and fills its form.",
    detail=TrainingDetail,
    commands=TrainingCommands,
    opens=True,
)


class TrainingsScreen(RecordsScreen):
    """The list of trainings; what Replicate has deleted is still here."""

    HELP = (
        "The trainings of this account, newest first. n starts one, enter goes to the one under the cursor. "
        "/ filters by words, status:, model: and since:."
    )
    BINDINGS = cmd.bindings(cmd.NewTraining, cmd.RunVersion, cmd.CompareWithBase)

    def __init__(self) -> None:
        super().__init__(TRAININGS)
