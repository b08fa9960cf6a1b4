"""Ways to ask in Slack that no transcript tells, each from end to end."""

import asyncio
import json

import pytest

from tests.fake_slack.screen import buttons, text
from tests.slack_service import seen, until
from tests.test_slack import LEASE, WHO


@pytest.fixture
def slack(slack):
    slack.rates.burst = 100.0
    return slack


async def test_where_it_is_not_let_in_the_question_waits_until_it_is(acme, slack):
    outside = slack.team.room("outside", bot=False, people=("Ada", "Ben"))
    await slack.people.says("Ada", outside, LEASE)
    await slack.people.slash("Ben", outside, WHO)
    (told,) = await acme.shown("Ben")
    assert "/invite" in seen(told)
    await slack.people.invites("Ada", outside)
    await until(lambda: len(acme.alone("Ben")) == 2, lambda: [seen(one) for one in acme.alone("Ben")])
    assert "*Grace Hopper*" in seen(acme.alone("Ben")[-1])


async def test_an_answer_asked_alone_may_be_kept(acme, slack, room):
    await slack.people.says("Ada", room, LEASE)
    await slack.people.slash("Ben", room, WHO)
    (shown,) = await acme.shown("Ben")
    await slack.people.presses("Ben", room, shown["ts"], "Keep to myself")
    await until(lambda: "Share" not in seen(acme.alone("Ben")[0]))
    (kept,) = await acme.shown("Ben")
    assert "*Grace Hopper*" in seen(kept)
    assert acme.posts(room) == []


async def test_who_asked_deletes_the_answer_from_why_and_nobody_else_can(acme, slack, room):
    root = await acme.asked(room, LEASE, WHO)
    (post,) = acme.posts(room)
    await slack.people.presses("Cyd", room, post["ts"], "Why?")
    await until(lambda: "Hopper" in acme.dialogs("Cyd"))
    assert "Delete this answer" not in str(slack.team.person("Cyd").modals)
    await slack.people.presses("Ben", room, post["ts"], "Why?")
    await until(lambda: "Hopper" in acme.dialogs("Ben"))
    await slack.people.presses_in_view("Ben", "Delete this answer")
    await until(lambda: not acme.posts(room, root))
    await until(lambda: acme.alone("Ben"))


async def test_the_next_of_the_next_best_comes_in_the_same_window(acme, slack, room):
    said = (
        "The garden is watered by Mrs Lindqvist on Mondays. Mr Okafor waters it on Fridays."
        " On Sundays it is Ms Roy who waters the garden."
    )
    await acme.asked(room, said, "Who waters the garden on Mondays?")
    (post,) = acme.posts(room)
    await slack.people.presses("Ben", room, post["ts"], "Next best")
    await until(lambda: acme.dialogs("Ben"))
    view = slack.team.person("Ben").modals[0]
    before = text(view["blocks"])
    assert "Next best" in buttons(view["blocks"])
    await slack.people.presses_in_view("Ben", "Next best")
    await until(lambda: acme.dialogs("Ben") != before)
    assert len(slack.team.person("Ben").modals) == 1


async def test_a_question_from_the_global_shortcut_is_answered_in_the_chat_alone(acme, slack):
    await slack.people.global_shortcut("Ada", "wherein_ask")
    await until(lambda: slack.team.person("Ada").modals)
    await slack.people.submits("Ada", {"question": WHO, "given": LEASE})
    direct = slack.team.direct("Ada")
    (post,) = await acme.posted(direct)
    assert "*Grace Hopper*" in seen(post)
    await slack.people.presses("Ada", direct, post["ts"], "Why?")
    await until(lambda: acme.dialogs("Ada"))
    assert "I do not remember that answer" not in acme.dialogs("Ada")


async def test_the_dialog_takes_files(acme, slack, room):
    await slack.people.slash("Ada", room, "")
    await until(lambda: slack.team.person("Ada").modals)
    await slack.people.submits("Ada", {"question": WHO, "files": [("lease.txt", LEASE.encode())]})
    (shown,) = await acme.shown("Ada")
    assert "*Grace Hopper*" in seen(shown)
    assert "lease.txt" in seen(shown)


