"""Why a link is not brought in."""

from typing import Literal

Reason = Literal[
    "address",  # it leads into a network that is not the public one; detail: the host
    "broken",  # what came is no answer, or is cut short; detail: the host
    "credentials",  # it holds a user or a password; detail: the host
    "downgrade",  # it leads on from https to http; detail: the host
    "failing",  # the server has an error, 5xx; detail: the status
    "large",  # it has more bytes than are read; detail: the host
    "limited",  # the server was asked too often, 429; detail: the host
    "link",  # it is no link; detail: empty
    "login",  # it needs a login, 401 or 403; detail: the host
    "missing",  # it is not there, 404 or 410; detail: the host
    "packed",  # it is compressed beyond reason, or in a way that was not asked for; detail: the host
    "port",  # it names a port other than 80 and 443; detail: the port
    "proxy",  # the proxy did not let it through, or could not be reached; detail: the host
    "redirects",  # it leads on and on; detail: the host
    "robots",  # the site asks not to be read again by a machine; detail: the host
    "scheme",  # it is neither http nor https; detail: the scheme
    "slow",  # it did not come in time; detail: the host
    "status",  # the server gave another status; detail: the status
    "tls",  # the server could not prove who it is; detail: the host
    "type",  # a type that is not read; detail: the media type
    "unreachable",  # nobody answers there; detail: the host
    "unresolved",  # the name has no address; detail: the host
]


class RefusedError(Exception):
    """A link is not brought in: a reason, and the detail that its sentence names.

    A detail is what the link, a redirect or the server said; never an address that a name resolved to, which
    would tell what stands in this network.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason)  # alone: errors are logged
        self.reason, self.detail = reason, detail
