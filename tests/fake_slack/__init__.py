"""Slack, as far as its documentation says, over real HTTP on loopback; nothing that Slack lacks."""

from tests.fake_slack.delivery import Delivery, signed
from tests.fake_slack.people import People
from tests.fake_slack.server import FakeSlack
from tests.fake_slack.workspace import Person, Room, Workspace

__all__ = ["Delivery", "FakeSlack", "People", "Person", "Room", "Workspace", "signed"]
