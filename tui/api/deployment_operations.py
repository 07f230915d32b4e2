"""Operations on deployments: models at one's own address with one's own scaling.

Source: docs/replicate.md, Deployments and hardware.
"""

from __future__ import annotations

from .core import JSON_HEADERS, Repeat, json_body
from .decoding import decode
from .errors import ApiError, BadAnswer, NetworkError, ServerError
from .operations import Operations
from .pages import Pages
from .types import Deployment


class DeploymentOperations(Operations):
    """deployments.*, but for their predictions, which are created like all others."""

    def deployments(self) -> Pages[Deployment]:
        """The account's deployments."""
        return Pages(self._core, Deployment, self._core.url("deployments"))

    async def deployment(self, owner: str, name: str) -> Deployment:
        """One deployment with its current release."""
        return decode(Deployment, await self._core.get_object(self._core.url("deployments", owner, name)))

    async def create_deployment(
        self,
        name: str,
        *,
        model: str,
        version: str,
        hardware: str,
        min_instances: int,
        max_instances: int,
    ) -> Deployment:
        """A new deployment of `model` ("owner/name"). A name can be taken once only;
        when the answer is lost, the list is searched for it.

        `min_instances` is 0 to 5, `max_instances` 0 to 20; instances cost money while they are up.
        """
        wanted: dict[str, str | int] = {
            "name": name,
            "model": model,
            "version": version,
            "hardware": hardware,
            "min_instances": min_instances,
            "max_instances": max_instances,
        }
        try:
            answer = await self._core.request(
                "POST",
                self._core.url("deployments"),
                repeat=Repeat.NEVER,
                body=json_body(wanted),
                headers=JSON_HEADERS,
            )
            return decode(Deployment, await self._core.object_of(answer))
        except (NetworkError, ServerError, BadAnswer) as error:
            lost = error
        if isinstance(lost, NetworkError) and not lost.sent:
            raise lost
        try:
            async for deployment in self.deployments():
                if deployment.name == name and _is_as_wanted(deployment, wanted):
                    return deployment
        except ApiError:
            # That the list was not had says nothing of the creation, which may have been carried out.
            raise lost from None
        raise lost

    async def update_deployment(
        self,
        owner: str,
        name: str,
        *,
        version: str | None = None,
        hardware: str | None = None,
        min_instances: int | None = None,
        max_instances: int | None = None,
    ) -> Deployment:
        """A deployment with what is given changed; each change makes a release."""
        fields = {
            "version": version,
            "hardware": hardware,
            "min_instances": min_instances,
            "max_instances": max_instances,
        }
        answer = await self._core.request(
            "PATCH",
            self._core.url("deployments", owner, name),
            # Each change makes a release: sent twice, it makes two.
            repeat=Repeat.NEVER,
            body=json_body({key: value for key, value in fields.items() if value is not None}),
            headers=JSON_HEADERS,
        )
        return decode(Deployment, await self._core.object_of(answer))

    async def delete_deployment(self, owner: str, name: str) -> None:
        """Deletes a deployment that has been offline and unused for 15 minutes."""
        await self._core.delete(self._core.url("deployments", owner, name))


def _is_as_wanted(deployment: Deployment, wanted: dict[str, str | int]) -> bool:
    release = deployment.current_release
    if release is None:
        return False
    setup = release.configuration
    return (release.model, release.version, setup.hardware, setup.min_instances, setup.max_instances) == (
        wanted["model"],
        wanted["version"],
        wanted["hardware"],
        wanted["min_instances"],
        wanted["max_instances"],
    )
