"""One file per revision, in order."""

__all__: list[str] = []
