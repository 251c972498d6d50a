import { patience } from '../../support/patience.mjs';

/**
 * Waits until a function returns anything but undefined, false or null.
 * @param what names it in the error, for example "the toast to close"
 * @param timeout in milliseconds
 * @throws if that does not happen in time; the cause is the function's last error
 */
export async function waitFor<T>(
  what: string,
  ask: () => T | Promise<T>,
  timeout = patience(30_000),
): Promise<Exclude<T, undefined | null | false>> {
  const end = Date.now() + timeout;
  let cause: unknown;
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null && answer !== false) {
        return answer as Exclude<T, undefined | null | false>;
      }
      cause = undefined;
    } catch (error) {
      // The page changed during the check: the next round sees it settled.
      cause = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited ${timeout} ms in vain for ${what}`, { cause });
}
