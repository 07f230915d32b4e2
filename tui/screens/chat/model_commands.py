"""Whom one talks to, and how: the model, its parameters, and the same question to a second model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tui.screens.command_host import NOT_CONNECTED
from tui.toolkit.workers import work

if TYPE_CHECKING:
    from tui.screens.chat.conversation_pane import ConversationPane
    from tui.screens.chat.parameters_panel import ChatPanel


class ModelCommands:
    """The commands about the model of the conversation. `argument` is what was typed after a command's name."""

    def __init__(self, pane: ConversationPane, panel: ChatPanel, *, argument: Callable[[], str]) -> None:
        self._pane = pane
        self._panel = panel
        self._argument = argument
        self._enter = False
        """Whether the panel gets the focus as soon as it is filled."""

    def why_not_choose_model(self) -> str | None:
        """Which can chat is told by what is known of them."""
        return None if self._pane.services is not None else NOT_CONNECTED

    why_not_compare_models = why_not_choose_model

    async def do_choose_model(self) -> None:
        """The next questions go to it; parameters that it does not have are left out."""
        from tui.screens.chat.chat_model_picker import ChatModelPicker

        pane, services = self._pane, self._pane.services
        if services is None:
            return
        picker = ChatModelPicker(services, here=pane.talk.model, typed=self._argument())
        row = await pane.section.host.push_screen_wait(picker)
        if row is None or row.value is None:
            return
        await pane.talk.set_model(row.value)
        pane.draw()
        pane.know_model()
        pane.focus_composer()

    async def do_compare_models(self) -> None:
        """The same question to two models."""
        from tui.screens.chat.compare_chats import choose_second

        pane, services = self._pane, self._pane.services
        if services is None:
            return
        await pane.draft.keep()
        text = pane.composer.text
        screen = await choose_second(pane.section, services, pane.talk, text, self._argument())

        def came_back(asked: bool | None) -> None:
            # What was asked over there is no question to come any more.
            if asked and pane.composer.text == text:
                pane.replace_text("")

        if screen is not None:
            pane.section.host.push_screen(screen, came_back)

    # ---- its parameters

    def why_not_show_parameters(self) -> str | None:
        """Only a model has some."""
        return None if self._pane.talk.model else "There is no model yet: ^o chooses one."

    def do_show_parameters(self) -> None:
        """Show the panel with the focus in it, or hide it."""
        if self._pane.screen.has_class("-panel"):
            self._pane.screen.remove_class("-panel")
            self._pane.focus_composer()
            return
        self._pane.screen.add_class("-panel")
        self._enter = True
        self._pane.know_model()

    def fill_panel(self) -> None:
        """The model is known: show its parameters, where they are wanted."""
        talk = self._pane.talk
        if talk.fit is None or talk.form is None or not self._pane.screen.has_class("-panel"):
            return
        self._panel.show(talk.record, talk.model, talk.form, talk.fit)
        if self._enter:
            self._enter = False
            self._panel.enter()

    def keep_parameters(self, parameters: Mapping[str, object], system: str) -> None:
        """What the panel has now is for the next questions."""
        if self._pane.talk.connected:
            work(self._pane, "Parameters", "parameters", self._keep, parameters, system)

    async def _keep(self, parameters: Mapping[str, object], system: str) -> None:
        talk = self._pane.talk
        conversation = await talk.ensure()
        await talk.chats.set_parameters(conversation.id, parameters)
        if system != conversation.system:
            await talk.chats.set_system(conversation.id, system)
