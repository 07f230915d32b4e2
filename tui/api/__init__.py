"""The async service layer over Replicate's HTTP API: typed objects, errors, retries, pages, events and files.

Nothing here imports Textual, and nothing imports httpx before the first request:

    from tui.api.client import Client
    from tui.api.token import Token
    from tui.api.types import Target

    async with Client("https://api.replicate.com/v1", Token("r8_...")) as client:
        prediction = await client.create_prediction(Target.parse("owner/name"), {"prompt": "a llama"})
"""
