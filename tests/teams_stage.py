"""Teams on the stage of the transcripts: the same files as for every chat, with its own ways to ask."""

from collections.abc import Sequence

from tests.fake_teams import GENERAL, FakeTeams, Post, View, _actions, on_card, shown
from tests.stage import Seen

WAYS = {"asks_about", "edits", "deletes", "presses"}


class TeamsStage:
    """People in a channel whose owner lets Wherein read on, and each in a chat with it alone."""

    hides = False  # in a channel all see what is posted; only cards and dialogs are one person's

    def __init__(self, teams: FakeTeams) -> None:
        self.teams = teams
        teams.consent.add(GENERAL)

    async def says(
        self, who: str, place: str, text: str, *, to_us: bool, files: Sequence[tuple[str, bytes]]
    ) -> str:
        where = self._conversation(place, who)
        post = await self.teams.says(who, where, text, mention=to_us and place != "DM", files=files)
        return post.id

    async def asks_about(self, who: str, ref: str, text: str) -> None:
        await self.teams.asks_about(who, self._post(ref), text)

    async def edits(self, who: str, ref: str, text: str) -> None:
        await self.teams.edits(self._post(ref), text)

    async def deletes(self, who: str, ref: str) -> None:
        await self.teams.deletes(self._post(ref))

    async def presses(self, who: str, button: str, ref: str, reason: str) -> None:
        view = next((one for one in self.teams.views if one.id == ref), None)
        if view and view.payload:
            await self.teams.submits(view, button)
        elif button in "👍👎":
            await self.teams.thumbs(who, self._post(ref), up=button == "👍", reason=reason)
        else:
            await self.teams.presses(who, self._post(ref), button)

    def seen(self, place: str, who: str) -> Sequence[Seen]:
        where = self._conversation(place, who)
        posted = [one for one in self.teams.ours(where) if place != "#general" or ";" not in one.conversation]
        alone = [one for one in self.teams.views if one.conversation == where]
        return [*map(self._posted, posted), *map(_alone, alone)]

    def _post(self, ref: str) -> Post:
        return next(one for one in self.teams.posts if one.id == ref)

    def _posted(self, post: Post) -> Seen:
        thumbs = ("👍", "👎") if post.activity.get("channelData", {}).get("feedbackLoop") else ()
        buttons = (*thumbs, *(one["title"] for one in self.teams.buttons(post)))
        return Seen(post.id, shown(post.activity), buttons)

    def _conversation(self, place: str, who: str) -> str:
        if place == "DM":
            return f"a:1{who.lower()}"
        return GENERAL if place == "#general" else self._post(place).conversation


def _alone(view: View) -> Seen:
    return Seen(view.id, on_card(view.card), tuple(one["title"] for one in _actions(view.card)), view.who)
