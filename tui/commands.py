"""Every user action, declared once: its key, footer entry, palette entry, help text and keymap id.

A screen lists the commands that it answers (`COMMANDS_HERE`) and has one method for each: `do_<name>`.
`why_not_<name>`, where there is one, returns the reason for which the command is not possible now, or None.
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding

REGISTRY: dict[str, type[Command]] = {}


class Command:
    """One user action. The docstring of a subclass is its help text and its tooltip."""

    title: ClassVar[str]
    """What the footer and the palette call it."""
    keys: ClassVar[str]
    """Keys separated by commas; the first is the one that is shown."""
    footer: ClassVar[bool] = False
    """Whether the key bar shows it."""
    changes: ClassVar[bool] = False
    """Whether it costs money or changes something at Replicate: refused when the console is read-only."""
    alone: ClassVar[bool] = False
    """Whether it is left out where its key came in one burst with others, as what costs or changes is."""
    priority: ClassVar[bool] = False
    """Whether the key works while a text field has the focus."""
    at_once: ClassVar[bool] = False
    """Whether it acts before the next key is looked at, unless a text field has the focus: for keys that are followed
    by typing, which must not be lost on a slow machine."""
    group: ClassVar[str] = "General"

    id: ClassVar[str]
    name: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.id = "".join(f"-{letter}" if letter.isupper() else letter for letter in cls.__name__).lower()[1:]
        cls.name = cls.id.replace("-", "_")
        if hasattr(cls, "title"):
            REGISTRY[cls.id] = cls

    @classmethod
    def help(cls) -> str:
        """The help text: the docstring on one line."""
        return " ".join((cls.__doc__ or "").split())

    @classmethod
    def binding(cls) -> Binding:
        """The binding of this command; its id is the one that a keymap names."""
        return Binding(
            cls.keys,
            f"{'at_once' if cls.at_once else 'command'}('{cls.id}')",
            cls.title,
            show=cls.footer,
            priority=cls.priority or cls.at_once,
            tooltip=cls.help(),
            id=cls.id,
        )


def bindings(*commands: type[Command]) -> list[Binding]:
    """The bindings of `commands`, in their order."""
    return [command.binding() for command in commands]


class Quit(Command):
    """Leave the console. Asks first when predictions of yours are still running."""

    title, keys, footer = "Quit", "q,ctrl+q", False
    alone = True


class CancelEverything(Command):
    """Cancel all that is live of this account, predictions and trainings, after one question that says how many."""

    title, keys, changes = "Cancel everything", "X", True


class Help(Command):
    """Show what the keys do here and what the focused thing is."""

    title, keys, footer = "Help", "question_mark,f1", True


class Palette(Command):
    """Find any command or any model by name."""

    title, keys, footer, priority = "Find", "ctrl+p", True, True


class GoSection(Command):
    """Open a section; the subclasses are found by the name of theirs."""

    group = "Sections"
    section: ClassVar[str]


class GoModels(GoSection):
    """Browse and search models."""

    title, keys, section = "Models", "1", "models"


class GoPredictions(GoSection):
    """Watch the predictions of this account."""

    title, keys, section = "Predictions", "2", "predictions"


class GoDeployments(GoSection):
    """See and change what you deploy."""

    title, keys, section = "Deployments", "5", "deployments"


class GoTrainings(GoSection):
    """Watch the trainings of this account, their curves and their logs."""

    title, keys, section = "Trainings", "3", "trainings"


class GoChat(GoSection):
    """Chat with language models."""

    title, keys, section = "Chat", "4", "chat"


def section_commands() -> list[type[Command]]:
    """The commands that open a section, in the order of their keys."""
    return sorted(GoSection.__subclasses__(), key=lambda command: command.keys)


class Back(Command):
    """Go back: close what is open, clear the filter, or return to the list."""

    title, keys, footer = "Back", "escape", True


class NextTab(Command):
    """Show the next tab."""

    title, keys, group = "Next tab", "right_square_bracket,ctrl+right", "View"


class PreviousTab(Command):
    """Show the previous tab."""

    title, keys, group = "Previous tab", "left_square_bracket,ctrl+left", "View"


class Filter(Command):
    """Filter the list as you type."""

    title, keys, footer, group = "Filter", "slash", True, "List"
    at_once = True


class Reload(Command):
    """Ask the API again, now."""

    title, keys, group = "Reload", "R,f5", "List"


class SortList(Command):
    """Choose the column that the list is sorted by; a click on its title does the same."""

    title, keys, group = "Sort", "S", "List"


class MarkAll(Command):
    """Mark everything that the filter finds, out of sight too; space marks one row."""

    title, keys, group = "Mark all", "a", "List"


class UnmarkAll(Command):
    """Take all marks away."""

    title, keys, group = "Unmark all", "u", "List"


class CompareTwo(Command):
    """Compare the two marked ones, or the marked one with the one under the cursor."""

    title, keys, group = "Compare", "d", "List"


class NextDifference(Command):
    """Go down to the next field that differs."""

    title, keys, footer, group = "Next difference", "n", True, "Compare"


class PreviousDifference(Command):
    """Go up to the field before that differs."""

    title, keys, group = "Previous difference", "N", "Compare"


class DifferencesOnly(Command):
    """Hide what is the same in both, or show it again."""

    title, keys, footer, group = "Only differences", "equals_sign", True, "Compare"


class OpenInBrowser(Command):
    """Open this page on the web."""

    title, keys, group = "Browser", "o", "Item"
    alone = True


class Copy(Command):
    """Copy what has the focus: the id, the output, the code or the JSON value. Says by which way it went."""

    title, keys, footer, group = "Copy", "y", True, "Item"


class CopyId(Command):
    """Copy the id or the name of this item."""

    title, keys, group = "Copy id", "Y", "Item"


class RunModel(Command):
    """Open the form of this model to run it."""

    title, keys, footer, group = "Run…", "r", True, "Item"


class CopyCatalogue(Command):
    """Copy all public models into this machine's list, for the search; pressed again it stops, and goes on later."""

    title, keys, group = "Copy the catalogue", "A", "List"


