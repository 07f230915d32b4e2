"""The deployments of a scripted API: releases by the rules of docs/replicate.md, Deployments and hardware, and
failures as a test wants them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.support.fake_api import START, Api, Request

OLD, NEW = "a" * 64, "b" * 64


class Deployed:
    """What is deployed; `lose` drops the answers of changes after (True) or instead of (False) carrying them out."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.all: dict[str, dict[str, Any]] = {}
        self.lose: bool | None = None
        self.before_patch: list[dict[str, Any]] = []
        api.on["GET", "/v1/deployments"] = self._list
        api.on["POST", "/v1/deployments"] = self._create

    def put(self, name: str = "photos", number: int = 1, who: str = "ada", **setup: Any) -> dict[str, Any]:
        """A deployment of ada's; `setup` overrides version, hardware and instances."""
        values = {"version": OLD, "hardware": "cpu", "min_instances": 0, "max_instances": 1, **setup}
        version = values.pop("version")
        self.all[name] = {
            "owner": "ada",
            "name": name,
            "current_release": {
                "number": number,
                "model": "acme/paint",
                "version": version,
                "created_at": (START + timedelta(minutes=number)).isoformat(),
                "created_by": {"type": "user", "username": who, "name": who.title()},
                "configuration": values,
            },
        }
        self.api.on["GET", f"/v1/deployments/ada/{name}"] = self._get
        self.api.on["PATCH", f"/v1/deployments/ada/{name}"] = self.patch
        return self.all[name]

    def change(self, name: str = "photos", who: str = "grace", **setup: Any) -> None:
        """Somebody changes it."""
        release = self.all[name]["current_release"]
        before = {"version": release["version"], **release["configuration"]}
        self.put(name, release["number"] + 1, who, **{**before, **setup})

    async def _list(self, request: Request) -> None:
        request.answer({"results": list(self.all.values()), "next": None, "previous": None})

    async def _get(self, request: Request) -> None:
        request.answer(self.all[request.path.rsplit("/", 1)[1]])

    async def _create(self, request: Request) -> None:
        body = request.json()
        if self.lose is not False:
            self.put(body.pop("name"), **{key: value for key, value in body.items() if key != "model"})
        if self.lose is not None:
            request.drop()
            return
        request.answer(next(reversed(self.all.values())))

    async def patch(self, request: Request) -> None:
        """The answer to a change."""
        name = request.path.rsplit("/", 1)[1]
        for change in self.before_patch:
            self.change(name, **change)
        if self.lose is not False:
            self.change(name, who="ada", **request.json())
        if self.lose is not None:
            request.drop()
            return
        request.answer(self.all[name])
