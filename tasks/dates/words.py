"""The vocabulary of date phrases: plain tables, in lower case and without apostrophes."""

from __future__ import annotations


def vocabulary(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _table(rows: dict[int, str]) -> dict[str, int]:
    return {word: value for value, words in rows.items() for word in words.split()}


WEEKDAYS = _table(
    {
        0: "monday mon monady munday mondy",
        1: "tuesday tue tues tuseday tusday teusday tuesay tuesdy",
        2: "wednesday wed weds wensday wendsday wednsday wedensday wednessday wednesdy wenesday wedsday",
        3: "thursday thu thur thurs thrusday thursay thurday tursday thirsday thursdy thurdsay",
        4: "friday fri firday fryday fridy friay",
        5: "saturday sat satuday saterday saturdy satruday satarday",
        6: "sunday sun sunady sundy",
    }
)
WEAK_WEEKDAYS = frozenset({"sat", "sun", "wed", "mon", "fri"})

MONTHS = _table(
    {
        1: "january jan janurary janury januray janaury",
        2: "february feb febuary feburary februrary febrary feburay",
        3: "march mar",
        4: "april apr apirl aprl",
        5: "may",
        6: "june jun",
        7: "july jul juli",
        8: "august aug agust augest",
        9: "september sep sept septmber setember septemeber septembr",
        10: "october oct ocotber octobor octber",
        11: "november nov novmber novemeber novembr",
        12: "december dec decemeber decmber decembr",
    }
)

UNITS = _table(
    {
        1: "one",
        2: "two",
        3: "three",
        4: "four",
        5: "five",
        6: "six",
        7: "seven",
        8: "eight",
        9: "nine",
        10: "ten",
        11: "eleven",
        12: "twelve",
        13: "thirteen",
        14: "fourteen",
        15: "fifteen",
        16: "sixteen",
        17: "seventeen",
        18: "eighteen",
        19: "nineteen",
    }
)
TENS = _table({20: "twenty", 30: "thirty", 40: "forty fourty", 50: "fifty", 60: "sixty", 90: "ninety"})
ORDINALS = _table(
    {
        1: "first 1st",
        2: "second",
        3: "third",
        4: "fourth",
        5: "fifth",
        6: "sixth",
        7: "seventh",
        8: "eighth eigth",
        9: "ninth nineth",
        10: "tenth",
        11: "eleventh",
        12: "twelfth twelveth",
        13: "thirteenth",
        14: "fourteenth",
        15: "fifteenth",
        16: "sixteenth",
        17: "seventeenth",
        18: "eighteenth",
        19: "nineteenth",
        20: "twentieth",
        30: "thirtieth",
    }
)
ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})

TODAY = frozenset({"today", "2day", "tody", "todat", "tday"})
TOMORROW = vocabulary(
    "tomorrow tommorow tommorrow tomorow tomorro tomorrw tomorrrow tomarrow tommarow tommarrow "
    "tomorroww tomrrow tomrow tmrw tmr tmrrw tmrow tmorrow tmw tomoz tomo 2morrow 2moro 2mrw "
    "2morow morrow tomm tomorow"
)
TONIGHT = vocabulary("tonight tonite 2nite 2night tonigt tonght tonigh toniht")
YESTERDAY = frozenset(["yesterday", "yday", "yesteday"])

PARTS = {
    word: part
    for part, words in {
        "morning": "morning mornings morn mornin",
        "afternoon": "afternoon afternoons arvo afternon aftn",
        "evening": "evening evenings evenin evng",
        "noon": "lunchtime",
        "night": "night nights nite nighttime",
    }.items()
    for word in words.split()
}

SECOND, MINUTE, HOUR, DAY, BUSINESS_DAY, WEEK, MONTH, YEAR = (
    "second",
    "minute",
    "hour",
    "day",
    "business day",
    "week",
    "month",
    "year",
)
# Each unit word: (unit, how many of it).
DURATIONS: dict[str, tuple[str, int]] = {
    word: (unit, count)
    for unit, count, words in (
        (SECOND, 1, "second seconds sec secs"),
        (MINUTE, 1, "minute minutes min mins mn minuets minuts minuites mintues minuts"),
        (HOUR, 1, "hour hours hr hrs hous houres"),
        (DAY, 1, "day days dys sleeps mornings nights evenings afternoons morning night evening afternoon"),
        (BUSINESS_DAY, 1, "weekday weekdays workdays workday"),
        (WEEK, 1, "week weeks wk wks weeek"),
        (WEEK, 2, "fortnight fortnights"),
        (MONTH, 1, "month months mth mths mo mos monthes"),
        (MONTH, 3, "quarter quarters"),
        (YEAR, 1, "year years yr yrs"),
        (YEAR, 10, "decade decades"),
    )
    for word in words.split()
}
GLUED_DURATIONS: dict[str, tuple[str, int]] = {
    "s": (SECOND, 1),
    "m": (MINUTE, 1),
    "h": (HOUR, 1),
    "d": (DAY, 1),
    "w": (WEEK, 1),
    "y": (YEAR, 1),
}

# Words after which a new clause starts: a date may stand before them, a noun may not.
FUNCTION_WORDS = vocabulary(
    "to for with and at on in that about because so if when then please or but by from as is are "
    "was i im we the my a an before after until till while since unless around near of re via "
    "thanks thank pls plz you it this his her our your their he she they who which where into "
    "through during and also which remind not will should may might can its ill ive id well be do"
)
# Words that count the number behind them: "chapter 10 tomorrow" is no hour.
COUNTED = vocabulary(
    "chapter chapters page pages room apartment apt unit gate number no num version bus flight route "
    "highway platform exit level lesson episode season part step section grade channel size track "
    "phase sprint week day ticket task issue item invoice order bug pr suite floor building table "
    "aisle lane pier terminal windows iphone area formula exercise question problem volume vol line "
    "row column figure model type class group team round game set module assignment homework form box "
    "locker district precinct zone studio pixel ps xbox top over under than move complete reschedule "
    "postpone push snooze delete finish mark update change shift bump reopen buy get book read add "
    "costs pay reps every"
)
# Those of them whose number is never a day: "chapter 10 March" is no tenth of March.
COUNTERS = vocabulary(
    "chapter chapters page pages room apartment apt number num version highway platform level episode "
    "season section volume vol"
)
MOVES = vocabulary("move reschedule postpone push change shift bump delay snooze bring")
