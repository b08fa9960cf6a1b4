"""Why somebody could not be reached, in words; pure: a client's error leads to the system's own."""

import os
import socket
import ssl


def unreached(error: BaseException) -> str:
    """Half a sentence that says what went wrong, with nothing of the error's own words."""
    cause = getattr(error, "os_error", error)  # aiohttp's holds it
    match cause:
        case socket.gaierror():
            return "its name cannot be resolved"
        case TimeoutError():
            return "it does not answer in time"
        case ConnectionRefusedError():
            return "the connection is refused"
        case ssl.SSLCertVerificationError():
            return "it cannot prove who it is"
        case ssl.SSLError():
            return "no secure connection comes to be"
        case OSError(errno=int(number)):
            return os.strerror(number).lower()
        case OSError():
            return "no connection comes to be"
    status = getattr(error, "status", 0)
    return f"it answers {status}" if status else "it does not answer as it should"
