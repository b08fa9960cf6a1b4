"""Teams: what a turn costs the loop, how soon activities are acknowledged, and what stays in memory.

    python -m bench.teams                      every figure
    python -m bench.teams serve ours|stock|whole PORT    a bot, set by its environment

The bot is a process of its own. Its clients, the connector and the identity provider are another; both share
this machine's cores with whatever else runs there.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import psutil
from aiohttp.web import Application, AppRunner, Request, Response, TCPSite, json_response

from bench.arrivals import evenly
from bench.common import free_port, megabytes
from bench.processes import INSTANT, listening, set_up, used
from bot import app
from bot.channels import teams
from bot.settings import Settings
from bot.types import House, Message, Reply
from tests.fake_teams import GENERAL, FakeIdentity, FakeTeams
from tests.teams_house import environment

TURNS, WARM = 1_000, 100
RATE = 200  # activities a second
ACTIVITIES = 10_000
ROOMS = 40  # reply chains
PATIENCE_SECONDS = 10.0  # for the next answer
HELLO = "Hello: this is one reply to one message."


async def main() -> None:
    """Print every figure."""
    print("-- Teams")
    for bot, told in (("stock", "botbuilder as it comes, tokens off"), ("ours", "ours, tokens checked")):
        async with running(bot) as (fake, url, process):
            loop, processor = await _turns(fake, url, process)
        print(f"a turn with one reply, {told}: {loop:5.2f} ms of the loop, {processor:5.2f} ms of processors")
    for reader in (INSTANT, "onnx:model/weights"):
        async with running("whole", reader) as (fake, url, process):
            await _stream(fake, process, reader)


async def _turns(fake: FakeTeams, url: str, process: int) -> tuple[float, float]:
    """The milliseconds of the loop and of the processors that one turn takes."""
    async with aiohttp.ClientSession() as client:

        async def spent() -> tuple[float, float]:
            async with client.get(f"{url}/spent") as answer:
                loop: float = (await answer.json())["loop"]
            return loop, used(psutil.Process(process))

        before = (0.0, 0.0)
        for turn in range(WARM + TURNS):
            if turn == WARM:
                before = await spent()
            conversation = f"a:1{turn}"
            await fake.send(fake.message("Ada", conversation, "Who?", mention=False))
            await fake.until(conversation, HELLO)
        after = await spent()
    return 1000 * (after[0] - before[0]) / TURNS, 1000 * (after[1] - before[1]) / TURNS


async def _stream(fake: FakeTeams, process: int, reader: str) -> None:
    """Activities at an even rate: 90 % overheard, 8 % questions, 2 % edits."""
    fake.consent.add(GENERAL)
    chains = [
        (await fake.says("Ada", GENERAL, "Priya Nair keeps the keys.", mention=True)) for _ in range(ROOMS)
    ]
    await asyncio.sleep(2)
    made = [_activity(fake, n, chains[n % ROOMS].conversation) for n in range(ACTIVITIES)]
    asked = sum(kind == "asked" for kind, _ in made)
    token, own = fake.identity.sign(fake.url), psutil.Process()
    began, generator = time.perf_counter(), used(own)
    sizes: list[float] = []

    async def send(one: tuple[str, dict[str, Any]]) -> int:
        status: int = (await fake.send(one[1], token))[0]
        return status

    def beside(number: int) -> None:
        if number % (ACTIVITIES // 5) == 0:
            sizes.append(megabytes(process))

    taken = await evenly(made, RATE, send, beside)
    share = (used(own) - generator) / taken.lasted
    answered, at = await _answered(fake, asked)
    rate = answered / (at - began)
    sizes.append(megabytes(process))
    name, memory = reader.partition(":")[0], ", ".join(f"{size:.0f}" for size in sizes)
    print(
        f"{ACTIVITIES} activities, reader {name}: {ACTIVITIES / taken.lasted:5.1f} a second acknowledged"
        f" (p50 {taken.within(0.5):.1f} ms, p99 {taken.within(0.99):.1f} ms),"
        f" {ACTIVITIES - taken.accepted} refused; {answered} of {asked} questions answered, {rate:.1f} a"
        f" second; memory {memory} MB; the generator used {share:.0%} of a core"
    )


async def _answered(fake: FakeTeams, asked: int) -> tuple[int, float]:
    """How many questions have an answer, and when the last one had; more are not waited for."""
    answered, at = -1, time.perf_counter()
    while answered < asked and time.perf_counter() - at < PATIENCE_SECONDS:
        found = sum(not post.by and post.changed > 0 for post in fake.posts) - ROOMS
        if found > answered:
            answered, at = found, time.perf_counter()
        await asyncio.sleep(0.1)
    return answered, at


def _activity(fake: FakeTeams, n: int, conversation: str) -> tuple[str, dict[str, Any]]:
    if n % 50 == 0:
        made = fake.message("Ben", conversation, f"It is number {n} now.", mention=False)
        changed = {"type": "messageUpdate", "channelData": made["channelData"] | {"eventType": "editMessage"}}
        return "edited", made | changed
    if n % 50 % 12 == 1 and n % 50 < 48:
        return "asked", fake.message("Cyd", conversation, f"Who keeps the keys of room {n}?", mention=True)
    return "heard", fake.message("Ben", conversation, f"I was in room {n} before noon.", mention=False)


# --------------------------------------------------------------------------- processes


@asynccontextmanager
async def running(bot: str, reader: str = INSTANT) -> AsyncIterator[tuple[FakeTeams, str, int]]:
    """Teams here, and a bot in a process of its own: its address and its process."""
    identity = FakeIdentity()
    settings = environment(await identity.start())
    fake = FakeTeams(identity, signed=bot != "stock")
    await fake.start()
    port = free_port()
    settings |= {
        "WHEREIN_MODEL": reader,
        "WHEREIN_PORT": str(port),
        "WHEREIN_WEB_PORT": "0",
        "WHEREIN_STORE": "memory:",
        "WHEREIN_CHANNELS": "teams",
        "WHEREIN_LOG": "error",
        "MALLOC_ARENA_MAX": "2",
    }
    command = [sys.executable, "-m", "bench.teams", "serve", bot, str(port)]
    with listening(command, port, settings) as process:
        fake.bot = f"http://127.0.0.1:{port}/api/messages"
        yield fake, f"http://127.0.0.1:{port}", process.pid
    await fake.close()


async def serve(bot: str, port: int) -> None:
    """A bot, until it is told to end."""
    settings, stop = set_up()
    if bot == "whole":
        await app.run(settings, stop)
        return
    served = Application()
    served.router.add_get("/spent", _spent)
    if bot == "ours":
        channel = _ours(served, settings)
    else:
        _stock(served)
    runner = AppRunner(served, access_log=None)
    await runner.setup()
    await TCPSite(runner, "127.0.0.1", port).start()
    await stop.wait()
    await runner.cleanup()
    if bot == "ours":
        await channel.close()


async def _spent(_: Request) -> Response:
    return json_response({"loop": time.thread_time()})  # this thread is the loop's


def _ours(served: Application, settings: Settings) -> teams.Teams:
    """The channel, with a house that says hello."""
    channel = teams.open(settings)
    sending = set[asyncio.Task[str]]()

    async def accept(message: Message) -> bool:
        task = asyncio.create_task(channel.send(Reply(message.id, "info", HELLO), message.address, None))
        sending.add(task)
        task.add_done_callback(sending.discard)
        return True

    async def ask(message: Message) -> Reply:
        return Reply(message.id, "info", HELLO)

    channel.mount(served.router, House(ask=ask, accept=accept))
    return channel


def _stock(served: Application) -> None:
    """A bot as botbuilder's own samples have it."""
    from botbuilder.core import ActivityHandler, TurnContext
    from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication

    class Configuration:
        APP_ID = APP_PASSWORD = APP_TENANTID = ""
        APP_TYPE = "MultiTenant"

    class Hello(ActivityHandler):  # type: ignore[misc]
        async def on_message_activity(self, turn_context: TurnContext) -> None:
            await turn_context.send_activity(HELLO)

    adapter, bot = CloudAdapter(ConfigurationBotFrameworkAuthentication(Configuration())), Hello()

    async def messages(request: Request) -> Response:
        response: Response | None = await adapter.process(request, bot)
        return response or Response(status=201)

    served.router.add_post("/api/messages", messages)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[2], int(sys.argv[3])) if sys.argv[1:2] == ["serve"] else main())
