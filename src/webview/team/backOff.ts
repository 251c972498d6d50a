const firstMs = 1_000;
const longestMs = 15_000;

/**
 * How long to wait before the next attempt: twice as long each time, and for each page a different time, so that a service that comes back is not
 * asked by all of them at once.
 * @param failures how many attempts have failed in a row
 * @returns milliseconds
 */
export function backOff(failures: number): number {
  const most = Math.min(longestMs, firstMs * 2 ** Math.min(10, failures - 1));
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return most * (0.5 + (0.5 * random) / 2 ** 32);
}
