"""One statement keeps the leases of all turns of a process, and finds those that are lost or to stop."""

from __future__ import annotations

import asyncio
from uuid import UUID

from asgiref.sync import async_to_sync
from pytest_django import Settings

from chat import leases
from chat.keeping import LeaseKeeper
from chat.models import Turn
from chat.operations import start_and_post
from chat.tests.person import Person


def posted(person: Person) -> UUID:
    turn_id = start_and_post(actor=person.user, project=None, text="Hello").turn_id
    assert leases.claim(turn_id, "here") is not None
    return turn_id


def test_each_turn_is_told_what_became_of_its_lease(person: Person, settings: Settings) -> None:
    settings.TURN_LEASE_SECONDS = 0.6
    kept, lost, stopped, parked, expected = (posted(person) for _ in range(5))
    Turn.objects.filter(pk=lost).update(lease_owner="elsewhere")
    Turn.objects.filter(pk=stopped).update(stop_requested=True)
    Turn.objects.filter(pk=parked).update(status="awaiting_approval", lease_owner="")
    before = Turn.objects.get(pk=kept).lease_expires_at
    assert before is not None

    async def keep() -> dict[UUID, tuple[bool, bool]]:
        keeper, stops = LeaseKeeper("here"), {}
        for turn_id in (kept, lost, stopped, parked, expected):
            stop = asyncio.Event()
            stops[turn_id] = (keeper.expect(turn_id, stop), stop)
            if turn_id != expected:
                keeper.claimed(turn_id)
        async with asyncio.timeout(10):
            await stops[stopped][1].wait()
        for turn_id in stops:
            keeper.leave(turn_id)
        return {turn_id: (gone.done(), stop.is_set()) for turn_id, (gone, stop) in stops.items()}

    nothing = (False, False)
    assert async_to_sync(keep)() == {
        kept: nothing, lost: (True, False), stopped: (False, True), parked: nothing, expected: nothing,
    }  # fmt: skip
    row = Turn.objects.get(pk=kept)
    assert row.lease_expires_at is not None and row.lease_expires_at > before
    assert 0 < row.ran_seconds < 5
    assert Turn.objects.get(pk=lost).ran_seconds == 0
    # What is on its way to be claimed is renewed with the others, once it is.
    assert Turn.objects.get(pk=expected).ran_seconds > 0
