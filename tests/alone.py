"""The default service, asked by `/ask` and on the page, where nothing leads out: what tried to leave anyway.

    unshare -rn python -m tests.alone FOLDER     (or without `unshare`: then it is only watched in Python)

Two look on. In each of its processes a hook notes, and refuses, whatever Python connects to or looks up
beyond loopback. In a network of its own a made-up device leads everywhere: what arrives there, from whatever
library, would have left.
"""

import base64
import fcntl
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from bench.common import free_port
from model.readers import PROJECT
from tests.workplace import Visitor

QUESTION, TEXT = "Who renews badges?", "Badges end in May. The front desk renews badges until noon."
TUNSETIFF, IFF_TUN_NO_PI = 0x400454CA, 0x1001
DEVICE = "out0"
HOOK = """
import ipaddress, sys
def _watch(event, given):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        where = given[1]
        where = where[0] if isinstance(where, tuple) else None  # else a socket of this machine
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        where = given[0]
    else:
        return
    where = where.decode() if isinstance(where, bytes) else where
    if where in (None, "", "localhost"):
        return
    try:
        address = ipaddress.ip_address(where)
        if address.is_loopback or address.is_unspecified:
            return
    except ValueError:
        pass
    with open({file!r}, "a") as left:
        left.write(f"{{event}} {{where}}\\n")
    raise OSError(101, "nothing leads there")
sys.addaudithook(_watch)
"""


class Out:
    """A device that everything beyond loopback would go through, in a network of our own; else nothing."""

    def __init__(self) -> None:
        self._device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self._device, TUNSETIFF, struct.pack("16sH", DEVICE.encode(), IFF_TUN_NO_PI))
        for command in (
            "link set lo up",
            f"addr add 10.9.9.9/24 dev {DEVICE}",
            f"link set {DEVICE} up",
            f"route add default dev {DEVICE}",
            f"-6 route add default dev {DEVICE}",
        ):
            subprocess.run(["ip", *command.split()], check=True, capture_output=True)

    def left(self) -> list[str]:
        """What went out so far: each packet's protocol, the place that it was for, and what it said."""
        found = []
        with suppress(BlockingIOError):
            while packet := os.read(self._device, 65_536):
                if packet[0] >> 4 == 4:
                    found.append(f"{packet[9]} {'.'.join(map(str, packet[16:20]))} {packet[28:]!r}")
                elif packet[6] not in (0, 58):  # the device itself greets its neighbours
                    found.append(f"{packet[6]} {packet[24:40].hex()}")
        return found


def apart() -> list[str]:
    """What begins a command that runs in a network of its own; nothing, where this machine lets nobody."""
    begins = ["unshare", "-rn"]
    lets = shutil.which("unshare") and subprocess.run([*begins, "true"], capture_output=True).returncode == 0
    return begins if lets else []


def watched(folder: Path) -> tuple[dict[str, str], Path]:
    """The environment in which Python's own ways out are watched, and the file that says who took one."""
    file = folder / "left"
    file.touch()
    (folder / "sitecustomize.py").write_text(HOOK.format(file=str(file)))
    path = os.pathsep.join((str(folder), str(PROJECT)))
    return {"PATH": os.environ["PATH"], "PYTHONPATH": path, "HOME": str(folder)}, file


def asked(folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """What the service answers, from its start to its end."""
    port, page = free_port(), free_port()
    ports = {"WHEREIN_PORT": str(port), "WHEREIN_WEB_PORT": str(page)}
    command = [sys.executable, "-m", "bot"]
    service = subprocess.Popen(
        command,
        cwd=folder,
        env=environment | ports,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert service.stdout
        for _ in range(3):
            service.stdout.readline()
        url = f"http://127.0.0.1:{port}/ask"
        files = [{"name": "a.html", "data": base64.b64encode(f"<p>{TEXT}</p>".encode()).decode()}]
        told = [
            httpx.post(url, json={"question": QUESTION, "thread": "t", **more}, timeout=60).json()["text"]
            for more in ({"context": TEXT}, {}, {"files": files})
        ]
        visitor = Visitor(f"http://127.0.0.1:{page}")
        pages = [visitor.get(path).status_code for path in ("/de/", "/en/", "/en/admin/", "/page.js")]
        shown = visitor.ask(QUESTION, TEXT)
    finally:
        service.terminate()
        _, errors = service.communicate(timeout=30)
    return {"told": told, "pages": pages, "shown": shown, "errors": errors, "status": service.returncode}


def main() -> None:
    """Print, as JSON, what was answered, what left, and whether what leaves is seen at all."""
    folder = Path(sys.argv[1])
    try:
        out = Out() if len(socket.if_nameindex()) < 2 else None
    except (OSError, subprocess.CalledProcessError):
        out = None
    environment, file = watched(folder)
    found = asked(folder, environment)
    found["left"] = file.read_text().splitlines() + (out.left() if out else [])
    control = "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 9))"
    subprocess.run([sys.executable, "-c", control], env=environment, cwd=folder, capture_output=True)
    found["seen"] = file.read_text().splitlines()[-1:]
    subprocess.run([sys.executable, "-I", "-c", control], cwd=folder, capture_output=True)
    found["seen_by_the_device"] = out.left() if out else None
    print(json.dumps(found))


if __name__ == "__main__":
    main()
