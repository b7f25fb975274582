"""A rising curve through what happened: pool adjacent violators, in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass
class _Block:
    """Neighbouring scores that share one chance. Counts are doubled, so that half a purchase is a whole number."""

    first: int
    last: int
    pairs: int
    hits: int

    def is_not_above(self, before: _Block) -> bool:
        """Whether this block's share is no greater than that of the block before it, compared exactly."""
        return self.hits * before.pairs <= before.hits * self.pairs


def isotonic_curve(
    scores: npt.NDArray[np.int64], pairs: npt.NDArray[np.int64], hits: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The non-decreasing curve closest to the observed shares, least squares weighted by pairs.

    One more pair, half of it a hit, is laid on the lowest and on the highest score: so no chance is 0 or 1,
    however few were seen, and the curve still rises.

    Args:
        scores: Distinct scores, ascending, shape ``(n,)``, n > 0.
        pairs: Pairs seen with each score, each > 0, shape ``(n,)``.
        hits: Those of them that were bought, shape ``(n,)``.

    Returns:
        The curve's corners, by strictly rising score: the first and last score of every pool and its share.
        Between corners the curve is a straight line, beyond the ends it is flat.

    Source:
        Ayer, Brunk, Ewing, Reid and Silverman (1955), An empirical distribution function for sampling with
        incomplete information; docs/algorithms/forecast.md.

    Example:
        >>> curve = isotonic_curve(np.array([1, 2, 3]), np.array([9, 10, 9]), np.array([2, 1, 8]))
        >>> curve[0].tolist(), curve[1].tolist()
        ([1, 2, 3], [0.175, 0.175, 0.85])
    """
    blocks: list[_Block] = []
    last = len(scores) - 1
    for index, (pair_count, hit_count) in enumerate(zip(pairs.tolist(), hits.tolist(), strict=True)):
        laid_on = (index == 0) + (index == last)
        block = _Block(index, index, 2 * (pair_count + laid_on), 2 * hit_count + laid_on)
        while blocks and block.is_not_above(blocks[-1]):
            before = blocks.pop()
            block = _Block(before.first, block.last, before.pairs + block.pairs, before.hits + block.hits)
        blocks.append(block)
    corners = [(end, block.hits / block.pairs) for block in blocks for end in sorted({block.first, block.last})]
    ends = np.array([end for end, _ in corners], dtype=np.int64)
    return scores[ends], np.array([share for _, share in corners], dtype=np.float64)
