"""Commands that are typed after a slash in the composer, each with its argument."""

from __future__ import annotations

from collections.abc import Mapping

from tui import commands as cmd
from tui.screens.base import ConsoleScreen
from tui.widgets.chat.composer import SlashCommand

CHAT_COMMANDS: Mapping[str, type[cmd.Command]] = {
    "new": cmd.NewChat,
    "model": cmd.ChooseModel,
    "parameters": cmd.ShowParameters,
    "attach": cmd.AttachFile,
    "stop": cmd.StopAnswer,
    "regenerate": cmd.RegenerateAnswer,
    "edit": cmd.EditQuestion,
    "editor": cmd.EditInEditor,
    "copy": cmd.Copy,
    "code": cmd.SaveCode,
    "pager": cmd.OpenInPager,
    "rename": cmd.RenameChat,
    "delete": cmd.DeleteChat,
    "fork": cmd.ForkChat,
    "export": cmd.ExportChat,
    "compare": cmd.CompareModels,
    "prediction": cmd.ShowPrediction,
    "search": cmd.Filter,
}
COMPARE_COMMANDS: Mapping[str, type[cmd.Command]] = {"stop": cmd.StopAnswer}


class SlashCommands:
    """Offers and runs the commands of a screen that can be typed."""

    def __init__(self, screen: ConsoleScreen, commands: Mapping[str, type[cmd.Command]], *, unknown: str) -> None:
        """`unknown` is what is said of a name that is none of them, with {} for the name."""
        self._screen = screen
        self._commands = commands
        self._unknown = unknown
        self._argument = ""

    def offers(self) -> list[SlashCommand]:
        """All of them, with the reason why not now."""
        why_not = self._screen.why_not
        return [SlashCommand(name, command.help(), why_not(command) or "") for name, command in self._commands.items()]

    def run(self, name: str, argument: str) -> None:
        """Run what was typed, or say that there is no such command."""
        command = self._commands.get(name)
        if command is None:
            self._screen.console.say(self._unknown.format(f"/{name}"), severity="warning")
            return
        self._argument = argument
        self._screen.action_command(command.id)

    def argument(self) -> str:
        """What was typed after the name of the command that runs; it is given once."""
        words, self._argument = self._argument, ""
        return words
