/**
 * Waits `ms` milliseconds.
 * @throws the signal's reason, at once when it fires
 */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortReason(signal));
      return;
    }
    const onAbort = () => {
      clearTimeout(timer);
      reject(abortReason(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * Runs `act` with a signal that fires after `ms` milliseconds (never for Infinity) or when `parent` does, and then stops waiting for it.
 * `AbortSignal.any` with fetch will not do: Node 20 may garbage-collect the link between a signal and a running fetch, which then hangs.
 * @throws what `act` throws; the signal's reason, which is a TimeoutError after `ms`
 */
export async function withDeadline<T>(
  ms: number,
  parent: AbortSignal | undefined,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const onAbort = () => controller.abort(abortReason(parent));
  const late = () => controller.abort(new DOMException('The operation timed out.', 'TimeoutError'));
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(abortReason(signal)), { once: true });
  });
  const timer = ms === Infinity ? undefined : setTimeout(late, ms);
  parent?.addEventListener('abort', onAbort, { once: true });
  if (parent?.aborted) onAbort();
  try {
    return await Promise.race([aborted, act(signal)]);
  } finally {
    clearTimeout(timer);
    parent?.removeEventListener('abort', onAbort);
  }
}

/** The signal's reason as an Error. */
export function abortReason(signal?: AbortSignal): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new DOMException('The operation was aborted.', 'AbortError');
}
