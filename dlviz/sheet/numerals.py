"""Numbers as formulas and sentences write them."""

from __future__ import annotations

from collections.abc import Iterable

FAR = 5
"""Places before or after the point that are written out; other numbers have a power of ten."""
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, decimals: int = 2) -> str:
    """`value` with at most so many decimals, none of them an idle 0, and a true minus sign."""
    text = f"{value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "0", "") else text.replace("-", "−")


def significant(value: float, digits: int = 2) -> str:
    """`value` with so many significant digits, none of them an idle 0; far from 1 with a power of ten.

    >>> significant(0.000693), significant(-0.0017), significant(0.99988), significant(3.2e-9)
    ('0.00069', '−0.0017', '1', '3.2·10⁻⁹')
    """
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    if value == 0 or -FAR <= int(exponent) < FAR:
        return number(float(f"{mantissa}e{exponent}"), max(digits - 1 - int(exponent), 0))
    return f"{number(float(mantissa), digits - 1)}·10{str(int(exponent)).translate(RAISED)}"


def percent(share: float, decimals: int = 1) -> str:
    """A share in per cent, with at most so many decimals and no idle 0.

    >>> percent(0.9133), percent(0.7), percent(0.9133, 0)
    ('91.3%', '70%', '91%')
    """
    return f"{number(100 * share, decimals)}%"


def signed(value: float, decimals: int = 2) -> str:
    """`number`, in brackets where it is negative."""
    text = number(value, decimals)
    return f"({text})" if text.startswith("−") else text


def products(a: Iterable[float], b: Iterable[float], decimals: int = 2) -> str:
    """A sum of products, such as "2·3 + (−1)·0.5"."""
    return " + ".join(f"{signed(p, decimals)}·{signed(q, decimals)}" for p, q in zip(a, b, strict=True))
