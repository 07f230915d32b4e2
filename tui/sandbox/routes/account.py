"""The account, its hardware and its webhook secret."""

from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.context import OWNER_PROFILE, Sandbox
from tui.sandbox.jsons import Json

# Everything runs on this machine's processor, whatever is chosen; the list is for programs that choose.
HARDWARE: list[Json] = [
    {"sku": "cpu", "name": "CPU"},
    {"sku": "gpu-t4", "name": "Nvidia T4 GPU"},
    {"sku": "gpu-l40s", "name": "Nvidia L40S GPU"},
    {"sku": "gpu-l40s-2x", "name": "2x Nvidia L40S GPU"},
    {"sku": "gpu-a100-large", "name": "Nvidia A100 (80GB) GPU"},
    {"sku": "gpu-a100-large-2x", "name": "2x Nvidia A100 (80GB) GPU"},
    {"sku": "gpu-h100", "name": "Nvidia H100 GPU"},
]
SKUS = ("cpu", "gpu-t4", "gpu-l40s", "gpu-l40s-2x", "gpu-a100-large", "gpu-a100-large-2x", "gpu-h100")


async def get(sandbox: Sandbox, request: Request) -> Response:
    """account.get."""
    return sandbox.answer(request, OWNER_PROFILE)


async def hardware(sandbox: Sandbox, request: Request) -> Response:
    """hardware.list."""
    return sandbox.answer(request, HARDWARE)


async def webhook_secret(sandbox: Sandbox, request: Request) -> Response:
    """webhooks.default.secret.get."""
    return sandbox.answer(request, {"key": sandbox.state.webhook_key})
