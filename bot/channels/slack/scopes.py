"""What Wherein may do in a workspace, and for what it needs that: each method, event and surface it uses.

A scope stands in `manifest.yml` because something here needs it. https://docs.slack.dev/reference/scopes
"""

HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")

METHODS: dict[str, tuple[str, ...]] = {
    "auth.test": (),
    "oauth.v2.access": (),
    "apps.connections.open": (),  # by the app's own token, with connections:write
    "apps.manifest.export": (),  # by a configuration token
    "bots.info": ("users:read",),
    "views.open": (),
    "views.update": (),
    "views.publish": (),
    "chat.postMessage": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.delete": ("chat:write",),
    "conversations.history": HISTORY,
    "conversations.replies": HISTORY,
    "conversations.open": ("im:write",),  # what is asked from nowhere is answered alone
    "users.info": ("users:read",),
    "users.conversations": ("groups:read",),  # of the private ones, for who left one
    "reactions.add": ("reactions:write",),
    "reactions.remove": ("reactions:write",),
    "files.info": ("files:read",),
    "assistant.threads.setStatus": ("assistant:write",),
    "assistant.threads.setSuggestedPrompts": ("assistant:write",),
}
"""The scopes that a bot's token needs for each method of the Web API."""

EVENTS: dict[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "message.mpim": ("mpim:history",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "channel_left": ("channels:read",),
    "channel_deleted": ("channels:read",),
    "group_left": ("groups:read",),
    "group_deleted": ("groups:read",),
    "app_home_opened": (),
    "app_uninstalled": (),
    "tokens_revoked": (),
    "team_access_revoked": (),
}
"""The same for each event that it listens for; Bolt calls the four of messages `message`."""

SURFACES: dict[str, tuple[str, ...]] = {
    "slash_commands": ("commands",),
    "shortcuts": ("commands",),
    "agent_view": ("assistant:write",),
    "files": ("files:read",),  # to fetch what a message brings
}
"""The same for what it shows itself as, and for the bytes of files."""


def needed() -> frozenset[str]:
    """All the scopes that a bot's token needs."""
    tables = (*METHODS.values(), *EVENTS.values(), *SURFACES.values())
    return frozenset(scope for scopes in tables for scope in scopes)


BOT = tuple(sorted(needed()))
