"""The section Predictions: everything that ran and runs, of this account."""

from __future__ import annotations

from collections.abc import Sequence

from tui import commands as cmd
from tui.screens.batches.make_batch import MarkedBatch
from tui.screens.records.prediction_commands import PredictionCommands
from tui.screens.records.prediction_detail import PredictionDetail
from tui.screens.records.records_screen import RecordSection, RecordsScreen
from tui.screens.run.open_form import open_form
from tui.screens.run.use_output import ResultOutputs, UseOutput

PREDICTIONS = RecordSection(
    kind="prediction",
    placeholder="/  words  status:failed  model:flux  since:2h",
    nothing_yet="No predictions yet.\n\n1 goes to the models; r runs the one under the cursor.",
    detail=PredictionDetail,
    commands=PredictionCommands,
    pictures=True,
)


class PredictionsScreen(RecordsScreen):
    """The list of predictions; what Replicate has deleted is still here."""

    HELP = (
        "The predictions of this account, newest first. enter goes to the one under the cursor, space marks it. "
        '/ filters: words of prompts, outputs and logs by their beginnings, "words in quotes" as they follow each '
        "other, and status: model: source: since: until: id: version: deployment: for the rest."
    )

    BINDINGS = [*cmd.in_key_bar(cmd.MakeBatch), *cmd.bindings(cmd.UseAsInput)]

    def __init__(self) -> None:
        super().__init__(PREDICTIONS)
        self._more = (
            MarkedBatch(self, lambda: self.list.table.marked),
            UseOutput(self, lambda: ResultOutputs(self.detail.view), open_form),
        )

    @property
    def command_objects(self) -> Sequence[object]:
        """The commands of the records, the batch of those that are marked, and the way of an output into a form."""
        return (*super().command_objects, *self._more)
