/** Runs `act` on every item, `width` at a time. After a failure no other item starts, and it rejects once the running ones have ended. */
export async function inParallel<T>(list: readonly T[], width: number, act: (item: T) => Promise<void>): Promise<void> {
  const open = [...list].reverse();
  const worker = async () => {
    for (let item = open.pop(); item !== undefined; item = open.pop()) {
      await act(item).catch((error: unknown) => {
        open.length = 0;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: width }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
