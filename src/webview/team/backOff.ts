const firstMs = 1_000;
const longestMs = 15_000;

/**
 * How long to wait before the next attempt: twice as long each time, with jitter, so that a recovering service does not receive all requests at once.
 * @param failures number of consecutive failures
 * @returns milliseconds
 */
export function backOff(failures: number): number {
  const most = Math.min(longestMs, firstMs * 2 ** Math.min(10, failures - 1));
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return most * (0.5 + (0.5 * random) / 2 ** 32);
}
