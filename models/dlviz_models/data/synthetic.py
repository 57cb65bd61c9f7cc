"""Pairs of texts made by code: sums, dates, and strings of DNA with and without a motif. The same at every call."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import islice

import numpy as np

from dlviz_models.data.parts import Data
from dlviz_models.data.samples import ListedSamples
from dlviz_models.data.targets import classes_in
from dlviz_models.data.texts import as_texts

Pair = tuple[str, str]
"""A text and what is to be made of it: its translation, or the name of its class."""

TRAIN, TEST = 40_000, 2_000
DNA_LENGTH = 60
MOTIF = "TGACTCA"
"""The binding site of the transcription factor AP-1."""
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FORMATS = (
    "{day}/{number}/{year}",
    "{day}-{number}-{short_year}",
    "{year}.{number}.{day}",
    "{day} {short_month} {year}",
    "{day} {month} {year}",
    "{day} {short_month} {short_year}",
    "{month} {day}, {year}",
    "{short_month} {day} {year}",
    "{weekday}, {day} {month} {year}",
)
FIRST_DAY = date(1950, 1, 1)
DAYS = 36_525  # 1950-01-01 .. 2049-12-31, so that two digits of a year mean one year


def sums() -> Data[ListedSamples]:
    """Return sums of two numbers below 1,000, each with one to three digits as likely: "74+8" -> "82"."""
    return _distinct("sums", _sum, seed=1)


def dates() -> Data[ListedSamples]:
    """Return days from 1950 to 2049 as people write them, 02/01 for 2 January: "06 Apr 18" -> "2018-04-06"."""
    return _distinct("dates", _date, seed=2)


def motifs() -> Data[ListedSamples]:
    """Return strings of 60 bases; in those called "motif" TGACTCA stands somewhere, and in the others nowhere."""
    return _distinct("motifs", _motif, seed=3, train=8_000)


def _distinct(
    name: str, make: Callable[[np.random.Generator], Pair], seed: int, train: int = TRAIN
) -> Data[ListedSamples]:
    random = np.random.default_rng(seed)
    pairs: dict[Pair, None] = {}
    while len(pairs) < train + TEST:
        pairs[make(random)] = None
    learned, asked = list(islice(pairs, TEST, None)), list(islice(pairs, TEST))
    classes = classes_in([target for _, target in pairs])
    return Data.divided(name, as_texts(f"{name}/train", learned, classes), as_texts(name, asked, classes))


def _sum(random: np.random.Generator) -> Pair:
    a, b = (int(random.integers(10 ** int(digits))) for digits in random.integers(1, 4, 2))
    return f"{a}+{b}", str(a + b)


def _date(random: np.random.Generator) -> Pair:
    day = FIRST_DAY + timedelta(int(random.integers(DAYS)))
    month = MONTHS[day.month - 1]
    text = FORMATS[random.integers(len(FORMATS))].format(
        day=f"{day.day:02}",
        number=f"{day.month:02}",
        year=day.year,
        short_year=f"{day.year % 100:02}",
        month=month,
        short_month=month[:3],
        weekday=WEEKDAYS[day.weekday()],
    )
    case = (str, str.lower, str.upper)[random.integers(3)]
    return case(text), day.isoformat()


def _motif(random: np.random.Generator) -> Pair:
    while MOTIF in (bases := "".join(random.choice(list("ACGT"), DNA_LENGTH))):
        pass
    if random.random() < 0.5:
        return bases, "none"
    place = int(random.integers(DNA_LENGTH - len(MOTIF) + 1))
    return bases[:place] + MOTIF + bases[place + len(MOTIF) :], "motif"
