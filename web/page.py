"""What the page shows: a text, a question, and the sentence that answers, with the answer marked."""

import contextlib
import time
import uuid
from collections.abc import Iterator

import gradio as gr
import uvicorn
from fastapi import FastAPI

from bot.replies import megabytes
from bot.types import Ask, Message, Thread
from model.types import Document
from web.draw import drawn, note
from web.limits import Limits

THEME = gr.themes.Default(
    primary_hue="teal", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
).set(
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_dark="*primary_700",
    button_primary_background_fill_hover_dark="*primary_600",
)
CSS = """
.gradio-container { max-width: 1100px !important; margin: 0 auto !important; }
.quote { border-left: 4px solid var(--color-accent); padding: .4rem 0 .4rem 1.1rem; margin: .5rem 0; }
.quote p { font-size: 1.25rem; line-height: 1.6; margin: 0; overflow-wrap: anywhere; }
.quote mark { background: var(--primary-200); color: var(--primary-950); font-weight: 600;
              padding: .05em .2em; border-radius: .2em; }
.about, .empty { opacity: .8; margin: .6rem 0 0; }
"""
HINT = "The answer comes here."
CLOSING_SECONDS = 1  # a browser that has the page open is not waited for
EXAMPLES = [
    [
        "Parental leave is 16 weeks at full pay. Tell your manager eight weeks ahead, in writing. "
        "Dana Ruiz in People Operations signs every request within three working days.",
        "Who signs the request?",
    ],
    [
        "Maya: staging is down again\nTom: the certificate ran out on Sunday\n"
        "Maya: who renews it?\nTom: Priya does, she has the keys to the vault",
        "When did the certificate run out?",
    ],
    [
        "The warranty covers the battery for two years and everything else for five. "
        "It ends when the case is opened by anyone but an authorised workshop.",
        "How long is the battery covered?",
    ],
]


class Server(uvicorn.Server):
    """A server that leaves signals to the service."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def server(ask: Ask, *, admin_password: str, max_bytes: int) -> Server:
    """A server of the page; behind the admin's password where there is one."""
    app = FastAPI(openapi_url=None)
    gr.mount_gradio_app(
        app,
        page(ask, max_bytes=max_bytes),
        path="/",
        auth=("admin", admin_password) if admin_password else None,
        theme=THEME,
        css=CSS,
        show_error=False,
        ssr_mode=False,
        footer_links=[],
    )
    limited = Limits(app, 2 * max_bytes)  # a text may come twice as long in JSON
    return Server(
        uvicorn.Config(limited, log_config=None, access_log=False, timeout_graceful_shutdown=CLOSING_SECONDS)
    )


def page(ask: Ask, *, max_bytes: int) -> gr.Blocks:
    """The page, put together."""

    async def answer(context: str, question: str) -> str:
        if len(context.encode()) > max_bytes:
            return note(f"That text is over {megabytes(max_bytes)}, the most that is read at once.")
        document = Document("page", "", context, title="your text")
        lent = (document,) if context.strip() else ()
        thread, now = Thread("page"), time.time()
        return drawn(
            await ask(
                Message(uuid.uuid4().hex, thread, "ask", question, lent, now, remember=False, way="lent")
            )
        )

    with gr.Blocks(title="Wherein", analytics_enabled=False) as blocks:
        gr.Markdown("# Wherein\nPut in a text, ask, and get the sentence that answers, word for word.")
        with gr.Row(equal_height=False):
            with gr.Column():
                context = gr.Textbox(label="Text", lines=8, max_lines=24, placeholder="Paste any text here")
                question = gr.Textbox(label="Question", placeholder="What do you want to know?")
                button = gr.Button("Ask", variant="primary")
            with gr.Column():
                said = gr.HTML(note(HINT), label="Answer")
        context.change(lambda: note(HINT), None, said, api_visibility="private", show_progress="hidden")
        gr.Examples(
            EXAMPLES, [context, question], label="Try one", example_labels=[asked for _, asked in EXAMPLES]
        )
        for asked in (button.click, question.submit):
            asked(answer, [context, question], said, api_visibility="private", show_progress="minimal")
    return blocks
