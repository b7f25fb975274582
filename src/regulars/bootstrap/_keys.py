"""The secrets of a workspace: drawn at random by `init`, derived from a published seed in the demonstration."""

from __future__ import annotations

import hashlib
import os
import secrets
import tomllib
from pathlib import Path

from regulars.kernel import CodeKeys, ConfigError, StoreError

KEYS_FILE = "keys.toml"
_KEY_BYTES = 32
_PUBLISHED_SEED = "Regulars demonstration keys: published, so worth nothing in a store"
_NAMES = ("code", "shuffle", "phone")


def draw_keys(workspace: Path) -> bool:
    """Write fresh random keys, readable by their owner alone; keys that are there are kept.

    Returns:
        Whether keys were drawn.

    Raises:
        StoreError: The file cannot be written.
    """
    path = workspace / KEYS_FILE
    text = "# Secrets of this workspace: back them up apart from the data, and show them to nobody.\n"
    text += "".join(f'{name} = "{secrets.token_hex(_KEY_BYTES)}"\n' for name in _NAMES)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    return True


def load_keys(workspace: Path, *, demo: bool) -> CodeKeys:
    """The keys of a workspace.

    Args:
        workspace: Its folder.
        demo: Whether its settings say it is the demonstration.

    Raises:
        ConfigError: There are no keys, or they are not three of 32 bytes each.
    """
    if demo:
        return CodeKeys(*(hashlib.sha256(f"{_PUBLISHED_SEED}: {name}".encode()).digest() for name in _NAMES))
    path = workspace / KEYS_FILE
    try:
        with path.open("rb") as stream:
            values = tomllib.load(stream)
        keys = [bytes.fromhex(values[name]) for name in _NAMES]
    except FileNotFoundError:
        raise ConfigError(
            f"{path} is missing; list codes are made with the keys in it",
            hint="restore it from the backup; lists that are out can only be honoured with it",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{path} is damaged; expected {', '.join(_NAMES)} of {_KEY_BYTES} bytes each, in hex",
            hint="restore it from the backup",
        ) from error
    if any(len(key) != _KEY_BYTES for key in keys) or len(set(keys)) != len(keys):
        raise ConfigError(f"{path} is damaged; expected three different keys of {_KEY_BYTES} bytes each, in hex")
    return CodeKeys(*keys)
