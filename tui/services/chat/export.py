"""A conversation as Markdown, for people, and as JSON, for programs, with all of its branches."""

from __future__ import annotations

from collections.abc import Sequence

from tui.api.text import clean, clean_line, to_json
from tui.store.conversation import Conversation, Turn

_WORDS = {"user": "You", "assistant": "Answer"}


def as_markdown(conversation: Conversation, branch: Sequence[Turn]) -> str:
    """The branch that is shown. Texts stand as they are: an answer is Markdown already."""
    title = clean_line(conversation.title, 200) or "Conversation"
    lines = [f"# {title}", "", f"{conversation.model}, begun {conversation.created_at:%Y-%m-%d %H:%M} UTC"]
    if conversation.system:
        lines += ["", "> " + clean(conversation.system).replace("\n", "\n> ")]
    for turn in branch:
        lines += ["", f"## {_heading(turn)}", "", clean(turn.text).strip("\n")]
        lines += [f"\nAttached: {clean_line(one, 200)}" for one in turn.attachments]
        if turn.role == "assistant":
            lines += ["", f"*{_footnote(turn)}*"]
    return "\n".join(lines).rstrip() + "\n"


def _heading(turn: Turn) -> str:
    if turn.role == "user":
        return _WORDS["user"]
    return clean_line(turn.model, 200) or _WORDS["assistant"]


def _footnote(turn: Turn) -> str:
    words = [turn.state] if turn.state != "done" else []
    if turn.error:
        words.append(clean_line(turn.error, 300))
    made, seconds = turn.metrics.get("output_tokens"), turn.metrics.get("predict_time")
    if made is not None:
        words.append(f"{'about ' if turn.metrics.get('estimated_output') else ''}{made:.0f} tokens")
    if seconds is not None:
        words.append(f"{seconds:.1f} s")
    if turn.left_out:
        words.append(clean_line(turn.why_left_out, 300))
    words.append(f"prediction {turn.prediction_id}" if turn.prediction_id else "no prediction")
    return " · ".join(words)


def as_json(conversation: Conversation, tree: Sequence[Turn], branch: Sequence[Turn]) -> str:
    """Everything: each turn with its parent, and which of them are shown."""
    shown = {turn.id for turn in branch}
    return to_json(
        {
            "id": conversation.id,
            "title": conversation.title,
            "model": conversation.model,
            "version": conversation.version,
            "deployment": conversation.deployment,
            "parameters": dict(conversation.parameters),
            "system": conversation.system,
            "created_at": conversation.created_at.isoformat(),
            "updated_at": conversation.updated_at.isoformat(),
            "draft": conversation.draft,
            "turns": [{**turn_as_object(turn), "shown": turn.id in shown} for turn in tree],
        },
        indent=2,
    )


def turn_as_object(turn: Turn) -> dict[str, object]:
    """A turn as a JSON object."""
    return {
        "id": turn.id,
        "parent": turn.parent,
        "role": turn.role,
        "text": turn.text,
        "attachments": list(turn.attachments),
        "prediction": turn.prediction_id,
        "model": turn.model or None,
        "version": turn.version or None,
        "state": turn.state,
        "error": turn.error,
        "metrics": dict(turn.metrics),
        "left_out": turn.left_out,
        "why_left_out": turn.why_left_out,
        "created_at": turn.created_at.isoformat(),
    }
