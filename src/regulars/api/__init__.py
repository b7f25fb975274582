"""The service over HTTP: the till's calls, health and metrics.

In: requests of lanes, signed with their own credential. Out: answers, or problem details that say what and why.
Rules: parse, call one flow, render; every writing call is durable when it is answered.
Not here: any decision (redeem, flows); pages for people (backoffice), but the one that unsubscribes from mail.

A name is read from its module when it is first asked for: the process that writes needs no web framework.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
