"""What Slack sends, and the message in it: bodies of every kind, as Slack's documentation has them."""

import json
from copy import deepcopy

import pytest

from bot.channels.slack.parsed import to_message
from bot.channels.slack.tokens import Installation
from bot.types import Thread

OURS = Installation("T1", "", "xoxb-1", "B1", "UBOT", "https://acme.slack.com/")
TS, ROOT = "1700000001.000200", "1700000000.000100"
FILE = {
    "id": "F1",
    "name": "lease.pdf",
    "mimetype": "application/pdf",
    "size": 12,
    "mode": "hosted",
    "url_private_download": "https://files.slack.com/f/lease.pdf",
    "permalink": "https://acme.slack.com/files/U1/F1/lease.pdf",
}


def event(type="message", **more):
    said = {"type": type, "user": "U1", "text": "Hello.", "ts": TS, "channel": "C1", "event_ts": TS}
    said = {name: value for name, value in (said | more).items() if value is not None}
    if type == "message":
        said.setdefault("channel_type", "channel")
    return {
        "type": "event_callback",
        "team_id": "T1",
        "event": said,
        "event_id": "Ev1",
        "event_time": 1700000001,
        "authorizations": [{"enterprise_id": None, "team_id": "T1", "user_id": "UBOT", "is_bot": True}],
    }


def read(body):
    return to_message(body, OURS, 1700000009.0)


# --------------------------------------------------------------------------- what is said


def test_a_mention_outside_a_thread_asks_the_room_and_is_answered_under_it():
    message = read(event("app_mention", text="<@UBOT> who signed the lease?"))
    assert (message.id, message.intent, message.text) == (f"T1/C1/{TS}", "ask", "who signed the lease?")
    assert (message.thread, message.way) == (Thread("slack", "T1", "C1", TS), "room")
    assert message.addressed
    assert not message.private
    assert (message.address.data["under"], message.address.data.get("thread", "")) == (TS, "")
    assert message.where == f"https://acme.slack.com/archives/C1/p{TS.replace('.', '')}"
    assert message.at == 1700000001.0002


def test_a_mention_in_a_thread_asks_the_thread():
    message = read(event("app_mention", text="<@UBOT> who?", thread_ts=ROOT))
    assert (message.thread, message.way) == (Thread("slack", "T1", "C1", ROOT), "thread")
    assert (message.address.data["under"], message.address.data["thread"]) == (ROOT, ROOT)
    assert message.where.endswith(f"?thread_ts={ROOT}&cid=C1")


def test_the_two_events_of_one_mention_are_one_message():
    mention = read(event("app_mention", text="<@UBOT> who?"))
    heard = read(event(text="<@UBOT> who?"))
    assert mention.id == heard.id
    assert (mention.thread, mention.intent, mention.addressed) == (
        heard.thread,
        heard.intent,
        heard.addressed,
    )
    assert mention.address.data["thin"]  # files may have come along of which it was not told
    assert "thin" not in heard.address.data


def test_a_mention_with_a_file_that_comes_as_a_message_is_addressed_and_brings_it():
    message = read(event(subtype="file_share", text="<@UBOT> who?", files=[FILE]))
    assert message.addressed
    assert message.intent == "ask"
    (file,) = message.attachments
    assert (file.id, file.name, file.url) == ("F1", "lease.pdf", FILE["url_private_download"])
    assert file.where == FILE["permalink"]


@pytest.mark.parametrize(
    "file", [{"mode": "tombstone"}, {"mode": "external"}, {"file_access": "check_file_info"}]
)
def test_a_file_of_which_too_little_is_told_has_to_be_asked_for(file):
    (found,) = read(event(files=[FILE | file])).attachments
    assert (found.id, found.url) == ("F1", "")


def test_what_is_said_in_a_channel_is_overheard_and_a_reply_may_be_a_follow_up():
    assert read(event()).intent == "heard"
    assert not read(event()).addressed
    reply = read(event(thread_ts=ROOT))
    assert (reply.intent, reply.addressed, reply.way) == ("ask", False, "thread")
    shown = read(event(subtype="thread_broadcast", thread_ts=ROOT))
    assert shown.thread == reply.thread


def test_in_a_conversation_alone_everything_is_asked_and_a_pane_is_a_conversation_of_its_own():
    message = read(event(channel="D1", channel_type="im", text="When?"))
    assert (message.intent, message.way, message.thread) == (
        "ask",
        "conversation",
        Thread("slack", "T1", "D1"),
    )
    assert message.addressed
    assert "under" not in message.address.data
    pane = read(event(channel="D1", channel_type="im", text="When?", thread_ts=ROOT))
    assert pane.thread == Thread("slack", "T1", "D1", ROOT)
    assert (pane.address.data["under"], pane.address.data["thread"]) == (ROOT, ROOT)


