from ._files import ExportFormat, export_table

__all__ = ["ExportFormat", "export_table"]
