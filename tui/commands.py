"""Every user action, declared once: its key, footer entry, palette entry, help text and keymap id.

A screen lists the commands that it answers (`COMMANDS_HERE`) and has one method for each: `do_<name>`.
`why_not_<name>`, where there is one, returns the reason for which the command is not possible now, or None.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding
from textual.keys import key_to_character

REGISTRY: dict[str, type[Command]] = {}


class Command:
    """One user action. The docstring of a subclass is its help text and its tooltip."""

    title: ClassVar[str]
    """What the footer calls it."""
    full: ClassVar[str] = ""
    """What the palette and the help call it, where the footer's word says too little away from its screen."""
    keys: ClassVar[str]
    """Keys separated by commas; the first is the one that is shown."""
    footer: ClassVar[bool] = False
    """Whether the key bar shows it."""
    changes: ClassVar[bool] = False
    """Whether it costs money or changes something at Replicate: refused when the console is read-only."""
    asks: ClassVar[bool] = False
    """Whether it asks before anything is sent, and names what it would act on."""
    alone: ClassVar[bool] = False
    """Whether it is left out where its key came in one burst with others, as what costs or changes is."""
    priority: ClassVar[bool] = False
    """Whether the key works while a text field has the focus."""
    quiet: ClassVar[bool] = False
    """Whether nothing is said where it is not possible: a key that people also press to be sure."""
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
    def full_title(cls) -> str:
        """What it is called away from its screen."""
        return cls.full or cls.title

    @classmethod
    def bindings(cls) -> list[Binding]:
        """The bindings of this command; their id is the one that a keymap names.

        One that works while a text field has the focus leaves its letters to the field.
        """
        keys = cls.keys.split(",")
        first = cls.priority or cls.at_once
        letters = [key for key in keys if cls.priority and not cls.at_once and key_to_character(key) is not None]
        groups = [(letters, False), ([key for key in keys if key not in letters], first)]
        return [
            Binding(
                ",".join(group),
                f"{'at_once' if cls.at_once else 'command'}('{cls.id}')",
                cls.title,
                show=cls.footer,
                priority=priority,
                tooltip=cls.help(),
                id=cls.id,
            )
            for group, priority in groups
            if group
        ]


def bindings(*commands: type[Command]) -> list[Binding]:
    """The bindings of `commands`, in their order."""
    return [binding for command in commands for binding in command.bindings()]


def in_key_bar(command: type[Command], words: str = "") -> list[Binding]:
    """The bindings of a command on a screen whose key bar shows it, by words that say what it does there."""
    return [replace(one, show=True, description=words or one.description) for one in command.bindings()]


class Quit(Command):
    """Leave the console. Asks first when predictions of yours are still running."""

    title, keys, footer = "Quit", "q,ctrl+q", False
    alone = True


class CancelEverything(Command):
    """Cancel all that is live of this account, predictions and trainings, after one question that says how many."""

    title, keys, changes = "Cancel everything", "X", True
    asks = True


class SwitchProfile(Command):
    """Go on with another profile of the config file, or with the sandbox: the console begins anew with it."""

    title, keys = "Switch profile…", "f7"
    alone = True


class ChooseTheme(Command):
    """Try the themes, your own too, and keep one in the config file; esc leaves all as it was."""

    title, keys = "Theme…", "f6"


class Help(Command):
    """Show what the keys do here and what the focused thing is."""

    title, keys, footer = "Help", "question_mark,f1", True


class Palette(Command):
    """Find any command, and models, predictions, trainings, chats and deployments by name."""

    title, full, keys, footer, priority = "Find", "Find anything", "colon,ctrl+p", True, True


EVERYWHERE = (Help, Palette, Quit, CancelEverything, SwitchProfile, ChooseTheme)
"""What every screen answers through the app."""


class GoSection(Command):
    """Open a section; the subclasses are found by the name of theirs. With alt their digits work in a field too."""

    group = "Sections"
    section: ClassVar[str]


class GoModels(GoSection):
    """Browse and search models."""

    title, keys, section = "Models", "1,alt+1", "models"


class GoPredictions(GoSection):
    """Watch the predictions of this account."""

    title, keys, section = "Predictions", "2,alt+2", "predictions"


class GoTrainings(GoSection):
    """Watch the trainings of this account, their curves and their logs."""

    title, keys, section = "Trainings", "3,alt+3", "trainings"


class GoChat(GoSection):
    """Chat with language models."""

    title, keys, section = "Chat", "4,alt+4", "chat"


