"""What is no CSV file is told as such, and not by its missing columns."""

from pathlib import Path

import pytest

from regulars.adapters import DuckDBReader
from regulars.flows import find_mapping
from regulars.kernel import ConfigError


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\x00\x00", b"\x00\x01\x02,store_id\n1,2\n", b"PK\x07\x08,a\n1,2\n"]
)
def test_a_file_whose_first_line_is_no_text_is_no_csv(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "list.png"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="is not a CSV file"):
        DuckDBReader(threads=1).stage(path, find_mapping("plain").file_mapping("lines.csv"), tmp_path / "staged")