class ShowCollections(Command):
    """Choose a collection of models."""

    title, keys, footer, group = "Collections", "C", False, "List"


class StartRun(Command):
    """Check the form and create the prediction. It is billed from the moment the model starts."""

    title, keys, footer, changes, priority, group = "Run", "ctrl+r", True, True, True, "Run"


class CancelPrediction(Command):
    """Cancel the marked ones that run, or this one. What ran until now is billed; what came out of it stays here."""

    title, keys, footer, changes, group = "Cancel", "c,ctrl+x", True, True, "Item"


class RunAgain(Command):
    """Open the form filled with this prediction's input, to change and run again."""

    title, keys, footer, group = "Run again", "r", True, "Item"


class SaveOutputs(Command):
    """Save the output files of the marked ones, or of this one. Replicate deletes them an hour after the prediction."""

    title, keys, footer, group = "Save", "s", True, "Item"


class OpenOutput(Command):
    """Open the output file with this machine's program for it."""

    title, keys, group = "Open file", "O", "Item"
    alone = True


class EditInEditor(Command):
    """Edit the field in $EDITOR."""

    title, keys, priority, group = "Editor", "ctrl+e", True, "Run"
    alone = True


class FindField(Command):
    """Find a field of the form by its name or its description; the others are hidden until escape."""

    title, keys, footer, priority, group = "Find field", "ctrl+f", True, True, "Run"


class FilterFields(Command):
    """Find a field of the form, where the focus is in none that one types in."""

    title, keys, group = "Filter fields", "slash", "Run"
    at_once = True


