"""What every answer of the service tells who reads it: it is what it says it is, and nothing runs in it."""

from aiohttp.web import Application, Request, StreamResponse

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",  # an answer quotes what somebody put in
}
HTTPS_ALONE = "max-age=31536000; includeSubDomains"


def protect(application: Application, *, https: bool) -> None:
    """Have each answer carry these headers, where it brings none of its own; what we run on stays unsaid."""
    safe = SAFE | ({"Strict-Transport-Security": HTTPS_ALONE} if https else {})

    async def complete(_: Request, response: StreamResponse) -> None:
        for name, value in safe.items():
            response.headers.setdefault(name, value)
        response.headers.pop("Server", None)

    application.on_response_prepare.append(complete)
