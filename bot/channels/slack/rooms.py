"""Private channels, as `users.conversations` tells: who left one sees no title of it any longer.

https://docs.slack.dev/reference/methods/users.conversations
"""

import asyncio
from dataclasses import replace

from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.errors import as_delivery
from bot.channels.slack.places import DIRECT
from bot.types import DeliveryError, Overview

PAGE, PAGES = 200, 20  # of Slack's thousand, which it advises against


async def as_open(client: AsyncWebClient, team: str, user: str, seen: Overview) -> Overview:
    """What somebody sees, without what is pinned in private channels that they are not in.

    Where Slack does not tell, what is pinned is left out of every channel.
    """
    if not any(one.pinned for one in seen.rooms if not one.room.room.startswith(DIRECT)):
        return seen
    try:
        ours, theirs = await asyncio.gather(_private(client, team), _private(client, team, user))
        closed = ours - theirs
    except DeliveryError:
        closed = {one.room.room for one in seen.rooms if not one.room.room.startswith(DIRECT)}
    rooms = (replace(one, pinned=()) if one.room.room in closed else one for one in seen.rooms)
    return replace(seen, rooms=tuple(rooms))


async def _private(client: AsyncWebClient, team: str, user: str | None = None) -> set[str]:
    """The private channels that Wherein is in, or of these those that somebody is in too."""
    found: set[str] = set()
    cursor = ""
    for _ in range(PAGES):
        with as_delivery():
            told = await client.users_conversations(
                types="private_channel", team_id=team, limit=PAGE, cursor=cursor, user=user
            )
            found |= {str(one.get("id")) for one in told.get("channels") or ()}
            cursor = (told.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return found
    raise DeliveryError("Slack: too many private channels")
