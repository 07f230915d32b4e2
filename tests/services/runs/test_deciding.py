"""A decision about a run whose answer was lost is carried out once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.services.conftest import opened
from tests.services.runs.test_runs import Lost, quick, unknown
from tests.support.fake_api import Api
from tui.services.runs.run import Run


async def test_a_run_that_is_decided_twice_at_once_is_sent_again_once(api: Api, tmp_path: Path) -> None:
    lost = Lost(api, arrives=False)
    async with opened(api.base_url, tmp_path, sleep=quick) as seen:
        run, runs = await unknown(seen), seen.services.runs
        both = await asyncio.gather(runs.resolve(run.id, "send"), runs.resolve(run.id, "send"), return_exceptions=True)
        decided = [one for one in both if isinstance(one, Run)]
        # The second comes while the first is carried out, or just after: then the run is not unknown any more.
        refused = [one for one in both if isinstance(one, ValueError | KeyError)]
        assert len(decided) == len(refused) == 1
        await seen.until(lambda: api.predictions)
        next(iter(api.predictions.values())).update(status="succeeded", output=["x"], logs="")
        assert (await seen.ended(run)).state == "done"
        assert lost.sent == 2 and len(api.predictions) == 1


async def test_nothing_else_is_decided_while_a_lost_run_is_looked_for(api: Api, tmp_path: Path) -> None:
    lost = Lost(api, arrives=False)
    async with opened(api.base_url, tmp_path, sleep=quick) as seen:
        run, runs = await unknown(seen), seen.services.runs
        looking = asyncio.ensure_future(runs.resolve(run.id, "look"))
        await asyncio.sleep(0)
        for decision in ("send", "drop", "look"):
            with pytest.raises(ValueError, match="decided already"):
                await runs.resolve(run.id, decision)  # type: ignore[arg-type]
        assert (await looking).state == "unknown"
        assert lost.sent == 1 and not api.predictions


async def test_a_run_that_is_being_sent_again_is_not_unknown_for_a_moment(api: Api, tmp_path: Path) -> None:
    lost = Lost(api, arrives=False)
    async with opened(api.base_url, tmp_path, sleep=quick) as seen:
        run, runs = await unknown(seen), seen.services.runs
        assert (await runs.resolve(run.id, "send")).state == "creating"
        for decision in ("send", "drop", "look"):
            with pytest.raises(KeyError):
                await runs.resolve(run.id, decision)  # type: ignore[arg-type]
        with pytest.raises(KeyError):
            await runs.abandon(run.id)
        await seen.until(lambda: api.predictions)
        next(iter(api.predictions.values())).update(status="succeeded", output=["x"], logs="")
        assert (await seen.ended(run)).state == "done"
        assert lost.sent == 2


async def test_a_run_that_is_being_looked_for_is_not_sent_meanwhile(api: Api, tmp_path: Path) -> None:
    lost = Lost(api, arrives=False)
    async with opened(api.base_url, tmp_path, sleep=quick) as seen:
        run, runs = await unknown(seen), seen.services.runs
        looking = asyncio.ensure_future(runs.resolve(run.id, "look"))
        await asyncio.sleep(0)
        with pytest.raises(ValueError, match="decided already"):
            await runs.resolve(run.id, "send")
        assert (await looking).state == "unknown"
        assert lost.sent == 1
        assert (await runs.resolve(run.id, "drop")).state == "failed"