def test_in_a_group_conversation_only_a_mention_is_asked():
    heard = read(event(channel="G1", channel_type="mpim"))
    assert (heard.intent, heard.way) == ("heard", "conversation")
    asked = read(event(channel="G1", channel_type="mpim", text="<@UBOT> who?", thread_ts=ROOT))
    assert (asked.intent, asked.thread) == ("ask", Thread("slack", "T1", "G1"))
    assert asked.address.data["under"] == ROOT


@pytest.mark.parametrize("text", ["<@UBOT> help", "<@UBOT>  forget thread", "<@UBOT> mute"])
def test_a_command_by_mention_is_answered_to_who_gives_it(text):
    message = read(event("app_mention", text=text, thread_ts=ROOT))
    assert message.intent == text.split()[1]
    assert message.private
    assert message.address.data["private"]


@pytest.mark.parametrize(
    "changes",
    [
        {"bot_id": "B2"},
        {"bot_id": "B1"},
        {"user": "UBOT"},
        {"user": "USLACKBOT"},
        {"user": None},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"subtype": "never_seen"},
        {"hidden": True},
    ],
)
def test_what_no_person_says_is_nothing(changes):
    for type in ("message", "app_mention"):
        assert read(event(type, text="<@UBOT> who?", **changes)) is None


SHARE = {
    "is_share": True,
    "ts": "1690000000.000100",
    "author_name": "Cyd",
    "from_url": "https://acme.slack.com/archives/C2/p1690000000000100",
    "text": "The lease &amp; its annexes were signed by <@U7>.",
    "files": [FILE],
}


def test_what_somebody_forwards_is_a_document_with_the_link_to_where_it_was_said():
    shown = {"fallback": "An app's", "text": "An app's", "is_app_unfurl": True}
    message = read(event(text="<@UBOT> who?", attachments=[SHARE, shown, SHARE | {"text": "", "files": []}]))
    (document,) = message.documents
    assert (document.title, document.where) == ("Cyd, 22 July 2023", SHARE["from_url"])
    assert document.text == "The lease & its annexes were signed by @U7."
    assert (document.added_by, document.added_at) == ("U1", 1690000000.0001)
    assert [one.name for one in message.attachments] == ["lease.pdf"]
    again = read(event(text="<@UBOT> who then?", attachments=[SHARE]))
    assert again.documents == message.documents


@pytest.mark.parametrize("ts", ["nan", "1e300", "-1", "soon", None])
def test_a_forwarded_message_that_is_ill_made_costs_nobody_their_question(ts):
    odd = [{"is_share": True}, "no attachment", SHARE | {"ts": ts, "author_name": None, "files": None}]
    (document,) = read(event(attachments=odd)).documents
    assert (document.title, document.added_at) == ("somebody", 0.0)


@pytest.mark.parametrize(("attachment", "is_edit"), [(SHARE, True), ({"id": 1, "fallback": "A page"}, False)])
def test_a_message_that_is_unfolded_or_folded_again_is_an_edit_and_a_page_is_none(attachment, is_edit):
    bare = {"user": "U1", "text": "See there.", "ts": TS}
    unfolded = bare | {"attachments": [attachment]}
    for new, old in ((unfolded, bare), (bare, unfolded)):
        body = event(subtype="message_changed", message=new, previous_message=old, text=None, user=None)
        message = read(body)
        assert (message is not None) == is_edit
        if message:
            assert (message.intent, len(message.documents)) == ("edited", int(new is unfolded))


@pytest.mark.parametrize("team", [{"user_team": "T2"}, {"source_team": "T2"}])
def test_somebody_of_another_workspace_is_from_outside(team):
    assert read(event(**team)).author.outside
    assert not read(event(user_team="T1")).author.outside


def test_in_an_organisation_the_look_up_tells_who_is_from_outside():
    body = event(user_team="T2")
    body["authorizations"][0]["enterprise_id"] = "E1"
    message = read(body)
    assert not message.author.outside
    assert message.address.data["enterprise"] == "E1"


def test_in_a_shared_channel_it_is_our_own_workspace_as_whose_app_we_hear():
    body = event(team="T2", user_team="T2")
    body |= {"team_id": "T2", "context_team_id": "T1"}
    assert read(body).thread.team == "T1"
    del body["authorizations"]
    body["team_id"] = None
    assert read(body).thread.team == "T1"


# --------------------------------------------------------------------------- what changes


