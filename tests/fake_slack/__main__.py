"""`python -m tests.fake_slack PORT`: a fake Slack as a process of its own, led over HTTP by whoever measures.

Its first line is JSON: its addresses and secrets. `POST /_/set` puts knobs, `POST /_/do` has people do
something, `GET /_/seen` tells what was posted and how fast deliveries were acknowledged.
"""

import argparse
import asyncio
import json
import resource
import sys
from collections.abc import Sequence

from aiohttp.web import Application, Request, Response, json_response

from tests.fake_slack.server import FakeSlack
from tests.fake_slack.workspace import Json


class Led(FakeSlack):
    """A fake Slack that is told what to do from outside."""

    def application(self) -> Application:
        """The server's routes, and those of whoever leads it."""
        served = super().application()
        served.router.add_post("/_/set", self._set)
        served.router.add_post("/_/do", self._do)
        served.router.add_get("/_/seen", self._seen)
        return served

    def told(self) -> Json:
        """What whoever leads it needs to know."""
        return {
            "url": self.url,
            "api_url": self.api_url,
            "app_id": self.app_id,
            "team": self.team.id,
            "bot": self.team.bot.id,
            "bot_token": self.team.bot_token,
            "app_token": self.app_token,
            "signing_secret": self.signing_secret,
        }

    async def _set(self, request: Request) -> Response:
        asked = await request.json()
        self.deliveries.url = asked.get("bot", self.deliveries.url)
        self.deliveries.keep = asked.get("keep", self.deliveries.keep)
        self.rates.on = asked.get("rates", self.rates.on)
        self.mention_order = asked.get("mention_order", self.mention_order)
        return json_response(self.told())

    async def _do(self, request: Request) -> Response:
        """`{"act": "says", "room": "general", ...}`: one act of somebody's, by its own arguments."""
        asked = await request.json()
        act = getattr(self.people, asked.pop("act"))
        if "room" in asked:
            name = asked["room"]
            asked["room"] = self.team.direct(asked["who"]) if name == "DM" else self.team.room(name)
        if "files" in asked:
            asked["files"] = [(name, text.encode()) for name, text in asked["files"]]
        done = await act(**asked)
        ts = done if isinstance(done, str) else ""
        said = next((room.messages[ts] for room in self.team.rooms.values() if ts in room.messages), None)
        where = next((room.id for room in self.team.rooms.values() if ts in room.messages), "")
        return json_response({"ts": ts, "room": where, "message": said})

    async def _seen(self, request: Request) -> Response:
        ours = [m for room in self.team.rooms.values() for m in room.messages.values() if m.get("bot_id")]
        acks = [(d.seconds[0], d.statuses[0]) for d in self.deliveries.all if d.statuses]
        if request.query.get("clear"):
            self.deliveries.all.clear()
            self.calls.clear()
        used = resource.getrusage(resource.RUSAGE_SELF)
        return json_response(
            {
                "posts": len(ours),
                "alone": len(self.team.alone),
                "threads": [m.get("thread_ts", "") for m in ours] if request.query.get("threads") else [],
                "outcomes": _outcomes(ours, float(request.query.get("since", "inf"))),
                "refused": self.rates.refused.total(),
                "seconds": [seconds for seconds, _ in acks],
                "statuses": [status for _, status in acks],
                "cpu": used.ru_utime + used.ru_stime,
            }
        )


def _outcomes(ours: Sequence[Json], since: float) -> list[tuple[str, float, str]]:
    """Of the posts from then on: the message that each one answers, when it came, and its words."""
    posts = [post for post in ours if "metadata" in post and float(post["ts"]) >= since]
    return [(post["metadata"]["event_payload"]["of"], float(post["ts"]), post["text"]) for post in posts]


async def serve(port: int) -> None:
    """Serve until somebody ends it."""
    async with Led().running(port) as slack:
        print(json.dumps(slack.told()), flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fake_slack", description=__doc__)
    parser.add_argument("port", type=int, nargs="?", default=0)
    try:
        asyncio.run(serve(parser.parse_args().port))
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
