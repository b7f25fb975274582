"""Texts of the phone page and the e-mail that the paper does not say; `{}` takes what it speaks of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ScreenTexts:
    """Every fixed text of the two screens beside those of `PageTexts`."""

    show_code: str = "Show bar code at the register"
    back: str = "Back to the list"
    bright: str = "Turn the brightness up and let the cashier scan it once."
    items_title: str = "Your list"
    specials_title: str = "Your specials"
    meals_title: str = "Dinner from this list"
    meals_tab: str = "Dinners"
    keep_ticks: str = "Keep my ticks"
    why: str = "Why this?"
    not_now: str = "Not now"
    never: str = "Never show me this"
    said_never: str = "You asked never to see this. It is gone from the next list on."
    said_not_now: str = "You asked not to see this on the next list."
    again: str = "Show it again"
    hide: str = "Hide my list from others in the house"
    show: str = "Let others in the house see my list again"
    hidden: str = "This list is hidden"
    hidden_note: str = "It opens on the phone that hid it. The service desk can open it to you again."
    over: str = "This list is over"
    over_note: str = "Its specials have ended. The code on your newest list opens the new one."
    gone: str = "No list here"
    gone_note: str = "Scan the square code on your newest list, or ask at the service desk."
    front_note: str = (
        "Point your phone’s camera at the square code on your list: it opens here. No list at hand? Ask at the "
        "service desk."
    )
    privacy_title: str = "Your list and your purchases"
    privacy_made: str = (
        "Your list is made of what was bought with your household’s card: what, when and at what price. From that "
        "we work out what you may need next, and which specials go with it."
    )
    privacy_closed: str = (
        "Goods that are nobody’s business, such as prescriptions and contraceptives, are left out: they never "
        "shape a list."
    )
    privacy_kept: str = (
        "We work this out ourselves and hand your purchases to nobody. Whoever prints or sends lists for us is "
        "given those lists and no more. A maker that pays for a special learns how often it was used, never by whom."
    )
    privacy_codes: str = (
        "The codes on your list say nothing about you. But whoever has the square code can open the list: do not "
        "leave it lying about. If you lose it, the service desk gives you a new one; the old codes then open nothing."
    )
    privacy_phone: str = (
        "On the phone you can take any of the goods off your next lists, and hide your list from others in the "
        "house."
    )
    privacy_stop: str = (
        "Not your list, or you do not want one? Tell us at the service desk. Every e-mail has a link that ends "
        "them, and a text message ends with the answer STOP."
    )
    privacy_ask: str = (
        "Ask there, too, what we know of your household’s purchases, and to have your e-mail address and your "
        "answers erased."
    )
    calendar: str = "Add the last day to my calendar"
    calendar_event: str = "Last day of your specials at {}"
    regular: str = "Paper, phone and e-mail carry the same list: use its bar code once, wherever you like."
    subject: str = "{}: save up to {} on what you buy"
    subject_plain: str = "{}: your shopping list"
    preheader: str = "{}. {} items and {} specials, in the order of the aisles."
    text_message: str = "{}: save up to {} until {}. Your list: {} Reply STOP to end."
    text_message_plain: str = "{}: your shopping list is here: {} Reply STOP to end."
    open_phone: str = "Open my list on the phone"
    unsubscribe: str = "Unsubscribe"
    unsubscribe_ask: str = "Stop getting your list by e-mail?"
    unsubscribe_done: str = "Done. You get no more lists by e-mail; the one on paper is not touched."
    unsubscribe_note: str = "You get this because you asked {} for your list by e-mail."
