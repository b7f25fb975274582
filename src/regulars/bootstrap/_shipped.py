"""The templates that come with Regulars, to begin one's own with."""

from regulars.adapters import shipped_template
from regulars.adapters.pages import shipped_mail_template

__all__ = ["shipped_mail_template", "shipped_template"]
