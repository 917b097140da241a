"""Tests of chance.py: python3 -m unittest discover scripts/bench.d"""

import unittest

from chance import wilson


class Intervals(unittest.TestCase):
    def test_known_values(self) -> None:
        # Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3.
        for hits, trials, low, high in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)]:
            found = wilson(hits, trials)
            self.assertAlmostEqual(found[0], low, places=4)
            self.assertAlmostEqual(found[1], high, places=4)

    def test_it_lies_within_0_and_1_and_around_the_share(self) -> None:
        for trials in (1, 3, 50):
            for hits in range(trials + 1):
                low, high = wilson(hits, trials)
                self.assertTrue(0 <= low <= hits / trials <= high <= 1, (hits, trials))

    def test_more_hits_than_trials_and_no_trial_are_refused(self) -> None:
        for hits, trials in [(3, 2), (0, 0), (-1, 5)]:
            with self.assertRaises(ValueError):
                wilson(hits, trials)


if __name__ == "__main__":
    unittest.main()