class GoDeployments(GoSection):
    """See and change what you deploy."""

    title, keys, section = "Deployments", "5,alt+5", "deployments"


class GoBatches(GoSection):
    """See what runs over many rows, and what came of it."""

    title, keys, section = "Batches", "6,alt+6", "batches"


class GoWebhooks(GoSection):
    """Deliver webhooks to a program on this machine, and see what was delivered."""

    title, keys, section = "Webhooks", "7,alt+7", "webhooks"


class GoUsage(GoSection):
    """See what was used and what it may have cost."""

    title, keys, section = "Usage", "8,alt+8", "usage"


class GoLocal(GoSection):
    """Run Cog models of this machine as you write them, without Docker, and on Cog servers that run."""

    title, keys, section = "Local", "9,alt+9", "local"


class GoFiles(GoSection):
    """Upload files that models can take as inputs, and see when they expire and what needs them."""

    title, keys, section = "Files", "0,alt+0", "files"


def section_commands() -> list[type[Command]]:
    """The commands that open a section, in the order of their keys, as a keyboard has them: 0 is the last."""
    return sorted(GoSection.__subclasses__(), key=lambda command: (command.keys == "0", command.keys))


class Back(Command):
    """Go back: close what is open, clear the filter, or return to the list."""

    title, keys, footer = "Back", "escape", True
    quiet = True


class PaneLeft(Command):
    """Go to the pane at the left."""

    title, keys, group = "Pane at the left", "h", "View"


class PaneRight(Command):
    """Go to the pane at the right."""

    title, keys, group = "Pane at the right", "l", "View"


class FillScreen(Command):
    """Fill the screen with what has the focus; again, or esc, puts it back."""

    title, keys, group = "Fill the screen", "z", "View"


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


class CompareMarked(Command):
    """Compare the marked ones side by side, or the marked one with the one under the cursor; of a batch, its rows."""

    title, full, keys, footer, group = "Compare", "Compare side by side", "d", True, "List"


class NextDifference(Command):
    """Go down to the next field that differs."""

    title, keys, footer, group = "Next difference", "J,ctrl+down", True, "Compare"


class PreviousDifference(Command):
    """Go up to the field before that differs."""

    title, keys, group = "Previous difference", "K,ctrl+up", "Compare"


class DifferencesOnly(Command):
    """Hide what is the same in both, or show it again."""

    title, keys, footer, group = "Only differences", "equals_sign", True, "Compare"


class OpenInBrowser(Command):
    """Open this page on the web."""

    title, keys, group = "Browser", "o", "Item"
    alone = True


class Copy(Command):
    """Copy what has the focus: the id, the output, the code or the JSON value. Says by which way it went."""

    title, full, keys, footer, group = "Copy", "Copy what has the focus", "y", True, "Item"


class CopyId(Command):
    """Copy the id or the name of this item."""

    title, keys, group = "Copy id", "Y", "Item"


class RunModel(Command):
    """Open the form of this model to run it."""

    title, full, keys, footer, group = "Run…", "Run a model…", "r", True, "Item"


class CopyCatalogue(Command):
    """Copy all public models into this machine's list, for the search; pressed again it stops, and goes on later."""

    title, keys, group = "Copy the catalogue", "A", "List"


class ShowCollections(Command):
    """Choose a collection of models."""

    title, keys, footer, group = "Collections", "C", False, "List"


class StartRun(Command):
    """Check the form and create the prediction. It is billed from the moment the model starts."""

    title, full, keys, footer = "Run", "Run the form", "ctrl+r", True
    changes, priority, group = True, True, "Run"


class CancelPrediction(Command):
    """Cancel the marked ones that run, or this one. What ran until now is billed; what came out of it stays here."""

    title, full, keys, footer, changes, group = "Cancel", "Cancel what runs", "c,ctrl+x", True, True, "Item"
    asks = True


class RunAgain(Command):
    """Open the form filled with this prediction's input, to change and run again."""

    title, keys, footer, group = "Run again", "r", True, "Item"


class UseAsInput(Command):
    """Put this output into the form of another model: pick the model, and the input where several could take it."""

    title, full, keys, footer = "Use in…", "Use the output as an input of another model…", "N", True
    group = "Item"


class SaveOutputs(Command):
    """Save the output files of the marked ones, or of this one. Replicate deletes them an hour after the prediction."""

    title, full, keys, footer, group = "Save", "Save outputs", "s", True, "Item"


