"""The LoadedNote port on a file beside the warehouse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from regulars.flows import write_whole


class JsonLoadedNote:
    """A JSON file that may be thrown away at any time: files are read again then.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Any]:
        """What was kept; see the port."""
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def write(self, content: dict[str, Any]) -> None:
        """Keep this instead; see the port."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(json.dumps(content, indent=0).encode(), self._path)