async def test_a_file_is_pinned_listed_and_unpinned_by_command(acme, slack, room):
    root = await slack.people.says("Ben", room, "Here.", files=[("lease.txt", LEASE.encode())])
    await slack.people.says("Ben", room, "@Wherein what is this?", thread=root)
    await until(lambda: acme.posts(room, root))
    await slack.people.says("Ben", room, "@Wherein pin", thread=root)
    await until(lambda: acme.alone("Ben"))
    assert "lease.txt" in seen(acme.alone("Ben")[-1])
    await slack.people.slash("Cyd", room, WHO)
    await until(lambda: acme.alone("Cyd"))
    assert "*Grace Hopper*" in seen(acme.alone("Cyd")[-1])
    await slack.people.slash("Ben", room, "sources")
    await until(lambda: len(acme.alone("Ben")) == 2)
    assert "lease.txt" in seen(acme.alone("Ben")[-1])
    await slack.people.slash("Ben", room, "unpin lease.txt")
    await until(lambda: len(acme.alone("Ben")) == 3)
    assert "lease.txt" in seen(acme.alone("Ben")[-1])


async def test_in_the_pane_each_chat_is_its_own(acme, slack):
    direct = slack.team.direct("Ada")
    first = await slack.people.says("Ada", direct, "Chat one.")
    await slack.people.says("Ada", direct, LEASE, thread=first)
    await slack.people.says("Ada", direct, WHO, thread=first)
    await until(lambda: any("*Grace Hopper*" in seen(one) for one in acme.posts(direct, first)))
    second = await slack.people.says("Ada", direct, "Chat two.")
    await slack.people.says("Ada", direct, WHO, thread=second)
    await until(lambda: acme.posts(direct, second))
    assert not any("Hopper" in seen(one) for one in acme.posts(direct, second))


async def test_the_pane_suggests_what_is_there_by_its_title(acme, slack):
    direct = slack.team.direct("Ada")
    await slack.people.says("Ada", direct, "Here.", files=[("lease.txt", LEASE.encode())])
    await until(lambda: acme.posts(direct))
    await slack.people.opens_messages("Ada")
    await until(lambda: slack.called("assistant.threads.setSuggestedPrompts"))
    told = slack.called("assistant.threads.setSuggestedPrompts")[-1]
    assert any("lease.txt" in one["title"] for one in told["prompts"]), told


async def test_an_edit_after_an_answer_that_waits_is_followed_and_a_deletion_strikes_it(acme, slack, room):
    root = await acme.asked(room, LEASE, WHO)
    await slack.people.edits("Ada", room, root, LEASE.replace("Grace Hopper", "Ada Lovelace"))
    await until(lambda: "*Ada Lovelace*" in acme.words(room)[0], lambda: acme.words(room))
    await slack.people.deletes(room, root)
    await until(lambda: "I take that answer back" in acme.words(room)[0], lambda: acme.words(room))
    assert len(acme.posts(room)) == 1


async def test_a_person_who_is_mentioned_is_quoted_by_name(acme, slack, room):
    await acme.asked(room, "The lease was signed by @Cyd on Monday.", "Who signed the lease?")
    assert "Cyd" in acme.words(room)[0]
    assert slack.team.person("Cyd").id not in json.dumps(acme.posts(room)[0]["blocks"])


async def test_when_it_is_put_out_of_a_room_all_of_there_is_forgotten(acme, slack, room):
    await acme.asked(room, LEASE, WHO)
    await slack.people.takes_out("Ada", room)
    await asyncio.sleep(0.5)
    await slack.people.invites("Ada", room)
    await until(lambda: len(acme.posts(room)) == 2)  # it says hello
    await slack.people.slash("Ben", room, "sources")
    await until(lambda: acme.alone("Ben"))
    assert "lease" not in seen(acme.alone("Ben")[-1]).lower()


