"""The few pages that somebody sees who installs Wherein; pure."""

from html import escape

from bot.replies.words import language, say

REASONS = "access_denied", "invalid_browser", "invalid_state", "storage_error"
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # the address holds a code
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem;
  color: #1d1c1d; background: #fff; }}
a {{ display: inline-block; padding: .6rem 1.2rem; border-radius: .4rem; background: #4a154b; color: #fff;
  text-decoration: none; font-weight: 600; }}
a:focus-visible {{ outline: 3px solid #1264a3; outline-offset: 2px; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
<p><a href="{link}">{label}</a></p>
</main>
</body>
</html>
"""


def offered(url: str) -> str:
    """What is about to be installed, and the way to Slack's own page."""
    return _page(say("install.title"), say("install.text"), url, say("install.button"))


def installed(app: str, team: str) -> str:
    """It is done."""
    to = f"https://slack.com/app_redirect?app={app}&team={team}" if app and team else "https://slack.com/"
    return _page(say("installed.title"), say("installed.text"), to, say("installed.open"))


def refused(reason: str, install: str) -> str:
    """It is not, and why; a reason that we do not know is not repeated, since anyone may have written it."""
    why = say(f"install.{reason}") if reason in REASONS else say("install.other")
    return _page(say("install.not"), why, install, say("install.again"))


def _page(title: str, text: str, link: str, label: str) -> str:
    parts = {"title": title, "text": text, "link": link, "label": label}
    return _PAGE.format(language=language(), **{name: escape(part) for name, part in parts.items()})