class OpenOutput(Command):
    """Open the output file with this machine's program for it."""

    title, keys, footer, group = "Open file", "O", True, "Item"
    alone = True


class EditInEditor(Command):
    """Edit the field in $EDITOR."""

    title, full, keys, priority, group = "Editor", "Edit the field in $EDITOR", "ctrl+e", True, "Run"
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

    title, full, keys, group = "Undo", "Undo in the form", "ctrl+z", "Run"


class RedoForm(Command):
    """Do again what was undone in the form."""

    title, full, keys, group = "Redo", "Redo in the form", "ctrl+y", "Run"


class SwitchPane(Command):
    """Show the form or the result, where the terminal is too narrow for both."""

    title, keys, footer, priority, group = "Form / result", "ctrl+t", True, True, "View"


class ResolveRun(Command):
    """Decide about a run whose answer was lost: look for it again, send it once more, or drop it."""

    # One of the answers sends it again, which may be paid for twice.
    title, full, keys, footer, changes, group = "Resolve", "Resolve a lost run", "x", True, True, "Item"
    asks = True


class ApplyChanges(Command):
    """Check the form, say what it changes and may cost, and send it once you agree."""

    title, full, keys, footer = "Send", "Send the form", "ctrl+r", True
    changes, priority, group = True, True, "Item"


class NewDeployment(Command):
    """Make a deployment: a model at an address of your own, with instances of its own."""

    title, full, keys, footer, group = "New…", "New deployment…", "n", True, "List"


class ChangeDeployment(Command):
    """Edit a deployment's version, hardware or instances. What that means is said before it is sent."""

    title, full, keys, footer, group = "Edit…", "Edit deployment…", "e", True, "Item"


class ScaleDeployment(Command):
    """Change how many instances a deployment keeps up, and how many at most."""

    title, full, keys, footer, group = "Scale…", "Scale deployment…", "I", True, "Item"


class DisableDeployment(Command):
    """Switch a deployment off: no instance stays up, and what runs through it is canceled."""

    title, full, keys, footer, changes, group = "Disable", "Disable deployment", "Z", True, True, "Item"
    asks = True


class EnableDeployment(Command):
    """Switch a deployment on as it was before it was switched off."""

    title, full, keys, footer, changes, group = "Enable", "Enable deployment", "U", True, True, "Item"
    asks = True


class DeleteDeployment(Command):
    """Delete a deployment that has been off and unused for 15 minutes."""

    title, full, keys, changes, group = "Delete", "Delete deployment", "D,delete", True, "Item"
    asks = True


class RollBack(Command):
    """Put back a release of the deployment that this console has seen. It becomes a new release."""

    title, full, keys, group = "Roll back…", "Roll a deployment back…", "b", "Item"


class ChatThrough(Command):
    """Begin a conversation with the deployed model: every question runs on the deployment."""

    title, full, keys, group = "Chat…", "Chat through a deployment…", "T", "Item"


class CompareVersions(Command):
    """Say in words what changed between two versions of a model: inputs, defaults, bounds and outputs."""

    title, keys, group = "Compare versions", "d,f4", "Item"


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
    asks = True


class DeleteModel(Command):
    """Delete a model of yours: only a private one without versions can be."""

    title, keys, changes, group = "Delete model", "D,delete", True, "Item"
    asks = True


class DeleteVersion(Command):
    """Delete the version under the cursor, with its predictions and their files. That takes Replicate some minutes."""

    title, keys, changes, group = "Delete version", "V", True, "Item"
    asks = True


class NewTraining(Command):
    """Pick a model to train and open its form."""

    title, keys, footer, group = "New training…", "n", True, "List"


class TrainModel(Command):
    """Open the form for training this model on data of yours, where it can be trained."""

    title, full, keys, group = "Train…", "Train a model…", "t", "Item"


class StartTraining(Command):
    """Check the form, upload the data, make the destination where it is new, and create the training. It is billed
    for the time that it runs."""

    title, full, keys, footer = "Start", "Start the training", "ctrl+r", True
    changes, priority, group = True, True, "Run"


class ChooseDestination(Command):
    """Pick one of your models to get the trained version."""

    title, full, keys, footer = "Destination", "Choose the destination", "ctrl+o", True
    priority, group = True, "Run"


class RunVersion(Command):
    """Open the form of the version that this training gave."""

    title, full, keys, footer, group = "Run it", "Run the trained version…", "v", True, "Item"


class NewChat(Command):
    """Begin a new conversation with the model of this one."""

    title, keys, footer, group = "New chat", "ctrl+n,n", True, "Chat"


