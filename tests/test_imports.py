"""How the modules of the house depend on each other: no circle, and rooms of services are entered by their doors."""

from __future__ import annotations

from functools import cache

import grimp

DOORS = {
    "batches": {"batches", "desk", "drafts", "file_names", "grid", "pace", "plan", "row_reader"},
    "chat": {"answer_metrics", "can_chat", "chat_models", "chats", "drafts", "export", "model_families", "prompt"},
    "deployments": {"change_outcome", "deployments", "monthly_cost", "setup", "setup_changes"},
    "files": {
        "deletion",
        "documents",
        "downloads",
        "earlier_outputs",
        "output_files",
        "placement",
        "previews",
        "signed_links",
        "uploaded_files",
    },
    "local": {
        "archive",
        "asked_schema",
        "cog_command",
        "cog_server",
        "interpreter",
        "local_model",
        "local_models",
        "local_run",
        "memory",
        "mistakes",
        "model_process",
        "outputs",
        "served_model",
        "webhook_relay",
    },
    "models": {"catalogue", "catalogue_copy", "endpoint", "input_fields", "own_models"},
    "runs": {"code_samples", "input_check", "run", "runs", "trainings", "unknown_runs", "uploads"},
    "usage": {"billing", "budget", "cost", "past", "periods", "price_book", "prices", "usage"},
    "watching": {"find_live", "poll_interval", "text_follower", "watcher"},
}
"""Of each room the modules that others may import: its public classes, and the plain data that they deal in."""


@cache
def graph() -> grimp.ImportGraph:
    """Who imports whom, with what is imported for type checking only."""
    return grimp.build_graph("tui", exclude_type_checking_imports=False, cache_dir=None)


def circles(imports: dict[str, set[str]]) -> list[set[str]]:
    """The groups of modules of which each one leads to each other one (Tarjan's strongly connected components)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    found: list[set[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        path.append(module)
        for other in imports[module]:
            if other not in order:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in path:
                lowest[module] = min(lowest[module], order[other])
        if lowest[module] == order[module]:
            at = path.index(module)
            if len(path) - at > 1:
                found.append(set(path[at:]))
            del path[at:]

    for module in imports:
        if module not in order:
            visit(module)
    return found


def test_a_circle_is_found_whole() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == [{"b", "c"}]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = graph().modules
    assert "tui.app" in modules and "tui.services.session" in modules
    imports = {module: graph().find_modules_directly_imported_by(module) for module in sorted(modules)}
    assert circles(imports) == []


def test_a_room_of_services_is_entered_by_its_public_modules() -> None:
    intruders: list[str] = []
    for room, doors in DOORS.items():
        inside = f"tui.services.{room}"
        for module in graph().find_descendants(inside) - {f"{inside}.{door}" for door in doors}:
            importers = graph().find_modules_that_directly_import(module)
            intruders += [f"{other} → {module}" for other in importers if not other.startswith(inside)]
    assert intruders == []


def test_no_service_knows_the_place_where_all_are_made() -> None:
    importers = graph().find_modules_that_directly_import("tui.services.services")
    assert [module for module in importers if module.startswith("tui.services.")] == []
    assert "tui.app" in importers
