"""The one equation behind implied volatility: which standard deviation gives this time value?

By symmetry every option is a call struck at or above the forward. With M the larger and m the smaller of the two
present values (share, strike), the time value over M is a number between 0 and a = m/M that depends on a and on
s = volatility times the square root of time alone. Write x = ln a, h = x/s, t = s/2.

Below half of the maximum the logarithm of the price is solved for, above it the logarithm of its distance from the
maximum: Jäckel, Let's Be Rational (2013, revised 2016), sections 2 and 3, with his third-order Householder step, which
is of convergence order four. The guess is Stefanica and Radoičić, An Explicit Implied Volatility Formula (2017), from
Pólya's approximation of the normal distribution: within 6 %, so two steps reach machine precision.

Nearly every contract is settled by two such steps on the plain normal distribution, which costs a quarter of the
scaled complementary error function and loses no more than 1e-12 to rounding where neither underflows. What is left,
above half of the maximum or where the steps have not settled, goes through his scaled complementary error function
against cancellation; and where the guess fails (a spread of more than about e^30 between share and strike, or a time
value under a millionth at the money) the same step runs inside a bracket.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, ndtr

from trading.contracts import Floats

SQRT_HALF = float(np.sqrt(0.5))
SQRT_HALF_PI = float(np.sqrt(np.pi / 2))
CLOSE = 1e-3
"""A relative step this small, quartically convergent, leaves an error near 1e-13."""
FURTHEST = 1200.0
"""The largest h^2 + t^2 for which the density below is a normal number."""
SQRT_2_PI = float(np.sqrt(2 * np.pi))
SMALLEST, LARGEST, MOST_STEPS = 1e-12, 100.0, 100


def implied_deviation(time_value: Floats, ratio: Floats) -> Floats:
    """s = volatility x sqrt(years) for a time value as a fraction of M; NaN where none is found.

    `ratio` is a = m/M, 0 < a <= 1, and 0 < time_value < a.

    >>> round(float(implied_deviation(np.array([0.0796556746]), np.array([1.0]))[0]), 8)
    0.2
    """
    x = np.log(ratio)
    guess = _guess(time_value, ratio, x)
    deviation, settled = _quick(guess, time_value, ratio, x)
    rows = np.flatnonzero(~settled & (time_value > 0))
    if len(rows):
        deviation[rows] = _careful(guess[rows], time_value[rows], ratio[rows], x[rows])
    return deviation


def _quick(deviation: Floats, time_value: Floats, ratio: Floats, x: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Two steps on the plain distribution, and where they can be trusted."""
    root = np.sqrt(ratio)
    price = time_value / root
    for _ in range(2):
        h, t = x / deviation, 0.5 * deviation
        distance = h * h + t * t
        value = root * ndtr(h + t) - ndtr(h - t) / root
        slope = np.exp(-0.5 * distance) / (-SQRT_2_PI * value)
        newton = np.log(value / price) / slope
        step = _third_order(newton, slope, h, t, deviation)
        deviation = deviation + step
    settled = (np.maximum(np.abs(step), np.abs(newton)) < CLOSE * deviation) & (time_value < 0.5 * ratio)
    return deviation, settled & (distance < FURTHEST)


def _careful(deviation: Floats, time_value: Floats, ratio: Floats, x: Floats) -> Floats:
    upper = time_value > 0.5 * ratio
    side = np.where(upper, -1.0, 1.0)
    target = np.log(np.where(upper, ratio - time_value, time_value)) - 0.5 * x
    for _ in range(2):
        step, newton, _ = _householder(deviation, x, side, target)
        deviation = deviation + step
    far = np.flatnonzero(~(np.maximum(np.abs(step), np.abs(newton)) < CLOSE * deviation) & np.isfinite(target))
    if len(far):
        deviation[far] = _bracketed(x[far], side[far], target[far])
    return deviation


def _guess(time_value: Floats, ratio: Floats, x: Floats) -> Floats:
    """Stefanica and Radoičić's closed form, its terms arranged so that little cancels out of the money."""
    power, square = np.exp(x * (2 / np.pi)), ratio * ratio
    gap = ratio - 2 * time_value
    a = (square / power - power) ** 2
    b = 4 * square * (power + 1 / power) - 2 * (square / power + power) * (square + gap * (2 - gap))
    c = 16 * time_value * (time_value + 1 - ratio) * (ratio - time_value) * (1 + time_value)
    gamma = -0.5 * np.pi * np.log(2 * c / (b + np.sqrt(b * b + 4 * a * c)))
    total = np.sqrt(gamma - x) + np.sqrt(np.maximum(gamma + x, 0.0))
    below_inflection = time_value < 0.5 * (ratio - 1 + np.sqrt(1 - power * power))
    return np.where(below_inflection, -2 * x / total, total)


def _householder(deviation: Floats, x: Floats, side: Floats, target: Floats) -> tuple[Floats, Floats, Floats]:
    """The step, the Newton step it refines, and the residual in the logarithm that is solved for."""
    h, t = x / deviation, 0.5 * deviation
    scaled = erfcx(-SQRT_HALF * side * (h + t)) - side * erfcx(-SQRT_HALF * (h - t))
    residual = np.log(0.5 * scaled) - 0.5 * (h * h + t * t) - target
    slope = -side / (SQRT_HALF_PI * scaled)
    newton = residual / slope
    return _third_order(newton, slope, h, t, deviation), newton, residual


def _third_order(newton: Floats, slope: Floats, h: Floats, t: Floats, deviation: Floats) -> Floats:
    """Householder's step from Newton's; `slope` is that of the logarithm, turned round."""
    bend = (h * h - t * t) / deviation
    second = bend + slope
    third = bend * bend - 3 * (h / deviation) ** 2 - 0.25 + slope * (3 * bend + 2 * slope)
    return newton * (1 + 0.5 * second * newton) / (1 + newton * (second + third * newton / 6))


def _bracketed(x: Floats, side: Floats, target: Floats) -> Floats:
    """The same root, each step kept inside a shrinking bracket; slower, and sure wherever a double holds the price."""
    low, high = np.maximum(-x / 40, SMALLEST), np.full_like(x, LARGEST)
    deviation = np.clip(np.sqrt(-2 * x), low, high)
    for _ in range(MOST_STEPS):
        step, newton, residual = _householder(deviation, x, side, target)
        too_high = residual * side > 0
        low, high = np.where(too_high, low, deviation), np.where(too_high, deviation, high)
        better = deviation + step
        inside = (better >= low) & (better <= high)
        settled = np.maximum(np.abs(step), np.abs(newton)) < CLOSE * deviation
        deviation = np.where(inside, better, np.sqrt(low * high))
        if settled.all():
            break
    return np.where(settled, deviation, np.nan)
