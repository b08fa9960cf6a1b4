"""What stands at the service's root, and where nothing stands: what this is, and where to go."""

import json

from aiohttp.typedefs import Handler
from aiohttp.web import Application, HTTPMethodNotAllowed, Request, Response, StreamResponse, middleware

WHAT = "Wherein: ask a question of a text, and get the sentence that answers it, and where it stands."
ELSEWHERE = "The README says what each is for, and docs/ the rest."


@middleware
async def in_our_words(request: Request, handler: Handler) -> StreamResponse:
    """Say that a path or its method is not known as /ask says what it refuses."""
    unknown = request.match_info.http_exception
    if unknown is None:
        return await handler(request)
    if isinstance(unknown, HTTPMethodNotAllowed):
        taken = ", ".join(sorted(unknown.allowed_methods))
        return _refused(405, f"This address takes {taken} alone.", {"Allow": taken})
    return _refused(unknown.status, "There is nothing here: GET / says what there is.")


def _refused(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    told = json.dumps({"kind": "error", "text": text, "field": None})
    return Response(text=told, status=status, content_type="application/json", headers=headers)


def mount(application: Application, page: int) -> None:
    """Answer at the root with every route; `page` is the port on which the page is, 0 where there is none."""
    router = application.router

    async def root(_: Request) -> Response:
        known = {(route.resource.canonical, route.method) for route in router.routes() if route.resource}
        routes = [
            f"  {method:<4} {path}" for path, method in sorted(known) if method != "HEAD" and path != "/"
        ]
        there = [f"The page is on port {page}."] if page else []
        return Response(text="\n".join([WHAT, "", *routes, "", *there, ELSEWHERE, ""]))

    router.add_get("/", root)
