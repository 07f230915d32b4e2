"""The section Predictions: everything that ran and runs, of this account."""

from __future__ import annotations

from tui.screens.records.prediction_commands import PredictionCommands
from tui.screens.records.prediction_detail import PredictionDetail
from tui.screens.records.records_screen import RecordSection, RecordsScreen

PREDICTIONS = RecordSection(
    kind="prediction",
    placeholder="/  words  status:failed  model:flux  since:2h",
    nothing_yet="No predictions yet.\n\n1 goes to the models; r runs the one under the cursor.",
    detail=PredictionDetail,
    commands=PredictionCommands,
)


class PredictionsScreen(RecordsScreen):
    """The list of predictions; what Replicate has deleted is still here."""

    HELP = (
        "The predictions of this account, newest first. enter goes to the one under the cursor, space marks it. "
        '/ filters: words of prompts, outputs and logs by their beginnings, "words in quotes" as they follow each '
        "other, and status: model: source: since: until: id: version: deployment: for the rest."
    )

    def __init__(self) -> None:
        super().__init__(PREDICTIONS)
