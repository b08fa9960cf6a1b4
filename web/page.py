"""The page's server: the demo and the admin's pages, in each language, behind the door."""

import contextlib
import os
from collections.abc import Iterator

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from web import admin, demo
from web.calls import Calls, Fields
from web.door import Door
from web.handed import Handed
from web.headers import Headers
from web.limits import LANGUAGES, Limits
from web.sessions import Sessions
from web.streams import Streams

THEME = gr.themes.Default(
    primary_hue="teal",
    neutral_hue="slate",
    font=["system-ui", "sans-serif"],
    font_mono=["ui-monospace", "monospace"],
).set(
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_dark="*primary_700",
    button_primary_background_fill_hover_dark="*primary_800",
    block_label_text_color="*neutral_700",
    block_label_text_color_dark="*neutral_200",
    block_title_text_color="*neutral_700",
    block_title_text_color_dark="*neutral_200",
    input_placeholder_color="*neutral_500",
    input_placeholder_color_dark="*neutral_400",
)
HEAD = '<link rel="icon" href="/favicon.ico" type="image/png"><link rel="stylesheet" href="/page.css">'
CLOSING_SECONDS = 1  # a browser that has the page open is not waited for


class Server(uvicorn.Server):
    """A server that leaves signals to the service."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def application(handed: Handed) -> ASGIApp:
    """All of the page, from its headers to its handlers."""
    os.environ["GRADIO_TEMP_DIR"] = str(handed.uploads.folder)
    app = FastAPI(openapi_url=None)
    sessions = Sessions(demo.forgetting(handed))
    fields: dict[str, Fields] = {}
    for language in LANGUAGES:
        pages = {
            f"/{language}/admin": admin.blocks(handed, language),
            f"/{language}": demo.blocks(handed, sessions, language),
        }
        for path, blocks in pages.items():
            fields[path] = {
                number: [one.get_block_name() for one in handler.inputs]
                for number, handler in blocks.fns.items()
            }
            gr.mount_gradio_app(
                app,
                blocks,
                path=path,
                theme=THEME,
                head=HEAD,
                show_error=False,
                ssr_mode=False,
                footer_links=[],
                run_history=False,
                max_file_size=handed.max_bytes,
                enable_monitoring=False,
                mcp_server=False,
            )
    admin.mount(app, handed)
    https = handed.public_url.startswith("https:")
    return Headers(
        Limits(Door(Streams(Calls(app, fields, handed.uploads)), handed), handed.uploads), https=https
    )


def server(handed: Handed) -> Server:
    """A server of the page."""
    config = uvicorn.Config(
        application(handed),
        log_config=None,
        access_log=False,
        proxy_headers=False,  # what a client says of itself is not believed
        server_header=False,
        timeout_graceful_shutdown=CLOSING_SECONDS,
    )
    return Server(config)
