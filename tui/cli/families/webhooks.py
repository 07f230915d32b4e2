"""webhooks: delivered to a program on this machine, taken, verified, checked; and the secret that signs them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from functools import partial

from tui.api.text import to_json
from tui.cli.api_command import Asker, BadWord, parse_id, parse_target
from tui.cli.exit_codes import EXIT_DISK, EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from tui.cli.line_queue import LineQueue
from tui.cli.open_services import services_for
from tui.cli.verify_webhook import NotGiven, verify_webhook
from tui.sandbox.ports import why_not
from tui.services.tasks import first_of
from tui.services.webhooks.due_events import EVENTS
from tui.services.webhooks.forwarding import Forwarding, Route
from tui.store.database import StoreError
from tui.store.deliveries import Delivery


async def forward(asker: Asker) -> int:
    """webhooks forward URL"""
    call = asker.call
    events, model = call.text("events"), call.text("model")
    route = Route(
        url=call.text("url") or "",
        events=tuple(events.split(",")) if events else EVENTS,
        ids=tuple(parse_id(id, "prediction") for id in call.several("prediction")),
        model=parse_target(model).ref if model else "",
        trainings=call.text("trainings") is not None,
    )
    lost: list[str] = []
    try:
        async with services_for(asker.settings, asker.connection) as services, LineQueue.open() as lines:

            def told(delivery: Delivery) -> None:
                if delivery.state == "refused" and delivery.event == "completed":
                    lost.append(delivery.id)
                lines.put(partial(_tell, asker, delivery))

            def failed(why: str) -> None:
                lost.append(why)
                asker.speaker.error(why)

            forwarding = Forwarding(services.session, services.watcher, route, told, failed)
            try:
                await forwarding.start()
                asker.speaker.say(f"Webhooks go to {route.url}. ctrl-c ends it.")
                await first_of(forwarding.finished.wait(), lines.broken.wait())
            finally:
                await forwarding.aclose()
    except StoreError as error:
        asker.speaker.error(str(error))
        return EXIT_DISK
    return EXIT_FAILED if lost else EXIT_DONE


async def listen(asker: Asker) -> int:
    """webhooks listen"""
    import uvicorn

    from tui.services.webhooks.listening import Listening

    call, speaker = asker.call, asker.speaker
    port, host = call.number("port"), call.text("host") or "127.0.0.1"
    port = 8080 if port is None else port
    try:
        async with services_for(asker.settings, asker.connection) as services, LineQueue.open() as lines:
            secret = await services.client.webhook_secret()
            listening = Listening(
                services.session,
                secret,
                lambda one: lines.put(partial(_tell, asker, one)),
                speaker.error,
                hand_on=call.text("forward") or "",
            )
            # Bound here, so that a port that is taken is said in words.
            with socket.create_server((host, port), family=_family(host)) as listener:
                config = uvicorn.Config(
                    listening,
                    log_level="critical",
                    access_log=False,
                    lifespan="off",
                    ws="none",
                    server_header=False,
                    timeout_graceful_shutdown=2,
                )
                speaker.say(
                    f"Webhooks are taken at http://{_named(host)}:{listener.getsockname()[1]}/. ctrl-c ends it."
                )
                server = uvicorn.Server(config)
                try:
                    await listening.start()
                    await first_of(server.serve([listener]), lines.broken.wait())
                finally:
                    await listening.aclose()
    except StoreError as error:
        speaker.error(str(error))
        return EXIT_DISK
    except OSError as error:
        speaker.error(why_not(host, port, error))
        return EXIT_USAGE
    return EXIT_DONE


async def send(asker: Asker) -> int:
    """webhooks send ID URL"""
    id = parse_id(asker.word, "prediction")
    url, event = asker.call.text("url") or "", asker.call.text("event") or "completed"
    try:
        async with services_for(asker.settings, asker.connection) as services:
            delivery = await services.webhooks.send(id, url, event)
    except StoreError as error:
        asker.speaker.error(str(error))
        return EXIT_DISK
    _tell(asker, delivery)
    return EXIT_DONE if delivery.state == "taken" else EXIT_FAILED


async def verify(asker: Asker) -> int:
    """webhooks verify [FILE|-]"""
    try:
        secret = await asker.client.webhook_secret()
        return await asyncio.to_thread(verify_webhook, asker.call, asker.speaker, secret, as_json=asker.as_json)
    except NotGiven as error:
        raise BadWord(str(error)) from None


async def check(asker: Asker) -> int:
    """webhooks check URL"""
    from tui.services.webhooks import address_check

    good = True
    array = asker.speaker.array() if asker.as_json else None
    async for finding in address_check.check(asker.client, asker.call.text("url") or ""):
        good = good and finding.good
        if array is not None:
            array.add({"step": finding.step, "good": finding.good, "text": finding.text})
        else:
            asker.speaker.line(f"{'✓' if finding.good else '✗'} {finding.step:<11} {finding.text}")
    if array is not None:
        array.end()
    return EXIT_DONE if good else EXIT_FAILED


async def secret(asker: Asker) -> int:
    """webhooks secret: printed because it was asked for, and nowhere else."""
    found = await asker.client.webhook_secret()
    if asker.as_json:
        asker.speaker.object({"key": found.reveal()})
    else:
        asker.speaker.line(found.reveal())
    return EXIT_DONE


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _named(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _tell(asker: Asker, one: Delivery) -> None:
    if asker.as_json:
        asker.speaker.json_line(to_json(as_object(one)))
        return
    if one.way == "received" and not one.attempts:
        asker.speaker.line(f"{one.event:<9}  {one.prediction_id}  {one.status:<10}  verified and kept")
        return
    answer = "no answer" if one.code is None else str(one.code)
    took = f"{(one.seconds or 0.0) * 1000:,.0f} ms"
    again = "  will be tried again" if one.state == "waiting" else ""
    problem = f"  {one.problem}" if one.problem else ""
    line = f"{one.event:<9}  {one.prediction_id}  {one.status:<10}  {answer:<9}  {took:>8}{again}{problem}"
    asker.speaker.line(line.rstrip())


def as_object(one: Delivery) -> dict[str, object]:
    """A delivery for a script; `seconds` is how long the last answer took."""
    return {
        "id": one.id,
        "way": one.way,
        "event": one.event,
        "prediction": one.prediction_id,
        "status": one.status,
        "url": one.url,
        "state": one.state,
        "code": one.code,
        "seconds": one.seconds,
        "attempts": one.attempts,
        "problem": one.problem or None,
        "created_at": one.created_at.isoformat().replace("+00:00", "Z"),
    }


COMMANDS: dict[str, Callable[[Asker], Awaitable[int]]] = {
    "webhooks forward": forward,
    "webhooks listen": listen,
    "webhooks send": send,
    "webhooks verify": verify,
    "webhooks check": check,
    "webhooks secret": secret,
}
