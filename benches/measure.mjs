// Samples of several contestants, taken in turns so that the machine's moods hit all of them alike.

/**
 * Runs every contestant once per round, each time in another order, and gives the samples by name.
 * `contestants`: { name: () => number | Promise<number> }, each the time of one sample. The first `warmUp` rounds are dropped.
 */
export async function interleave(contestants, { rounds, warmUp }) {
  const names = Object.keys(contestants);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < warmUp + rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      // Rotated by one per round, and backwards in every other, so that nobody always follows the same one.
      const at = (round + turn) % names.length;
      const name = names[round % 2 === 0 ? at : names.length - 1 - at];
      const sample = await contestants[name]();
      if (round >= warmUp) samples[name].push(sample);
    }
  }
  return samples;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median, and the range that the middle half of the samples is in. */
export function summary(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return { median: median(values), low: at(0.25), high: at(0.75) };
}

/** Both lists' samples of the same round belong together: what disturbs a round disturbs both. */
export function pairwise(some, others, combine) {
  return some.map((value, round) => combine(value, others[round]));
}