class ChooseModel(Command):
    """Choose the model that answers from now on. The conversation stays."""

    title, full, keys, footer, group = "Model", "Choose the chat's model", "ctrl+o,m", True, "Chat"


class WriteQuestion(Command):
    """Go to where the question is written."""

    title, full, keys, footer, group = "Write", "Write a question", "i", True, "Chat"


class ShowParameters(Command):
    """Show or hide the parameters that the model's schema has, and the system prompt."""

    title, full, keys, footer, group = "Parameters", "Parameters of the chat", "ctrl+t", True, "Chat"


class AttachFile(Command):
    """Attach a file or a picture to the question, where the model takes some. Pasting its path does the same."""

    title, full, keys, group = "Attach…", "Attach a file…", "ctrl+l", "Chat"


class StopAnswer(Command):
    """Stop the answer: the prediction is canceled, what had come of it stays."""

    title, full, keys, footer, changes, group = "Stop", "Stop the answer", "ctrl+c,c", True, True, "Chat"


class RegenerateAnswer(Command):
    """Have the question answered anew, beside the answer that there is."""

    title, keys, footer, changes, group = "Answer anew", "r,ctrl+r", True, True, "Chat"


class EditQuestion(Command):
    """Edit the question under the cursor and ask it again, on a branch of its own."""

    title, full, keys, footer, group = "Edit", "Edit the question and ask again", "e", True, "Chat"


class PreviousBranch(Command):
    """Show the alternative before: another answer, or another wording of the question."""

    title, keys, group = "Alternative before", "left,less_than_sign", "Chat"


class NextBranch(Command):
    """Show the next alternative: another answer, or another wording of the question."""

    title, keys, group = "Next alternative", "right,greater_than_sign", "Chat"


class SaveCode(Command):
    """Save the code block under the cursor, or the only one of the answer, into a file."""

    title, keys, footer, group = "Save code…", "s", True, "Chat"


class OpenInEditor(Command):
    """Open the answer or the code block under the cursor in $EDITOR."""

    title, full, keys, group = "In $EDITOR", "Open the answer in $EDITOR", "E", "Chat"
    alone = True


class OpenInPager(Command):
    """Read the answer or the code block under the cursor in $PAGER."""

    title, full, keys, group = "In $PAGER", "Open the answer in $PAGER", "vertical_line", "Chat"
    alone = True


class RenameChat(Command):
    """Give the conversation another title."""

    title, full, keys, group = "Rename…", "Rename the chat…", "f2", "Chat"


class DeleteChat(Command):
    """Delete the conversation. Its predictions stay among the predictions."""

    title, full, keys, group = "Delete…", "Delete the chat…", "D,delete", "Chat"
    alone = True


class ForkChat(Command):
    """Begin another conversation with what was said up to the cursor."""

    title, full, keys, group = "Fork", "Fork the chat", "F", "Chat"


class ExportChat(Command):
    """Write the conversation into a file, as Markdown or JSON."""

    title, full, keys, group = "Export…", "Export the chat…", "W", "Chat"


class CompareModels(Command):
    """Ask two models the same question, side by side."""

    title, full, keys, group = "Compare", "Compare two models", "d", "Chat"


class ShowPrediction(Command):
    """Show the prediction of the answer, or of the webhook, under the cursor."""

    title, full, keys, group = "Its prediction", "The prediction of an answer or a webhook", "P", "Item"


class CompareWithBase(Command):
    """Run one input on the version that this training gave and on the one that it began from, and compare them."""

    title, keys, footer, group = "Compare with base", "B", True, "Item"


class MakeBatch(Command):
    """Run it many times as one batch: over the rows of a file or a range of values, or what is marked once more."""

    title, full, keys, priority, group = "Batch…", "Make a batch…", "ctrl+g", True, "Run"
    asks = True


class PauseBatch(Command):
    """Pause the batch: nothing more is sent, and what runs comes to its end. Pressed again, it goes on."""

    title, full, keys, footer, changes, group = "Pause / go on", "Pause a batch, or go on", "p", True, True, "Item"


class RetryBatch(Command):
    """Run again what failed or was canceled in the batch."""

    title, full, keys, footer, changes, group = "Retry failed", "Retry what failed in a batch", "r", True, True, "Item"
    asks = True


class CancelBatch(Command):
    """End the batch: nothing more is sent, and what runs of it is canceled. What ran until now is billed."""

    title, full, keys, footer, changes, group = "Cancel", "Cancel a batch", "c,ctrl+x", True, True, "Item"
    asks = True


