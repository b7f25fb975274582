"""Pages of the back office: templates, texts in every language, one stylesheet, one small script.

In: a page's name and the values a view holds. Out: HTML; static files under names that change with their content.
Rules: every text a person reads stands in `texts/`; no inline script or style; a page works without its script.
Not here: who may see a page, what it shows (api.office, flows).
"""

from ._pages import OfficePages, StaticFile
from ._texts import OFFICE_LANGUAGES, Texts, office_texts

__all__ = ["OFFICE_LANGUAGES", "OfficePages", "StaticFile", "Texts", "office_texts"]
