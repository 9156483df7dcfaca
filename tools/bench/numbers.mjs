// Random numbers that are the same in each run, and what is said of many measurements.

/** A stream of numbers from 0 to below 1: mulberry32. */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end) => Math.floor(next() * end);
  return { below, chance: (percent) => next() * 100 < percent, pick: (from) => from[below(from.length)] };
}

export function quantile(values, share) {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
}

export const median = (values) => quantile(values, 0.5);
export const largest = (values) => values.reduce((largest, value) => Math.max(largest, value), 0);
export const sum = (values) => values.reduce((sum, value) => sum + value, 0);
