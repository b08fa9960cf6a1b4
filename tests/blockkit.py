"""Block Kit drawn as Slack draws it, near enough to look at: blocks in, HTML out; pure."""

import html
import re

STYLE = """
* { box-sizing: border-box; margin: 0; }
body { font: 15px/1.46668 Lato, 'Noto Color Emoji', sans-serif; color: var(--text); background: var(--page);
  --text: #1d1c1d; --soft: #616061; --link: #1264a3; --page: #fff; --line: #ddd; --bar: #ddd; --edge: #bbbabb;
  --mention: #e8f5fa; --hint: #868686; --green: #007a5a; --red: #e01e5a; --tint: #f8f8f8; }
body.dark { --text: #d1d2d3; --soft: #ababad; --link: #1d9bd1; --page: #1a1d21; --line: #35373b; --bar: #4a4d52;
  --edge: #565856; --mention: #22384a; --hint: #8d8e90; --green: #007a5a; --red: #e01e5a; --tint: #222529; }
#page { width: 640px; padding: 18px 20px 20px; }
a { color: var(--link); text-decoration: none; }
b { font-weight: 900; }
.post { display: grid; grid-template-columns: 36px 1fr; gap: 0 10px; padding: 7px 0; }
.face { width: 36px; height: 36px; border-radius: 8px; color: #fff; font-weight: 900; font-size: 17px; display: flex;
  align-items: center; justify-content: center; }
.who { font-weight: 900; } .when { font-size: 12px; color: var(--soft); margin-left: 6px; }
.app { font-size: 10px; font-weight: 700; background: var(--line); color: var(--soft); border-radius: 2px;
  padding: 1px 3px; margin-left: 5px; vertical-align: 1px; letter-spacing: .3px; }
.alone { grid-column: 2; font-size: 13px; color: var(--soft); margin-bottom: 2px; }
.thread { display: flex; align-items: center; gap: 10px; color: var(--soft); font-size: 13px; padding: 4px 0 2px; }
.thread::after { content: ''; flex: 1; border-top: 1px solid var(--line); }
.file { border: 1px solid var(--line); border-radius: 8px; padding: 8px 12px; margin-top: 6px; display: inline-flex;
  gap: 10px; align-items: center; font-size: 14px; font-weight: 700; }
.file i { font: 700 10px Lato; color: #fff; background: var(--red); border-radius: 4px; padding: 7px 4px; }
.file small { display: block; font-weight: 400; font-size: 12px; color: var(--soft); }
.block { margin: 4px 0; max-width: 560px; overflow-wrap: anywhere; }
.quote { border-left: 4px solid var(--bar); border-radius: 2px; padding: 0 0 0 12px; margin: 4px 0; }
ul, ol { padding-left: 26px; } .mention { background: var(--mention); color: var(--link); border-radius: 3px;
  padding: 0 2px 1px; }
.context { display: flex; flex-wrap: wrap; gap: 2px 8px; font-size: 12.5px; color: var(--soft); line-height: 1.5; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0 4px; }
.button { font: 900 13px Lato, 'Noto Color Emoji'; border: 1px solid var(--edge); border-radius: 8px;
  padding: 4px 11px 5px; color: var(--text); background: var(--page); white-space: nowrap; }
.button.primary { background: var(--green); border-color: var(--green); color: #fff; }
.button.danger { border-color: var(--red); color: var(--red); }
.icons { display: flex; gap: 4px; } .icons span { padding: 3px 5px; color: var(--soft); }
.icons svg { width: 17px; height: 17px; display: block; } .icons span:last-child svg { transform: rotate(180deg); }
.section { display: flex; justify-content: space-between; gap: 12px; align-items: center; padding: 3px 0; }
h3 { font-size: 18px; font-weight: 900; line-height: 1.33; margin: 8px 0 4px; }
hr { border: 0; border-top: 1px solid var(--line); margin: 14px 0; max-width: 100%; }
.input { margin: 12px 0 16px; } .input label { font-weight: 700; display: block; margin-bottom: 6px; }
.input label small { font-weight: 400; color: var(--soft); font-size: 15px; }
.box { border: 1px solid var(--edge); border-radius: 4px; padding: 8px 12px; color: var(--hint); min-height: 40px; }
.box.tall { min-height: 84px; } .box.drop { border-style: dashed; text-align: center; }
.hint { font-size: 13px; color: var(--soft); margin-top: 4px; }
.modal { border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 8px 28px #0003; width: 520px; margin: 6px auto; }
.modal header, .modal footer { padding: 14px 22px; display: flex; justify-content: space-between; gap: 10px; }
.modal header { font-size: 20px; font-weight: 900; } .modal header i { color: var(--soft); font-weight: 400; }
.modal footer { justify-content: flex-end; padding-top: 18px; } .modal .body { padding: 0 22px; }
.home .tabs { display: flex; gap: 18px; border-bottom: 1px solid var(--line); padding-bottom: 8px; margin-bottom: 14px;
  color: var(--soft); font-size: 13px; } .home .tabs b { color: var(--text); }
"""

THUMB = (
    "<svg viewBox='0 0 20 20' fill='none' stroke='currentColor' stroke-width='1.5' stroke-linejoin='round'><path d="
    "'M6.5 8.5v8h7.6c.9 0 1.6-.6 1.8-1.4l1.2-5c.3-1.1-.6-2.1-1.7-2.1h-4.2l.7-3.2c.2-1.2-.6-2-1.6-2.1zM3 8.5h3.5v8H3z'"
    "/></svg>"
)


