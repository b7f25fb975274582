"""The list on screens: the phone page and the e-mail, from the same document as the paper.

In: list documents, the store's page. Out: HTML, plain text, a calendar entry, the bar code as a picture.
Rules: nothing is computed here; every figure stands in the document. No address but the store's own.
Not here: sending (adapters.mail), serving.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