@pytest.mark.parametrize("before", [True, False])
async def test_a_message_that_somebody_forwards_is_read_and_linked(acme, slack, room, before):
    other = slack.team.room("leases", bot=False, people=("Ada", "Ben"))
    said = await slack.people.says("Ada", other, "@Ben The lease of the mill was signed by Grace Hopper.")
    root = await slack.people.says("Ben", room, "Look at this.")
    if not before:
        await slack.people.says("Ben", room, "@Wherein who signed the will?", thread=root)
        await until(lambda: acme.posts(room, root))
    shared = await slack.people.forwards("Ada", room, said, other, thread=root)
    await slack.people.says("Ben", room, "@Wherein who signed the lease of the mill?", thread=root)
    await until(lambda: len(acme.posts(room, root)) == (1 if before else 2))
    assert "*Grace Hopper*" in acme.words(room)[-1]
    assert f"/archives/{other.id}/p{said.replace('.', '')}" in str(acme.posts(room, root)[-1]["blocks"])
    await slack.people.deletes(room, shared)
    await until(lambda: "Grace Hopper" not in acme.words(room)[-1])


async def test_who_takes_a_forwarded_message_out_again_takes_back_what_was_answered_from_it(
    acme, slack, room
):
    other = slack.team.room("leases", bot=False, people=("Ada", "Ben"))
    said = await slack.people.says("Ada", other, "The lease of the mill was signed by Grace Hopper.")
    root = await slack.people.forwards("Ada", room, said, other, "Look.")
    await slack.people.says("Ben", room, "@Wherein who signed the lease of the mill?", thread=root)
    await until(lambda: acme.posts(room, root))
    assert "*Grace Hopper*" in acme.words(room)[-1]
    await slack.people.unfurls(room, root)
    await until(lambda: "Grace Hopper" not in acme.words(room)[-1])


async def test_a_forwarded_message_alone_is_taken_and_asks_for_a_question(acme, slack, room):
    other = slack.team.room("leases", bot=False, people=("Ada", "Ben"))
    said = await slack.people.says("Ada", other, "The lease of the mill was signed by Grace Hopper.")
    await slack.people.forwards("Ben", room, said, other, "@Wherein")
    await until(lambda: acme.posts(room))
    assert "Ada, " in acme.words(room)[-1]


async def _pinned_in(acme, slack, room):
    """A file that Ben asked about and pinned there."""
    root = await slack.people.says("Ben", room, "Here.", files=[("lease.txt", LEASE.encode())])
    await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root)
    await until(lambda: acme.posts(room, root))
    await slack.people.says("Ben", room, "@Wherein pin", thread=root)
    await until(lambda: acme.alone("Ben"))


async def test_who_left_a_private_channel_sees_at_home_no_title_pinned_there(acme, slack):
    slack.page = 1  # Slack tells them page by page
    closed = slack.team.room("closed", kind="group", people=("Ada", "Ben"))
    slack.team.room("another", kind="group", people=("Ben",))
    await _pinned_in(acme, slack, closed)
    ben = slack.team.person("Ben")
    await slack.people.opens_home("Ben")
    await until(lambda: ben.home and "lease.txt" in text(ben.home["blocks"]))
    closed.members.remove(ben.id)
    await slack.people.opens_home("Ben")
    await until(lambda: "lease.txt" not in text(ben.home["blocks"]))
    assert "1 thread" in text(ben.home["blocks"])  # what they asked is theirs


async def test_where_slack_tells_no_channels_home_shows_no_title_pinned_in_any(acme, slack, room):
    await _pinned_in(acme, slack, room)
    slack.team.scopes.discard("groups:read")
    await slack.people.opens_home("Ben")
    ben = slack.team.person("Ben")
    await until(lambda: ben.home)
    assert "lease.txt" not in text(ben.home["blocks"])
    assert "1 thread" in text(ben.home["blocks"])


async def test_a_pin_is_taken_away_at_home(acme, slack, room):
    await _pinned_in(acme, slack, room)
    ben = slack.team.person("Ben")
    await slack.people.opens_home("Ben")
    await until(lambda: ben.home and "lease.txt" in text(ben.home["blocks"]))
    await slack.people.presses_in_view("Ben", "Unpin", home=True)
    await until(lambda: "lease.txt" not in text(ben.home["blocks"]))
    await slack.people.presses_in_view("Ben", "Ask a question", home=True)
    await until(lambda: ben.modals)