class Unknown(Exception):
    """A block or an element that Slack does not know, or that is not drawn here."""


def page(body, *, dark=False):
    """A whole page."""
    mode = "dark" if dark else "light"
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><body class={mode}><div id=page>{body}</div>"


def post(who, when, shown, *, app=False, alone=False, colour="#4a154b"):
    """A message: who wrote it, when, and what it shows, as HTML."""
    seen = "<div class=alone>👁 Only visible to you</div><div></div>" if alone else ""
    first = f"<div></div>{seen.removesuffix('<div></div>')}" if alone else ""
    badge = "<span class=app>APP</span>" if app else ""
    face = f"<div class=face style='background:{colour}'>{html.escape(who[0])}</div>"
    head = f"<span class=who>{html.escape(who)}</span>{badge}<span class=when>{html.escape(when)}</span>"
    return f"<div class=post>{first}{face}<div>{head}{shown}</div></div>"


def file(name, about):
    """A file that came with a message."""
    kind = html.escape(name.rpartition(".")[2].upper())
    return f"<div class=file><i>{kind}</i><span>{html.escape(name)}<small>{html.escape(about)}</small></span></div>"


def modal(view, names):
    """A dialog."""
    buttons = f"<span class=button>{_plain(view['close'])}</span>"
    if "submit" in view:
        buttons += f"<span class='button primary'>{_plain(view['submit'])}</span>"
    body = draw(view["blocks"], names)
    head = f"<header>{_plain(view['title'])}<i>✕</i></header>"
    return f"<div class=modal>{head}<div class=body>{body}</div><footer>{buttons}</footer></div>"


def home(view, names):
    """App Home."""
    tabs = "<div class=tabs><b>Home</b><span>Messages</span><span>About</span></div>"
    return f"<div class=home>{tabs}{draw(view['blocks'], names)}</div>"


def draw(blocks, names):
    """Blocks as HTML; `names` has what people and rooms are called, by their ids."""
    return "".join(f"<div class=block>{_block(block, names)}</div>" for block in blocks)


def _block(block, names):
    match block["type"]:
        case "rich_text":
            return "".join(_rich(element, names) for element in block["elements"])
        case "context":
            return _div("context", "".join(f"<span>{_text(one, names)}</span>" for one in block["elements"]))
        case "actions":
            return _div("actions", "".join(map(_button, block["elements"])))
        case "context_actions":
            return _div("icons", f"<span>{THUMB}</span><span>{THUMB}</span>")
        case "section":
            accessory = _button(block["accessory"]) if "accessory" in block else ""
            return _div("section", f"<div>{_text(block['text'], names)}</div>{accessory}")
        case "header":
            return f"<h3>{_plain(block['text'])}</h3>"
        case "divider":
            return "<hr>"
        case "input":
            return _input(block)
    raise Unknown(block["type"])


def _rich(element, names):
    match element["type"]:
        case "rich_text_section":
            return f"<div>{_inline(element, names)}</div>"
        case "rich_text_quote":
            return _div("quote", _inline(element, names))
        case "rich_text_list":
            tag = "ol" if element["style"] == "ordered" else "ul"
            items = "".join(f"<li>{_inline(one, names)}</li>" for one in element["elements"])
            return f"<{tag} start={element.get('offset', 0) + 1}>{items}</{tag}>"
    raise Unknown(element["type"])


def _inline(element, names):
    drawn = []
    for part in element["elements"]:
        match part["type"]:
            case "text":
                text = html.escape(part["text"]).replace("\n", "<br>")
                drawn.append(f"<b>{text}</b>" if part.get("style", {}).get("bold") else text)
            case "user":
                drawn.append(f"<span class=mention>@{html.escape(names[part['user_id']])}</span>")
            case "channel":
                drawn.append(f"<span class=mention>#{html.escape(names[part['channel_id']])}</span>")
            case _:
                raise Unknown(part["type"])
    return "".join(drawn)


def _text(text, names):
    if text["type"] == "plain_text":
        return _plain(text)
    drawn = re.sub(r"\*([^*\n]+)\*", r"<b>\1</b>", text["text"])
    drawn = re.sub(r"<(https?://[^|>]+)\|([^>]+)>", r"<a href='\1'>\2</a>", drawn)
    drawn = re.sub(r"<#(\w+)>", lambda found: f"<span class=mention>#{names[found[1]]}</span>", drawn)
    return drawn.replace("\n", "<br>")


def _button(button):
    style = button.get("style", "")
    return f"<span class='button {style}'>{_plain(button['text'])}</span>"


def _input(block):
    element = block["element"]
    optional = " <small>(optional)</small>" if block.get("optional") else ""
    if element["type"] == "file_input":
        box = "<div class='box drop'>Add files</div>"
    else:
        tall = "tall" if element.get("multiline") else ""
        hint = _plain(element["placeholder"]) if "placeholder" in element else ""
        box = f"<div class='box {tall}'>{html.escape(element.get('initial_value', '')) or hint}</div>"
    below = f"<div class=hint>{_plain(block['hint'])}</div>" if "hint" in block else ""
    return _div("input", f"<label>{_plain(block['label'])}{optional}</label>{box}{below}")


def _plain(text):
    return html.escape(text["text"])


def _div(name, inside):
    return f"<div class={name}>{inside}</div>"
