"""A part at the end of a form that is no input of the model: folded away, with a line that says what is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from tui.forms import Form, delivery


class FormPart(Struct, frozen=True):
    """Its fields, and how they are judged and told."""

    title: str
    unset: str
    """What the line says while nothing is chosen."""
    help: str
    form: Callable[[], Form]
    judge: Callable[[str, str], str | None]
    """What is wrong with the text of the field of that name."""
    told: Callable[[Mapping[str, str]], str]
    """What the texts choose, in a few words; empty for nothing."""

    def hint(self, texts: Mapping[str, str], *, unfolded: bool) -> str:
        """What stands beside its title."""
        return "enter hides it" if unfolded else self.told(texts) or f"{self.unset} · enter shows it"


def _part(unset: str, form: Callable[[], Form]) -> FormPart:
    help = f"What goes beside the input: {unset}. Enter shows it, or hides it; what is chosen stands in the line."
    return FormPart("Delivery", unset, help, form, delivery.judge, delivery.words_of)


DELIVERY = _part("webhook and deadline", delivery.delivery_form)
"""Of what is run."""
TOLD = _part("webhook and its events", lambda: delivery.delivery_form(deadline=False))
"""Of what is trained."""
