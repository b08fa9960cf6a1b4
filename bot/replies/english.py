"""What Wherein says, in English."""

ENGLISH: dict[str, str] = {
    # ------------------------------------------------------------------- what may be done next: on buttons
    "offer.up": "👍",
    "offer.down": "👎",
    "offer.next": "Next best",
    "offer.why": "Why?",
    "offer.share": "Share",
    "offer.keep": "Keep to myself",
    "offer.delete": "Delete this answer",
    "offer.unpin": "Unpin {what}",
    # ------------------------------------------------------------------- commands
    "help": (
        "Ask me a question, and I quote the sentence that answers it, word for word, from what was put here: messages,"
        " files and links. I quote; I don't write.\n"
        "• In a thread: mention me. Follow-ups need no mention, from whoever asked before.\n"
        "• Alone with me: just ask. Send a file or a link, and I read it.\n"
        "• On a message: “Ask about this”.\n"
        "Or say: *sources* (what I read here), *pin* a link or *pin* what was put in last (every thread here reads it),"
        " *unpin* 1, *forget* thread, me, channel or workspace, *mute* and *unmute* (this thread), *settings*, *doctor*."
    ),
    "hello": (
        "Hello. Mention me with a question, and I quote the sentence that answers it from what was said and put in here,"
        " with the place where it stands. I keep only what is said in threads where I am asked. Say *help* for more."
    ),
    "sources.none": "There is nothing here to read yet: put in a file or a link, or pin one.",
    "sources.here": "What I read here:",
    "sources.pinned": "Pinned, for every thread here:",
    "sources.line": "{number}. {title}{place} — {who}{day}",
    "sources.said.one": "• {count} message",
    "sources.said.many": "• {count} messages",
    "somebody": "somebody",
    "pinned": "Pinned: {title}. Every thread here reads it from now on.",
    "pin.nothing": "There is nothing to pin: give a link, or put in a file first and then say *pin*.",
    "pin.number": "There is no number {number} here: *sources* lists them.",
    "pin.unread": "I could not read it, so it is not pinned: {why}.",
    "pin.full": "There is no room for it: all that is pinned here may have {most} characters.",
    "unpinned": "Unpinned: {title}.",
    "unpin.nothing": "Nothing that is pinned here is called that: *sources* lists it by number.",
    "forgotten": "Forgotten: {documents}, {turns}.",
    "forgotten.nothing": "There was nothing to forget.",
    "forgotten.documents.one": "{count} message, file or link",
    "forgotten.documents.many": "{count} messages, files and links",
    "forgotten.turns.one": "{count} question",
    "forgotten.turns.many": "{count} questions",
    "forget.which": (
        "What shall I forget? *forget thread*, *forget me* (all that you put in or asked, everywhere), *forget channel*"
        " or *forget workspace*."
    ),
    "muted": "Muted: in this thread I answer only who mentions me. *unmute* undoes it.",
    "unmuted": "Unmuted: follow-ups in this thread are answered again.",
    "mute.room": "Say that in the thread that you mean.",
    "settings.room": "Settings of this channel:",
    "settings.line": "• {name} = {value} — {what}",
    "settings.how": "An admin changes one with *settings NAME VALUE*, for all channels with *settings workspace NAME VALUE*.",
    "settings.set": "Set: {name} = {value}.",
    "settings.unset": "unset",
    "doctor.right": "All is set up right.",
    "doctor.wrong.one": "{count} thing is to be changed:",
    "doctor.wrong.many": "{count} things are to be changed:",
    # ------------------------------------------------------------------- about an answer
    "next": "Next best, {number} of {count}: {quoted}.",
    "next.none": "That was all: nothing else came near.",
    "next.gone": "What came next is no longer there.",
    "why.asked": "I took the question as “{asked}”.",
    "why.sure": "By {reader}, {sure}; under {line} I claim nothing here.",
    "why.reader": "By {reader}.",
    "why.candidates": "What I found, the best first:",
    "why.candidate": "{number}. {quoted}",
    "why.read": "I read: {titles}.",
    "why.gone.one": "{count} text that I read is no longer there, so the answer cannot be had again.",
    "why.gone.many": "{count} texts that I read are no longer there, so the answer cannot be had again.",
    "why.again": "With the same texts the same words can be had again.",
    "why.id": "Answer {id}.",
    "shared": "{reply} (Asked by {who}.)",
    "share.changed": "What that quotes was changed or deleted: ask again.",
    "deleted": "Deleted.",
    "delete.not": "Only who asked, or an admin, may delete that.",
    # ------------------------------------------------------------------- not let in
    "invite": (
        "I cannot read this channel: invite me with “/invite @Wherein”. Your question waits here till then, for a week."
    ),
    "invite.never": "Nobody let me into that channel within a week, so your question was not answered: ask it again there.",
}