class ResetForm(Command):
    """Empty the form: every field goes back to its default. ctrl+z brings back what was in it."""

    title, keys, priority, group = "Reset form", "ctrl+n", True, "Run"
    alone = True


class UndoForm(Command):
    """Undo the last change of the form: what was emptied, replaced or typed comes back."""

    title, keys, group = "Undo", "ctrl+z", "Run"


class RedoForm(Command):
    """Do again what was undone in the form."""

    title, keys, group = "Redo", "ctrl+y", "Run"


class SwitchPane(Command):
    """Show the form or the result, where the terminal is too narrow for both."""

    title, keys, priority, group = "Form / result", "ctrl+t", True, "View"


class ResolveRun(Command):
    """Decide about a run whose answer was lost: look for it again, send it once more, or drop it."""

    # One of the answers sends it again, which may be paid for twice.
    title, keys, changes, group = "Resolve", "x", True, "Item"


class ApplyChanges(Command):
    """Check the form, say what it changes and may cost, and send it once you agree."""

    title, keys, footer, changes, priority, group = "Send", "ctrl+r", True, True, True, "Item"


class NewDeployment(Command):
    """Make a deployment: a model at an address of your own, with instances of its own."""

    title, keys, footer, group = "New…", "n", True, "List"


class ChangeDeployment(Command):
    """Change a deployment's version, hardware or instances. What that means is said before it is sent."""

    title, keys, footer, group = "Change…", "e", True, "Item"


class ScaleDeployment(Command):
    """Change how many instances a deployment keeps up, and how many at most."""

    title, keys, footer, group = "Scale…", "i", True, "Item"


class DisableDeployment(Command):
    """Switch a deployment off: no instance stays up, and what runs through it is canceled."""

    title, keys, footer, changes, group = "Disable", "d", True, True, "Item"


class EnableDeployment(Command):
    """Switch a deployment on as it was before it was switched off."""

    title, keys, changes, group = "Enable", "u", True, "Item"


class DeleteDeployment(Command):
    """Delete a deployment that has been off and unused for 15 minutes."""

    title, keys, changes, group = "Delete", "D,delete", True, "Item"


class RollBack(Command):
    """Put back a release of the deployment that this console has seen. It becomes a new release."""

    title, keys, group = "Roll back…", "b", "Item"


class ChatThrough(Command):
    """Begin a conversation with the deployed model: every question runs on the deployment."""

    title, keys, group = "Chat…", "t", "Item"


class CompareVersions(Command):
    """Say in words what changed between two versions of a model: inputs, defaults, bounds and outputs."""

    title, keys, group = "Compare versions", "v,f4", "Item"


class ShowHardware(Command):
    """Show what models can run on, with what it may cost."""

    title, keys, group = "Hardware", "H", "List"


class NewModel(Command):
    """Make a model of your own, empty until a version is pushed to it or a training fills it."""

    title, keys, group = "New model…", "n", "List"


class ShowMine(Command):
    """Show your own models, as far as they are known here: the API's list leaves out the private ones."""

    title, keys, group = "My models", "M", "List"


class EditModel(Command):
    """Change the description and the links of a model of yours."""

    title, keys, group = "Edit model…", "e", "Item"


class EditReadme(Command):
    """Edit the README of a model of yours in $EDITOR; it is sent once you agree."""

    title, keys, changes, group = "Edit README", "E", True, "Item"


class DeleteModel(Command):
    """Delete a model of yours: only a private one without versions can be."""

    title, keys, changes, group = "Delete model", "D,delete", True, "Item"


class DeleteVersion(Command):
    """Delete the version under the cursor, with its predictions and their files. That takes Replicate some minutes."""

    title, keys, changes, group = "Delete version", "V", True, "Item"


class NewTraining(Command):
    """Pick a model to train and open its form."""

    title, keys, footer, group = "New training…", "n", True, "List"


