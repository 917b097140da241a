"""What counts of hits say: pure arithmetic."""

from math import sqrt

# Quantile of the standard normal distribution for an interval that covers 95 %.
SIDES = 1.959964


def wilson(hits: float, trials: int) -> tuple[float, float]:
    """Wilson's score interval for a share, 95 %: from and to, 0 to 1. `hits` may be fractions of hits; `trials` above 0.

    Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    if not 0 <= hits <= trials or trials < 1:
        raise ValueError(f"{hits} of {trials}")
    share, spread = hits / trials, SIDES * SIDES / trials
    middle = (share + spread / 2) / (1 + spread)
    half = SIDES / (1 + spread) * sqrt(share * (1 - share) / trials + spread / (4 * trials))
    # Rounding must not leave the share itself outside.
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))
