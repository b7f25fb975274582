"""The forms of a page as a browser reads and sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class ReadForm:
    """One form: where it goes, what it holds, and its buttons, those without a name too."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str | None, value: str) -> None:
        if name:
            self.fields.setdefault(name, []).append(value)


class _Reader(HTMLParser):
    def __init__(self, here: str) -> None:
        super().__init__()
        self.here, self.forms = here, list[ReadForm]()
        self.form: ReadForm | None = None
        self.text: list[str] | None = None
        self.name: str | None = None
        self.options: list[tuple[str, bool]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        value = has.get("value") or ""
        if tag == "form":
            method = has.get("method") or "get"
            self.form = ReadForm((has.get("action") or self.here) if method == "post" else "")
            self.forms.append(self.form)
        elif self.form is None:
            return
        elif tag == "input" and has.get("type") not in {"file", "submit"}:
            if has.get("type") not in {"checkbox", "radio"} or "checked" in has:
                one_line = has.get("type") != "hidden"
                self.form.add(has.get("name"), "".join(value.splitlines()) if one_line else value)
        elif tag == "button":
            self.form.buttons.append((has.get("name") or "", value))
        elif tag == "textarea":
            self.name, self.text = has.get("name"), []
        elif tag == "select":
            self.name, self.options = has.get("name"), []
        elif tag == "option" and self.options is not None:
            self.options.append((value, "selected" in has))

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self.form is None:
            return
        if tag == "textarea" and self.text is not None:
            typed = "".join(self.text).replace("\r\n", "\n").removeprefix("\n")
            self.form.add(self.name, typed.replace("\n", "\r\n"))
            self.text = None
        elif tag == "select" and self.options is not None:
            chosen = [value for value, selected in self.options if selected] or [v for v, _ in self.options[:1]]
            for value in chosen[-1:]:
                self.form.add(self.name, value)
            self.options = None
        elif tag == "form":
            self.form = None


def read_forms(page: str, here: str) -> list[ReadForm]:
    """Every form of a page; the action of those that are not posted is empty.

    Args:
        page: Its HTML.
        here: Its own address, where forms without an action go.
    """
    reader = _Reader(here.partition("?")[0])
    reader.feed(page)
    return reader.forms
