"""What asks a flow with no more than the workspace's warehouse, passed on as it is."""

from regulars.flows import FindingsWanted, cards_report, data_findings, data_gaps, data_status, export_findings

__all__ = ["FindingsWanted", "cards_report", "data_findings", "data_gaps", "data_status", "export_findings"]
