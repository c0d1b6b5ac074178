"""Reckoning with days: the next 29 February, a month from the 31st, the Friday of next week."""

from datetime import date, timedelta

_DAYS_IN = {"day": 1, "week": 7}
_YEARS_TO_A_LEAP_DAY = 9


def real_day(year: int, month: int, day: int) -> date | None:
    """The day, if there is such a one."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_day(today: date, month: int, day: int) -> date | None:
    """The next such day from today on; None if there never is one."""
    years = range(today.year, min(today.year + _YEARS_TO_A_LEAP_DAY, date.max.year + 1))
    days = (real_day(year, month, day) for year in years)
    return next((found for found in days if found is not None and found >= today), None)


def day_of_week(today: date, weekday: int, week: int | None) -> date:
    """The coming such day, or that of this week (0) or the next (1); weeks begin on Monday."""
    if week is None:
        return today + timedelta(days=(weekday - today.weekday()) % 7)
    day = today + timedelta(days=weekday - today.weekday() + 7 * week)
    return day if day >= today else day + timedelta(days=7)


def shifted(today: date, amount: int, unit: str) -> date | None:
    """`amount` days, weeks, months or years from today; the last of a shorter month."""
    if unit in _DAYS_IN:
        return today + timedelta(days=_DAYS_IN[unit] * amount)
    months = today.month - 1 + amount * (12 if unit == "year" else 1)
    year, month = today.year + months // 12, months % 12 + 1
    return real_day(year, month, min(today.day, _month_length(year, month))) if year < date.max.year else None


def next_month(today: date) -> tuple[int, int]:
    """Year and month."""
    return (today.year + 1, 1) if today.month == 12 else (today.year, today.month + 1)


def _month_length(year: int, month: int) -> int:
    following = date(year + (month == 12), month % 12 + 1, 1)
    return (following - timedelta(days=1)).day