class ResolveBatch(Command):
    """Decide about the rows whose answers were lost: send them once more, or look for them again."""

    title, full, keys, changes, group = "Resolve", "Resolve a batch's lost rows", "x", True, "Item"
    asks = True


class ExportBatch(Command):
    """Write the table of the batch, a line for each row, into a file of JSONL or CSV."""

    title, full, keys, footer, group = "Export…", "Export a batch…", "W", True, "Item"


class DeleteBatch(Command):
    """Forget the batch. Its predictions and files stay."""

    title, full, keys, group = "Delete…", "Delete a batch…", "D,delete", "Item"
    asks = True


class ChoosePeriod(Command):
    """Choose the time of which Usage tells: today, this month, everything, or one that you type."""

    title, full, keys, footer, group = "Time…", "Choose the time of Usage…", "w", True, "View"


class SetBudget(Command):
    """Set what may be spent a day and a month: what would pass it asks first. It is kept in the config file."""

    title, full, keys, footer, group = "Budget…", "Set the budget…", "e", True, "List"


class ForwardWebhooks(Command):
    """Deliver what happens to your predictions to a program on this machine, as Replicate would; or stop that."""

    title, full, keys, footer, changes, group = "Forward / stop", "Forward webhooks, or stop", "p", True, True, "List"
    asks = True


class SendWebhook(Command):
    """Deliver this webhook once more, newly signed: to where it went, or to another address."""

    title, full, keys, footer, changes, group = "Send again…", "Send a webhook again…", "r", True, True, "Item"
    asks = True


class UploadFile(Command):
    """Upload files of this machine to Replicate, where models can take them as inputs for 24 hours."""

    title, full, keys, footer, changes, group = "Upload…", "Upload files…", "n", True, True, "List"
    asks = True


class CancelUpload(Command):
    """Stop the upload under the cursor, or forget one that failed."""

    title, full, keys, footer, group = "Cancel", "Cancel an upload", "c,ctrl+x", True, "Item"


class DownloadFile(Command):
    """Save the content of the file under the cursor, for which Replicate wants a signed link."""

    title, full, keys, group = "Save…", "Save a file…", "s", "Item"
    asks = True


class DeleteFile(Command):
    """Delete the file under the cursor at Replicate. What still uses it as an input fails."""

    title, full, keys, footer, changes, group = "Delete…", "Delete a file…", "D,delete", True, True, "Item"
    asks = True


class OpenLocal(Command):
    """Open the folder of a Cog model, or a Cog server by HOST:PORT. The source is read, and nothing of it is run."""

    title, full, keys, footer, group = "Open…", "Open a Cog model…", "n", True, "List"


class RunLocal(Command):
    """Check the form and run the model on this machine; it is set up first where it is not, or its source changed."""

    title, full, keys, footer = "Run", "Run a local model", "ctrl+r", True
    alone, priority, group = True, True, "Run"


class CancelLocal(Command):
    """Have the local model end its run, or give up its setup."""

    title, full, keys, footer, group = "Cancel", "Cancel a local run", "c,ctrl+x", True, "Item"


class SwitchLocal(Command):
    """Start the process of the local model, which runs its setup; or end it."""

    title, full, keys, footer, group = "Start / stop", "Start or stop a local model", "p", True, "Item"
    alone = True


class EditSource(Command):
    """Open the local model's code in $EDITOR, at the line of the last mistake."""

    title, full, keys, footer, group = "Edit source", "Edit a local model's source", "E", True, "Item"
    alone = True


class RelayWebhooks(Command):
    """Deliver what happens to local runs to a program on this machine, as Replicate would; or stop that."""

    title, full, keys, changes, group = "Webhooks…", "Relay webhooks of local runs, or stop", "W", True, "List"
    asks = True


class ForgetLocal(Command):
    """Take the local model off the list and end its process. Its files stay."""

    title, full, keys, group = "Take off", "Take a local model off the list", "D,delete", "Item"
    alone = True


class UserCommand(Command):
    """What the config file's [commands] adds; the subclasses are made of it."""

    group = "Yours"
    alone, at_once = True, True


def user_command(name: str, key: str, title: str, help: str) -> type[Command]:
    """The command that `[commands.NAME]` makes; its id is `own-NAME`."""
    words = "".join(word.capitalize() for word in name.replace("_", "-").split("-"))
    return type(f"Own{words}", (UserCommand,), {"title": title, "keys": key, "__doc__": help})
