"""Tells from a model's schema whether it can be chatted with, and how: `fitness(form, ref) -> Fit`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether and how a model can be chatted with. Names of inputs are None where the schema has none such."""

    can: bool
    why: str = ""
    """A sentence that says why not; "" when it can."""
    messages: bool = False
    """Whether the history is sent as a list of messages. Otherwise it is folded into one prompt."""
    system: bool = False
    """Whether a system prompt reaches the model."""
    images: bool = False
    """Whether images can be attached."""
    files: bool = False
    """Whether other files can be attached."""
    needs_file: bool = False
    """Whether nothing can be sent without an attachment."""
    prompt_field: str | None = None
    """The input that the question goes into: `messages`, `prompt` or its like."""
    system_field: str | None = None
    template_field: str | None = None
    image_field: str | None = None
    image_limit: int | None = None
    """How many images at most; None for any number."""
    file_fields: tuple[str, ...] = ()
    """Inputs for other files than images."""
    parameters: tuple[str, ...] = ()
    """The inputs that are set beside the conversation: the form's fields without those above."""
    length_field: str | None = None
    """The input that limits the answer's tokens."""
    family: str | None = None
    """Whose turn marks are used in a folded prompt ("llama-3", …); None for a plain transcript."""
    how: str = ""
    """How the history is sent, in a sentence."""
