import { patience } from '../../support/patience.mjs';

/**
 * Waits until a question is answered: with anything but undefined, false or null.
 * @param what names it in the error, for example "the toast to close"
 * @param timeout in milliseconds
 * @throws when it is not answered in time; the cause is the last error that asking threw
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
      // The page changes while it is asked: the next round sees it settled.
      cause = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited ${timeout} ms in vain for ${what}`, { cause });
}
