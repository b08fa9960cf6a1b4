"""The form to sign in with: plain HTML, with no script in it."""

from html import escape

from bot.replies.words import language, say


def form(told: str = "") -> str:
    """The form; `told` says what was wrong with the last try."""
    wrong = f'<p class="wrong" role="alert">{escape(told)}</p>' if told else ""
    title, sub = escape(say("page.login.title")), escape(say("page.tagline"))
    label, button = escape(say("page.login.password")), escape(say("page.login.button"))
    return f"""<!doctype html>
<html lang="{language()}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<link rel="icon" href="/favicon.ico"><link rel="stylesheet" href="/page.css"></head>
<body class="login"><main><h1><img src="/favicon.ico" alt="">Wherein</h1><p class="sub">{sub}</p>{wrong}
<form method="post" action="/login"><label for="password">{label}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
<button type="submit">{button}</button></form></main></body></html>"""
