"""Was Wherein sagt, auf Deutsch."""

GERMAN: dict[str, str] = {
    # ------------------------------------------------------------------- was man als Nächstes tun kann
    "offer.up": "👍",
    "offer.down": "👎",
    "offer.next": "Nächstbeste",
    "offer.why": "Warum?",
    "offer.share": "Teilen",
    "offer.keep": "Für mich behalten",
    "offer.delete": "Antwort löschen",
    "offer.unpin": "{what} lösen",
    # ------------------------------------------------------------------- Befehle
    "help": (
        "Stell mir eine Frage, und ich zitiere wörtlich den Satz, der sie beantwortet, aus dem, was hier steht:"
        " Nachrichten, Dateien und Links. Ich zitiere, ich schreibe nicht.\n"
        "• In einem Thread: Erwähne mich. Wer schon gefragt hat, braucht mich danach nicht mehr zu erwähnen.\n"
        "• Allein mit mir: Frag einfach. Schick eine Datei oder einen Link, und ich lese sie.\n"
        "• Zu einer Nachricht: „Danach fragen“.\n"
        "Oder sag: *sources* (was ich hier lese), *pin* mit einem Link oder *pin* für das zuletzt Gegebene (jeder Thread"
        " hier liest es), *unpin* 1, *forget* thread, me, channel oder workspace, *mute* und *unmute* (dieser Thread),"
        " *settings*, *doctor*."
    ),
    "hello": (
        "Hallo. Erwähne mich mit einer Frage, und ich zitiere den Satz, der sie beantwortet, aus dem, was hier gesagt und"
        " gegeben wurde, mit der Stelle, an der er steht. Ich behalte nur, was in Threads gesagt wird, in denen ich"
        " gefragt werde. Mehr sagt *help*."
    ),
    "sources.none": "Hier gibt es noch nichts zu lesen: Gib eine Datei oder einen Link, oder hefte etwas an.",
    "sources.here": "Was ich hier lese:",
    "sources.pinned": "Angeheftet, für jeden Thread hier:",
    "sources.line": "{number}. {title}{place} — {who}{day}",
    "sources.said.one": "• {count} Nachricht",
    "sources.said.many": "• {count} Nachrichten",
    "somebody": "jemand",
    "pinned": "Angeheftet: {title}. Ab jetzt liest es jeder Thread hier.",
    "pin.nothing": "Es gibt nichts anzuheften: Gib einen Link, oder erst eine Datei, und sag dann *pin*.",
    "pin.number": "Eine Nummer {number} gibt es hier nicht: *sources* zählt sie auf.",
    "pin.unread": "Ich konnte es nicht lesen, darum ist es nicht angeheftet: {why}.",
    "pin.full": "Dafür ist kein Platz: Alles Angeheftete hier darf {most} Zeichen haben.",
    "unpinned": "Gelöst: {title}.",
    "unpin.nothing": "Nichts Angeheftetes hier heißt so: *sources* zählt es auf.",
    "forgotten": "Vergessen: {documents}, {turns}.",
    "forgotten.nothing": "Es gab nichts zu vergessen.",
    "forgotten.documents.one": "{count} Nachricht, Datei oder Link",
    "forgotten.documents.many": "{count} Nachrichten, Dateien und Links",
    "forgotten.turns.one": "{count} Frage",
    "forgotten.turns.many": "{count} Fragen",
    "forget.which": (
        "Was soll ich vergessen? *forget thread*, *forget me* (alles, was du gegeben oder gefragt hast, überall),"
        " *forget channel* oder *forget workspace*."
    ),
    "muted": "Stumm: In diesem Thread antworte ich nur, wenn man mich erwähnt. *unmute* hebt es auf.",
    "unmuted": "Nicht mehr stumm: Nachfragen in diesem Thread werden wieder beantwortet.",
    "mute.room": "Sag das in dem Thread, den du meinst.",
    "settings.room": "Einstellungen dieses Kanals:",
    "settings.line": "• {name} = {value} — {what}",
    "settings.how": (
        "Wer Admin ist, ändert eine mit *settings NAME WERT*, für alle Kanäle mit *settings workspace NAME WERT*."
    ),
    "settings.set": "Gesetzt: {name} = {value}.",
    "settings.unset": "nicht gesetzt",
    "doctor.right": "Alles ist richtig eingerichtet.",
    "doctor.wrong.one": "{count} Sache ist zu ändern:",
    "doctor.wrong.many": "{count} Sachen sind zu ändern:",
    # ------------------------------------------------------------------- zu einer Antwort
    "next": "Nächstbeste, {number} von {count}: {quoted}.",
    "next.none": "Das war alles: Sonst kam nichts in die Nähe.",
    "next.gone": "Was als Nächstes kam, ist nicht mehr da.",
    "why.asked": "Ich habe die Frage so verstanden: „{asked}“",
    "why.sure": "Von {reader}, {sure}; unter {line} behaupte ich hier nichts.",
    "why.reader": "Von {reader}.",
    "why.candidates": "Was ich fand, das Beste zuerst:",
    "why.candidate": "{number}. {quoted}",
    "why.read": "Gelesen habe ich: {titles}.",
    "why.gone.one": "{count} Text, den ich las, ist nicht mehr da, darum ist die Antwort nicht noch einmal zu haben.",
    "why.gone.many": "{count} Texte, die ich las, sind nicht mehr da, darum ist die Antwort nicht noch einmal zu haben.",
    "why.again": "Mit denselben Texten sind dieselben Worte noch einmal zu haben.",
    "why.id": "Antwort {id}.",
    "shared": "{reply} (Gefragt von {who}.)",
    "share.changed": "Was das zitiert, wurde geändert oder gelöscht: Frag noch einmal.",
    "deleted": "Gelöscht.",
    "delete.not": "Nur wer gefragt hat oder Admin ist, darf das löschen.",
    # ------------------------------------------------------------------- nicht eingeladen
    "invite": (
        "Ich kann diesen Kanal nicht lesen: Lade mich mit „/invite @Wherein“ ein. Deine Frage wartet hier so lange, bis"
        " zu einer Woche."
    ),
    "invite.never": (
        "Eine Woche lang hat mich niemand in jenen Kanal gelassen, darum blieb deine Frage ohne Antwort: Stell sie dort"
        " noch einmal."
    ),
}
