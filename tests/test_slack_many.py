"""Wherein in many workspaces: installed by OAuth, asked in each, and put out of one."""

import pytest

from tests.slack_service import Acme, install, serving
from tests.test_slack import LEASE, WHO


@pytest.fixture
def slack(slack):
    """Two workspaces, in none of which it is installed yet."""
    for name in ("Acme", "Brandt"):
        slack.workspace(name).installed = False
    return slack


async def test_each_workspace_is_answered_with_its_own_token_and_one_may_put_it_out(slack, monkeypatch):
    async with serving(slack, monkeypatch, many=True) as service:
        made = {}
        for name in ("Acme", "Brandt"):
            people = await install(slack, service.address, name)
            acme = Acme(slack, service.address, service.channel)
            acme.team, acme.people = people.team, people
            made[name] = acme, people.team.room("general")
        for acme, room in made.values():
            await acme.asked(room, LEASE, WHO)
            assert "*Grace Hopper*" in acme.words(room)[0]
        gone, room = made["Brandt"]
        await gone.people.uninstalls()
        acme, there = made["Acme"]
        await acme.asked(there, "The boiler was repaired by Otto Kern.", "Who repaired the boiler?")
        assert len(gone.posts(room)) == 1