def changed(new, old=None, ts="1700000005.000500"):
    said = {"type": "message", "user": "U1", "text": "Hello.", "ts": TS}
    new = said | {"edited": {"user": "U1", "ts": "1700000004.000000"}} | new
    return event(
        subtype="message_changed",
        message=new,
        previous_message=said | (old or {}),
        ts=ts,
        user=None,
        text=None,
    )


def test_an_edit_is_about_the_message_that_it_changes():
    message = read(changed({"text": "Good-bye."}))
    assert (message.intent, message.text, message.about) == ("edited", "Good-bye.", f"T1/C1/{TS}")
    assert message.id == f"T1/C1/{TS}/1700000004.000000"
    assert message.thread == Thread("slack", "T1", "C1", TS)
    assert message.at == 1700000004.0


def test_a_preview_or_one_reply_more_is_no_edit():
    assert read(changed({"attachments": [{"id": 1}]})) is None
    assert read(changed({"reply_count": 3, "edited": None})) is None


def test_an_edit_of_a_bots_message_is_nothing():
    assert read(changed({"text": "x", "bot_id": "B1"})) is None


def test_a_deletion_is_about_the_message_that_is_gone():
    said = {"type": "message", "user": "U1", "text": "Hello.", "ts": TS, "thread_ts": ROOT}
    ts = "1700000006.000600"
    body = event(subtype="message_deleted", deleted_ts=TS, previous_message=said, ts=ts, user=None, text=None)
    message = read(body)
    assert (message.intent, message.text, message.about) == ("deleted", "", f"T1/C1/{TS}")
    assert message.thread == Thread("slack", "T1", "C1", ROOT)
    body["event"]["previous_message"]["bot_id"] = "B1"
    assert read(body) is None


def test_a_tombstone_is_a_deletion():
    message = read(changed({"subtype": "tombstone", "user": "USLACKBOT", "text": "This was deleted."}))
    assert (message.intent, message.about) == ("deleted", f"T1/C1/{TS}")


# --------------------------------------------------------------------------- coming and going


def test_wherein_comes_and_goes_and_nobody_else_matters():
    joined = read(event("member_joined_channel", user="UBOT", inviter="U1", ts=None, text=None))
    assert (joined.intent, joined.thread, joined.author.id) == ("joined", Thread("slack", "T1", "C1"), "U1")
    assert read(event("member_left_channel", user="UBOT")).intent == "left"
    assert read(event("channel_left")).intent == "left"
    assert read(event("member_joined_channel", user="U2")) is None
    assert read(event("member_left_channel", user="U2")) is None


# --------------------------------------------------------------------------- commands


def command(text):
    return {
        "command": "/wherein",
        "text": text,
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U1",
        "trigger_id": "13.37.abc",
        "response_url": "https://hooks.slack.com/commands/1",
    }


def test_a_command_asks_the_room_alone():
    message = read(command("who signed &lt;it&gt;?"))
    assert (message.intent, message.text, message.way) == ("ask", "who signed <it>?", "room")
    assert (message.thread, message.private) == (Thread("slack", "T1", "C1"), True)
    assert message.address.data["response_url"].startswith("https://hooks")
    assert message.id == "T1/command/13.37.abc"


def test_a_command_that_names_something_to_do_does_it():
    assert read(command("settings follow always")).intent == "settings"
    assert read(command("pin <https://example.org/a|a>")).links == ("https://example.org/a",)
    assert read(command("  ")) is None


# --------------------------------------------------------------------------- buttons


def press(action_id, about="T1/C1/1", text="", *, channel="C1", thread="", alone=False, **more):
    container = {"type": "message", "message_ts": TS, "channel_id": channel, "is_ephemeral": alone}
    container |= {"thread_ts": thread} if thread else {}
    value = json.dumps({"about": about, "text": text})
    return {
        "type": "block_actions",
        "team": {"id": "T1", "domain": "acme"},
        "user": {"id": "U1", "team_id": "T1"},
        "container": container,
        "channel": {"id": channel},
        "trigger_id": "1.2",
        "response_url": "https://hooks.slack.com/actions/1",
        "actions": [{"type": "button", "action_id": action_id, "action_ts": "17.1", "value": value}],
    } | more


@pytest.mark.parametrize(
    ("action_id", "intent", "private"),
    [
        ("wherein_feedback_up", "feedback", True),
        ("wherein_feedback", "feedback", True),
        ("wherein_next", "next", True),
        ("wherein_why", "why", True),
        ("wherein_share", "share", False),
        ("wherein_keep", "keep", True),
        ("wherein_delete", "delete", True),
        ("wherein_unpin", "unpin", True),
        ("wherein_mute", "mute", True),
    ],
)
def test_each_button_makes_its_message(action_id, intent, private):
    message = read(press(action_id, text="up", thread=ROOT))
    assert (message.intent, message.about, message.text) == (intent, "T1/C1/1", "up")
    assert (message.thread, message.private) == (Thread("slack", "T1", "C1", ROOT), private)
    assert message.address.data.get("private", False) is private
    assert message.address.data["under"] == ROOT


