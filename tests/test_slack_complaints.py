"""What users of other bots in Slack complain of, settled; the numbers are those of our list of complaints."""

import asyncio
import re

import pytest

from tests.fake_slack import FakeSlack
from tests.fake_slack.payloads import plain
from tests.slack_service import QUIET_SECONDS, seen, serving, until
from tests.test_slack import LEASE, WHO


async def test_complaint_01_an_attached_file_is_read_and_what_cannot_be_is_named(acme, slack, room):
    files = [("lease.txt", LEASE.encode()), ("shot.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)]
    root = await slack.people.says("Ben", room, f"@Wherein {WHO}", files=files)
    posts = await acme.posted(room, root)
    words = seen(posts[0])
    assert "*Grace Hopper*" in words
    assert "lease.txt" in words
    assert "shot.png" in words
    assert "Not read" in words


async def test_complaint_02_a_follow_up_in_a_thread_needs_no_mention(acme, slack, room):
    root = await acme.asked(room, LEASE, WHO)
    await slack.people.says("Ben", room, "and when?", thread=root)
    posts = await acme.posted(room, root, count=2)
    assert "*3 May 2026*" in seen(posts[1])


async def test_complaint_03_it_does_not_butt_into_what_people_say_to_each_other(acme, slack, room):
    root = await acme.asked(room, LEASE, WHO)
    await slack.people.says("Cyd", room, "When is lunch?", thread=root)  # she never asked it anything
    await slack.people.says("Ben", room, "When is lunch?")
    await acme.quiet(room, posts=1)


async def test_complaint_03_two_bots_do_not_talk_to_each_other(acme, slack, room):
    root = await acme.asked(room, LEASE, WHO)
    for classic in (False, True):
        await slack.people.bot_says("Otherbot", room, f"@Wherein {WHO}", thread=root, classic=classic)
        await slack.people.bot_says("Otherbot", room, f"@Wherein {WHO}", classic=classic)
    await acme.quiet(room, posts=1)


async def test_complaint_03_a_muted_thread_is_left_alone_until_it_is_mentioned(acme, slack, room):
    root = await acme.asked(room, LEASE, WHO)
    await slack.people.says("Ben", room, "@Wherein mute", thread=root)
    await acme.shown("Ben")
    await slack.people.says("Ben", room, "and when?", thread=root)
    await acme.quiet(room, posts=1)
    await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root)
    await acme.posted(room, root, count=2)


async def test_complaint_05_what_slack_delivers_again_is_answered_once(acme, slack, room):
    slack.deliveries.deaf, slack.deliveries.retry_after = True, [0.0, 0.05, 0.1]
    root = await slack.people.says("Ada", room, LEASE)
    await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root)
    await slack.deliveries.settled()
    mentions = [d for d in slack.deliveries.all if d.payload["event"]["type"] == "app_mention"]
    assert len(mentions[0].statuses) == 4
    await acme.posted(room, root)


@pytest.mark.parametrize("fault", ["lost", "dropped", "500", "ratelimited"])
async def test_complaint_05_a_post_that_may_have_arrived_is_not_posted_again(acme, slack, room, fault):
    slack.fail("chat.postMessage", fault)
    root = await slack.people.says("Ada", room, LEASE)
    await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root)
    await acme.posted(room, root)


@pytest.mark.parametrize("order", ["same", "mention first", "message first"])
async def test_complaint_06_the_two_events_of_one_mention_are_answered_once(acme, slack, room, order):
    slack.mention_order = order
    for number in range(3):
        said = f"Gate {number} is guarded by Officer N{number}."
        root = await acme.asked(room, said, f"Who guards gate {number}?")
        assert len(acme.posts(room, root)) == 1


async def test_complaint_07_no_mention_is_lost_to_the_message_that_came_first(acme, slack, room):
    slack.mention_order, slack.rates.on = "message first", False
    acme.hurry()
    roots = [await slack.people.says("Ada", room, f"Door {n} is kept by Keeper K{n}.") for n in range(20)]
    for number, root in enumerate(roots):
        await slack.people.says(f"P{number}", room, f"@Wherein Who keeps door {number}?", thread=root)
    await until(lambda: len(acme.posts(room)) == 20, lambda: acme.words(room))
    await acme.quiet(room, posts=20)
    assert {post["thread_ts"] for post in acme.posts(room)} == set(roots)


async def test_complaint_08_a_mention_with_a_file_that_comes_only_as_a_message_is_answered(acme, slack, room):
    slack.mention_order = "message only"
    files = [("lease.txt", LEASE.encode())]
    root = await slack.people.says("Ben", room, f"@Wherein {WHO}", files=files)
    assert "*Grace Hopper*" in seen((await acme.posted(room, root))[0])


