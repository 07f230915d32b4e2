"""What one change of a deployment's setup means, in words."""

from __future__ import annotations

from tui.services.deployments.setup import Setup, short


def changes(before: Setup | None, after: Setup) -> list[str]:
    """What differs, each as `hardware: cpu → gpu-t4`; the whole setup where there was none before."""
    if before is None:
        return [
            f"model: {after.model}",
            f"version: {short(after.version)}",
            f"hardware: {after.hardware}",
            f"instances: {_counts(after)}",
        ]
    words: list[str] = []
    if before.model != after.model:
        words.append(f"model: {before.model} → {after.model}")
    if before.version != after.version:
        words.append(f"version: {short(before.version)} → {short(after.version)}")
    if before.hardware != after.hardware:
        words.append(f"hardware: {before.hardware} → {after.hardware}")
    if _counts(before) != _counts(after):
        words.append(f"instances: {_counts(before)} → {_counts(after)}")
    return words


def effects(before: Setup | None, after: Setup) -> list[str]:
    """What follows from the numbers of instances, in sentences."""
    if after.off:
        if before is None or before.off:
            return ["It stays off: nothing runs through it, and nothing is billed."]
        return ["It is switched off: what runs through it now is canceled, and nothing more is billed."]
    if after.min_instances == 0:
        return ["Nothing runs while nobody uses it; the first prediction after that waits for a cold start."]
    up = "1 instance is" if after.min_instances == 1 else f"{after.min_instances} instances are"
    return [f"{up} always up, and billed even while nobody uses it."]


def _counts(setup: Setup) -> str:
    return "off (0)" if setup.off else f"{setup.min_instances} to {setup.max_instances}"
