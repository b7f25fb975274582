"""Billing beside what lies on the disk already."""

from pathlib import Path

import pytest

from regulars.bootstrap import Workspace, bill_vendors, create_workspace
from regulars.kernel import ContractError


def test_numbers_of_invoices_the_ledger_has_forgotten_are_not_given_again(tmp_path: Path) -> None:
    create_workspace(tmp_path)
    left = tmp_path / "settlement/000001.csv"
    with Workspace.open(tmp_path) as workspace, workspace.writing("test"):
        left.parent.mkdir()
        left.touch()
        with pytest.raises(ContractError, match=r"settlement/000001\.csv is there, but the ledger knows no such"):
            bill_vendors(workspace, None, actor="test")
        left.unlink()
        assert bill_vendors(workspace, None, actor="test") == []
