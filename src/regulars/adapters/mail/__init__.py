"""Lists by e-mail: the message, its signature, the book of what was sent, and the way to the mail server.

In: rendered messages, a mail server, reports that came back. Out: messages handed over at most once per household and
cycle, and a book that says so.
Rules: what is about to be sent is written down before, what became of it after; both durably. An address that is
suppressed is never written to. Addresses lie in `mail.db` alone, so that they can be erased.
Not here: what a message says (adapters.pages).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
