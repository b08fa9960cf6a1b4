"""What nobody may read in the store: a channel's installations and their tokens, encrypted.

It lies here and not in `bot/stores`: a store keeps items and knows nothing of what they mean, and each module
of that folder is one that `WHEREIN_STORE` can name.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import structlog

from bot.archive.keys import word
from bot.stores import Item, Store, StoreError
from bot.types import Kept, UnopenedError, VaultError

if TYPE_CHECKING:
    from bot.archive.seal import Seal

log = structlog.get_logger(__name__)


class SealedVault:
    """Small versioned records, sealed with the first of our keys and opened with any of them.

    What is sealed says what it is: put in another's place in the store, it is not taken for that.
    """

    def __init__(self, store: Store, keys: Sequence[str]) -> None:
        self._store, self._seal = store, _seal(keys)

    async def get(self, channel: str, name: str) -> Kept | None:
        """What is kept under a name; None where nothing is."""
        with _answering():
            item = await self._store.get(_pk(channel), word(name))
        return Kept(self._opened(channel, name, item), item.version) if item else None

    async def put(
        self,
        channel: str,
        name: str,
        data: Mapping[str, Any],
        version: int,
        *,
        expires_at: float | None = None,
    ) -> bool:
        """Keep what was read with that version (0: nothing was there); False where it was changed since."""
        sealed = self._closed(channel, name, data)
        item = Item(_pk(channel), word(name), body=sealed, expires_at=expires_at)
        with _answering():
            return await self._store.put_if(item, version)

    async def delete(self, channel: str, name: str) -> None:
        """Delete what is kept under a name; that nothing is there is no error."""
        with _answering():
            await self._store.delete([(_pk(channel), word(name))])

    async def names(self, channel: str, prefix: str = "") -> list[str]:
        """The names that begin so, under which a channel keeps something, in their order."""
        with _answering():
            return [unquote(item.sk) for item in await self._store.query(_pk(channel), word(prefix))]

    async def reseal(self, channel: str) -> int:
        """Seal with the first key what another sealed, so that that one can be thrown away; how many were."""
        if self._seal is None:
            return 0
        done = 0
        for item in await self._store.query(_pk(channel)):
            name = unquote(item.sk)
            if self._seal.is_new(item.body):
                continue
            try:
                data = self._opened(channel, name, item)
                done += await self.put(channel, name, data, item.version, expires_at=item.expires_at)
            except VaultError as error:
                log.warning("not resealed", channel=channel, name=name, reason=str(error))
        return done

    def _closed(self, channel: str, name: str, data: Mapping[str, Any]) -> str:
        if self._seal is None:
            raise VaultError("WHEREIN_SECRET_KEY is not set: without it no token is kept.")
        return self._seal.close(json.dumps([channel, name, dict(data)], ensure_ascii=False))

    def _opened(self, channel: str, name: str, item: Item) -> dict[str, Any]:
        from bot.archive.seal import BrokenSealError

        if self._seal is None:
            raise UnopenedError(
                f"WHEREIN_SECRET_KEY is not set, and it sealed what {channel} keeps as {name}."
            )
        try:
            of, called, data = json.loads(self._seal.open(item.body))
        except BrokenSealError as error:
            raise UnopenedError(
                f"WHEREIN_SECRET_KEY does not open what {channel} keeps as {name}: add the key that sealed"
                " it, after a comma, or have Wherein installed there again."
            ) from error
        if (of, called) != (channel, name):
            raise UnopenedError(f"What {channel} keeps as {name} was sealed as {called}: it is not used.")
        return dict(data)


def _pk(channel: str) -> str:
    return f"vault#{word(channel)}"


def _seal(keys: Sequence[str]) -> "Seal | None":
    if not keys:
        return None
    from bot.archive.seal import Seal  # cryptography: not everybody has tokens to keep

    return Seal(keys)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise VaultError(str(error)) from error