async def test_complaint_08_a_mention_that_leaves_its_files_out_is_looked_up(acme, slack, room):
    slack.mention_order, slack.files_in_mentions = "mention only", False
    files = [("lease.txt", LEASE.encode())]
    root = await slack.people.says("Ben", room, f"@Wherein {WHO}", files=files)
    assert "*Grace Hopper*" in seen((await acme.posted(room, root))[0])


async def test_complaint_08_in_whatever_order_the_pair_comes_its_file_is_read(acme, slack, room):
    slack.files_in_mentions = False
    for order in ("same", "mention first", "message first"):
        slack.mention_order = order
        root = await slack.people.says("Ben", room, f"@Wherein {WHO}", files=[("a.txt", LEASE.encode())])
        assert "*Grace Hopper*" in seen((await acme.posted(room, root))[0]), order


async def test_complaint_09_slacks_login_page_is_not_read_as_the_file(acme, slack, room):
    slack.team.scopes.discard("files:read")
    root = await slack.people.says("Ben", room, f"@Wherein {WHO}", files=[("lease.txt", LEASE.encode())])
    words = seen((await acme.posted(room, root))[0])
    assert "lease.txt" in words
    assert "I may not open files here" in words
    assert "Sign in" not in words


async def test_complaint_09_the_token_goes_to_no_other_host(acme, slack, room):
    async with FakeSlack().running() as other:
        slack.redirect_files_to = other.url.replace("127.0.0.1", "localhost")
        root = await slack.people.says("Ben", room, f"@Wherein {WHO}", files=[("a.txt", LEASE.encode())])
        words = seen((await acme.posted(room, root))[0])
        assert "a.txt" in words
        assert other.file_requests == []


LONG = f"The lease of Leeds was signed by Grace Hopper, {'as amended time and again, ' * 400}I hear."


@pytest.mark.parametrize(
    "said",
    [
        LONG,
        "Grace Hopper signed the lease of the Leeds office " + "& <b> *x* _y_ `z` ~q~ " * 200 + ".",
        "\n".join(["The lease of the Leeds office was signed by Grace Hopper."] * 120),
    ],
    ids=["one long sentence", "markup", "many lines"],
)
async def test_complaint_10_long_answers_are_shown_cut_and_never_lost(acme, slack, room, said):
    await acme.asked(room, said, WHO)
    assert "Hopper" in acme.words(room)[0]


@pytest.mark.parametrize(
    "fault", ["invalid_blocks", "msg_too_long", "msg_blocks_too_long", "invalid_blocks_format"]
)
async def test_complaint_10_what_slack_does_not_take_is_said_in_plain_words(acme, slack, room, fault):
    slack.fail("chat.postMessage", fault)
    await acme.asked(room, LEASE, WHO)
    (post,) = acme.posts(room)
    assert "Grace Hopper" in post["text"]
    last = slack.called("chat.postMessage")[-1]
    assert "blocks" not in last


async def test_complaint_11_a_thread_is_asked_of_slack_once_whatever_is_asked_in_it(acme, slack, room):
    slack.page, slack.rates.per_minute["conversations.replies"] = 15, 1
    root = await acme.asked(room, LEASE, WHO)
    await slack.people.says("Cyd", room, "The deposit is held by Lloyds.", thread=root)
    await slack.people.says("Ben", room, "@Wherein who holds the deposit?", thread=root)
    posts = await acme.posted(room, root, count=2)
    assert "*Lloyds*" in seen(posts[1])
    assert len(slack.called("conversations.replies")) == 1


WAYS = ("mention", "thread", "direct", "command", "shortcut", "command in DM", "command outside")


@pytest.mark.parametrize("way", WAYS)
async def test_complaint_12_an_answer_is_seen_wherever_it_is_asked_for(acme, slack, room, way):
    root = await slack.people.says("Ada", room, LEASE)
    direct, outside = slack.team.direct("Ben"), slack.team.room("outside", bot=False, people=("Ben",))
    match way:
        case "mention":
            await slack.people.says("Ben", room, f"@Wherein {WHO}")
        case "thread":
            await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root)
        case "direct":
            await slack.people.says("Ben", direct, WHO)
        case "command":
            await slack.people.slash("Ben", room, WHO)
        case "shortcut":
            await slack.people.shortcut("Ben", room, root, "wherein_about")
            await until(lambda: slack.team.person("Ben").modals)
            await slack.people.submits("Ben", {"question": WHO})
        case "command in DM":
            await slack.people.slash("Ben", direct, WHO)
        case "command outside":
            await slack.people.slash("Ben", outside, WHO)
    await until(lambda: acme.seen_by("Ben", room, direct))
    await asyncio.sleep(QUIET_SECONDS)
    (shown,) = acme.seen_by("Ben", room, direct)
    if way not in ("direct", "command in DM", "command outside"):
        assert "Grace Hopper" in seen(shown)