class TrainModel(Command):
    """Open the form for training this model on data of yours, where it can be trained."""

    title, keys, group = "Train…", "t", "Item"


class StartTraining(Command):
    """Check the form, upload the data, make the destination where it is new, and create the training. It is billed
    for the time that it runs."""

    title, keys, footer, changes, priority, group = "Start", "ctrl+r", True, True, True, "Run"


class ChooseDestination(Command):
    """Pick one of your models to get the trained version."""

    title, keys, footer, priority, group = "Destination", "ctrl+o", True, True, "Run"


class RunVersion(Command):
    """Open the form of the version that this training gave."""

    title, keys, footer, group = "Run it", "v", True, "Item"


class NewChat(Command):
    """Begin a new conversation with the model of this one."""

    title, keys, footer, group = "New chat", "ctrl+n,N", True, "Chat"


class ChooseModel(Command):
    """Choose the model that answers from now on. The conversation stays."""

    title, keys, footer, group = "Model", "ctrl+o,m", True, "Chat"


class WriteQuestion(Command):
    """Go to where the question is written."""

    title, keys, group = "Write", "i", "Chat"


class ShowParameters(Command):
    """Show or hide the parameters that the model's schema has, and the system prompt."""

    title, keys, footer, group = "Parameters", "ctrl+t", True, "Chat"


class AttachFile(Command):
    """Attach a file or a picture to the question, where the model takes some. Pasting its path does the same."""

    title, keys, group = "Attach…", "ctrl+f,A", "Chat"


class StopAnswer(Command):
    """Stop the answer: the prediction is canceled, what had come of it stays."""

    title, keys, footer, changes, group = "Stop", "ctrl+c,c", True, True, "Chat"


class RegenerateAnswer(Command):
    """Have the question answered anew, beside the answer that there is."""

    title, keys, footer, changes, group = "Answer anew", "r,ctrl+r", True, True, "Chat"


class EditQuestion(Command):
    """Edit the question under the cursor and ask it again, on a branch of its own."""

    title, keys, group = "Edit and ask again", "E", "Chat"


class PreviousBranch(Command):
    """Show the alternative before: another answer, or another wording of the question."""

    title, keys, group = "Alternative before", "left,less_than_sign", "Chat"


class NextBranch(Command):
    """Show the next alternative: another answer, or another wording of the question."""

    title, keys, group = "Next alternative", "right,greater_than_sign", "Chat"


class SaveCode(Command):
    """Save the code block under the cursor, or the only one of the answer, into a file."""

    title, keys, group = "Save code…", "s", "Chat"


class OpenInEditor(Command):
    """Open the answer or the code block under the cursor in $EDITOR."""

    title, keys, group = "In $EDITOR", "e", "Chat"
    alone = True


class OpenInPager(Command):
    """Read the answer or the code block under the cursor in $PAGER."""

    title, keys, group = "In $PAGER", "v", "Chat"
    alone = True


class RenameChat(Command):
    """Give the conversation another title."""

    title, keys, group = "Rename…", "f2", "Chat"


class DeleteChat(Command):
    """Delete the conversation. Its predictions stay among the predictions."""

    title, keys, group = "Delete…", "D,delete", "Chat"
    alone = True


class ForkChat(Command):
    """Begin another conversation with what was said up to the cursor."""

    title, keys, group = "Fork", "f", "Chat"


class ExportChat(Command):
    """Write the conversation into a file, as Markdown or JSON."""

    title, keys, group = "Export…", "S", "Chat"


class CompareModels(Command):
    """Ask two models the same question, side by side."""

    title, keys, group = "Two models", "M", "Chat"


class ShowPrediction(Command):
    """Show the prediction of the answer under the cursor."""

    title, keys, group = "Its prediction", "P", "Chat"


class CompareWithBase(Command):
    """Run one input on the version that this training gave and on the one that it began from, and compare them."""

    title, keys, footer, group = "Compare with base", "b", True, "Item"