def test_what_one_person_saw_gives_way_to_what_is_shared():
    assert read(press("wherein_share", alone=True)).address.data["place"] == "pressed"
    assert "place" not in read(press("wherein_share")).address.data
    assert "place" not in read(press("wherein_feedback_up", alone=True)).address.data


def test_a_button_in_a_dialog_is_about_where_it_was_opened():
    told = {"channel": "C1", "thread_ts": ROOT, "response_url": "https://hooks.slack.com/1"}
    view = {"id": "V1", "callback_id": "wherein_info", "private_metadata": json.dumps(told)}
    message = read(press("wherein_delete", container={"type": "view", "view_id": "V1"}, view=view))
    assert message.thread == Thread("slack", "T1", "C1", ROOT)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"action_id": "made_up"},
        {"action_id": "wherein_made_up"},
        {"value": "no json"},
        {"value": "{}"},
        {"value": None},
        {"action_id": None},
    ],
)
def test_a_button_that_is_none_of_ours_is_nothing(spoilt):
    body = press("wherein_next")
    body["actions"][0] |= spoilt
    assert read(body) is None


# --------------------------------------------------------------------------- dialogs


def submission(callback_id, to, **filled):
    values = {
        block: {"value": {"type": "file_input", "files": value} if block == "files" else {"value": value}}
        for block, value in filled.items()
    }
    return {
        "type": "view_submission",
        "team": {"id": "T1"},
        "user": {"id": "U1"},
        "trigger_id": "1.2",
        "view": {
            "id": "V1",
            "callback_id": callback_id,
            "private_metadata": json.dumps(to),
            "state": {"values": values},
        },
    }


def test_the_dialog_lends_its_text_and_files_to_one_question():
    to = {"channel": "C1", "response_url": "https://hooks.slack.com/1"}
    message = read(submission("wherein_ask", to, question="Who?", given="Ada signed.", files=[FILE]))
    assert (message.intent, message.text, message.way) == ("ask", "Who?", "lent")
    assert [one.text for one in message.documents] == ["Ada signed."]
    assert [one.id for one in message.attachments] == ["F1"]
    assert (message.private, message.id) == (True, "T1/view/V1")
    alone = read(submission("wherein_ask", to, question="Who?", given=None, files=[]))
    assert (alone.way, alone.documents) == ("room", ())


def test_asked_from_nowhere_it_is_answered_in_the_conversation_alone():
    message = read(submission("wherein_ask", {"channel": "D1"}, question="Who?", given=""))
    assert (message.way, message.private) == ("conversation", False)
    assert "private" not in message.address.data


def test_ask_about_this_asks_the_messages_thread_alone():
    to = {"channel": "C1", "thread_ts": ROOT, "ts": TS}
    message = read(submission("wherein_about", to, question="Who?"))
    assert (message.way, message.thread) == ("message", Thread("slack", "T1", "C1", ROOT))
    assert message.private
    assert message.address.data["under"] == ROOT


def test_a_reason_is_a_vote_with_words():
    to = {"channel": "C1", "thread_ts": ROOT, "about": "T1/C1/1"}
    message = read(submission("wherein_reason", to, reason="It was Ben."))
    assert (message.intent, message.text, message.about) == ("feedback", "down: It was Ben.", "T1/C1/1")
    assert read(submission("wherein_reason", to, reason=None)).text == "down"


def test_a_dialog_that_is_none_of_ours_is_nothing():
    assert read(submission("made_up", {"channel": "C1"}, question="Who?")) is None


# --------------------------------------------------------------------------- nonsense


BODIES = [
    event(),
    event("app_mention"),
    changed({"text": "x"}),
    event("member_joined_channel", user="UBOT"),
    command("who?"),
    press("wherein_next"),
    submission("wherein_ask", {"channel": "C1"}, question="Who?"),
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.get("type", "command"))
@pytest.mark.parametrize("nonsense", [None, 7, "x", [], {}])
def test_nonsense_in_a_body_is_nothing_and_no_error(body, nonsense):
    def spoil(there, path=()):
        for name in list(there if isinstance(there, dict) else range(len(there))):
            yield (*path, name)
            if isinstance(there[name], dict | list):
                yield from spoil(there[name], (*path, name))

    for path in spoil(body):
        spoilt = deepcopy(body)
        at = spoilt
        for name in path[:-1]:
            at = at[name]
        at[path[-1]] = nonsense
        message = read(spoilt)
        assert message is None or message.thread.channel == "slack"
