"""GS1 element strings: what a GS1-128, DataBar Expanded or 2-D symbol says about an item, as the scanner hands it over.

Source: GS1 General Specifications, 3.2 (application identifiers) and 7.8.5 (predefined lengths), 5.4.3.4 (symbology
identifiers).
"""

from __future__ import annotations

from dataclasses import replace

from ._product_codes import US_LAYOUTS, ProductCode, VariableLayout, read_product_code

_SEPARATOR = "\x1d"
_SYMBOLOGIES = ("]C1", "]e0", "]d2", "]Q3", "]J1")
_LENGTHS = {
    "00": 18,
    "01": 14,
    "02": 14,
    "03": 14,
    "04": 16,
    "11": 6,
    "12": 6,
    "13": 6,
    "14": 6,
    "15": 6,
    "16": 6,
    "17": 6,
    "18": 6,
    "19": 6,
    "20": 2,
    **{f"{number}": 6 for number in range(31, 37)},
    "41": 13,
}
"""Data characters of identifiers with a predefined length, by their first two digits; 31 to 36 and 41 have more."""
_LONGER = {**{f"{number}": 4 for number in range(31, 37)}, "41": 3, "39": 4, "70": 4, "80": 4, "81": 4, "82": 4}
_LONGER |= {"23": 3, "24": 3, "25": 3, "40": 3, "42": 3, "71": 3, "72": 4, "43": 4}


def read_scan(text: str, layouts: tuple[VariableLayout, ...] = US_LAYOUTS) -> ProductCode:
    """What was scanned: a plain product code, or an element string with the item's number in it.

    Args:
        text: As the scanner hands it over, or as printed with brackets.
        layouts: As for `read_product_code`.

    Example:
        >>> read_scan("]C10100042100005264310300125017261231").weight_milli
        1250
        >>> read_scan("(01)00042100005264").product_id == read_product_code("042100005264").product_id
        True
    """
    elements = _elements(text.strip())
    gtin = elements.get("01", "")
    if len(gtin) != 14 or not gtin.isdigit():
        return read_product_code(text, layouts)
    code = read_product_code(gtin, layouts)
    weight = next((identifier for identifier in elements if identifier[:3] == "310"), None)
    if weight is None or not (elements[weight].isdigit() and weight[3].isdigit()):
        return code
    decimals = int(weight[3])
    return replace(code, weight_milli=int(elements[weight]) * 1000 // 10**decimals)


def _elements(text: str) -> dict[str, str]:
    """Data by identifier; nothing when the text is no element string."""
    if text.startswith("(01)"):
        parts = (part.split(")", 1) for part in text[1:].split("("))
        return {part[0]: part[1] for part in parts if len(part) == 2}
    symbology = text[:3] in _SYMBOLOGIES
    body = text[3:] if symbology else text
    if not symbology and not (len(body) > 16 and body.startswith("01")):
        return {}
    return _split(body.lstrip(_SEPARATOR))


def _split(body: str) -> dict[str, str]:
    found: dict[str, str] = {}
    while body:
        start = body[:2]
        end = _LONGER.get(start, 2)
        identifier, rest = body[:end], body[end:]
        length = _LENGTHS.get(start)
        if length is None:
            data, _, body = rest.partition(_SEPARATOR)
        else:
            data, body = rest[:length], rest[length:].removeprefix(_SEPARATOR)
        found.setdefault(identifier, data)
    return found