async def test_complaint_12_who_may_not_ask_is_told_so(acme, slack, room):
    slack.team.person("Gus", guest=True)
    root = await slack.people.says("Ada", room, LEASE)
    await slack.people.says("Gus", room, f"@Wherein {WHO}", thread=root)
    (told,) = await until(lambda: acme.seen_by("Gus", room))
    assert "Guests cannot ask here" in seen(told)


@pytest.mark.parametrize(
    ("method", "faults"),
    [
        ("chat.postMessage", ["500"] * 2),
        ("chat.postMessage", ["lost", "500"]),
        ("assistant.threads.setStatus", ["500"] * 9),
        ("conversations.replies", ["500"] * 9),
        ("users.info", ["500"] * 9),
    ],
)
async def test_complaint_13_each_question_ends_in_one_thing_that_is_seen(acme, slack, room, method, faults):
    slack.fail(method, *faults)
    root = await slack.people.says("Ada", room, LEASE)
    await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root)
    await slack.people.says("Cyd", room, "@Wherein who is the president of the chess club?")
    await until(lambda: len(acme.posts(room)) == 2, lambda: acme.words(room))
    await acme.quiet(room, posts=2)
    assert slack.team.status == {}  # and none goes on as if it worked


async def test_complaint_14_what_is_quoted_was_said_and_its_link_leads_there(acme, slack, room):
    said = "Rent is 4,200 euros & due on <the third> working day."
    root = await acme.asked(room, said, "How much is the rent?")
    (post,) = acme.posts(room)
    quoted = re.search("“(.+?)”", seen(post), re.DOTALL)[1].replace("*", "")
    assert quoted in said
    assert quoted in plain(room.messages[root]["text"])
    link = f"https://{slack.team.domain}.slack.com/archives/{room.id}/p{root.replace('.', '')}"
    assert link in str(post["blocks"])


@pytest.mark.parametrize("scope", ["channels:history", "files:read", "users:read"])
async def test_complaint_19_the_doctor_names_the_scope_that_is_missing(slack, monkeypatch, scope):
    slack.rates.per_minute["apps.connections.open"] = 20
    async with serving(slack, monkeypatch, socket=True) as acme:
        assert await acme.channel.check() == []
        slack.team.scopes.discard(scope)
        found = await acme.channel.check()
    assert any(scope in line for line in found), found


async def test_complaint_19_an_admin_is_told_in_slack_what_is_missing(acme, slack, room):
    slack.team.person("Ada").admin = True
    slack.team.scopes.discard("files:read")
    await slack.people.slash("Ada", room, "doctor")
    shown = await acme.shown("Ada")
    assert "files:read" in seen(shown[0])


async def test_complaint_20_nothing_is_ever_listed_however_large_the_workspace(acme, slack, room):
    slack.team.person("Ada").admin = True
    for number in range(300):
        slack.team.room(f"room-{number}")
    await acme.asked(room, LEASE, WHO)
    await slack.people.opens_home("Ada")
    await slack.people.slash("Ada", room, "settings")
    await acme.shown("Ada")
    await slack.deliveries.settled()
    assert not [method for method, _ in slack.calls if method.endswith(".list")]
    assert slack.called("conversations.info") == []
    assert len(slack.calls) < 30


async def test_complaint_25_a_question_asked_alone_is_shared_only_when_its_asker_says_so(acme, slack, room):
    await slack.people.says("Ada", room, LEASE)
    await slack.people.slash("Ben", room, WHO)
    (shown,) = await acme.shown("Ben")
    assert acme.posts(room) == []
    await slack.people.presses("Ben", room, shown["ts"], "Share")
    (post,) = await acme.posted(room)
    assert "*Grace Hopper*" in seen(post)
    assert slack.team.person("Ben").id in str(post["blocks"])
    await until(lambda: not acme.alone("Ben"), lambda: [seen(one) for one in acme.alone("Ben")])


async def test_complaint_26_what_another_bot_posts_is_not_taken_for_what_wherein_said(acme, slack, room):
    root = await acme.asked(room, LEASE, WHO)
    await slack.people.bot_says("Otherbot", room, "The lease was signed by Mickey Mouse.", thread=root)
    await slack.people.says("Ben", room, "and when?", thread=root)
    posts = await acme.posted(room, root, count=2)
    assert "*3 May 2026*" in seen(posts[1])
    await slack.people.says("Ben", room, f"@Wherein {WHO}", thread=root)
    posts = await acme.posted(room, root, count=3)
    assert "Mickey" not in seen(posts[2])
    assert "*Grace Hopper*" in seen(posts[2])
