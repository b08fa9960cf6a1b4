"""The route by which an export is taken away: straight from the store, and never by way of a file."""

import json
import re

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.policy import NotAllowedError
from bot.replies.words import say, speaking
from web.admin.changes import export_of
from web.door import author_of
from web.handed import Handed
from web.limits import LANGUAGES
from web.talk import failed


def mount(app: FastAPI, handed: Handed) -> None:
    """Add the route, in each language."""

    async def export(request: Request) -> Response:
        language = request.url.path.split("/")[1]
        with speaking(language):
            where, author = export_of(request.query_params.get("of", "")), author_of(request.scope["state"])
            if where is None:
                return PlainTextResponse(say("admin.export.which"), 404)
            try:
                held = await handed.office.export(author, where)
            except NotAllowedError as error:
                return PlainTextResponse(failed(error), 403)
            except Exception as error:
                return PlainTextResponse(failed(error), 503)
        name = f"wherein-{where.channel}-{where.room}.json"
        safe = re.sub(r"[^A-Za-z0-9.-]", "-", name)
        headers = {"Content-Disposition": f'attachment; filename="{safe}"', "Cache-Control": "no-store"}
        return Response(json.dumps(held, indent=1), media_type="application/json", headers=headers)

    for language in LANGUAGES:
        app.router.add_route(f"/{language}/admin/export", export, methods=["GET"])
        app.router.routes.insert(0, app.router.routes.pop())
