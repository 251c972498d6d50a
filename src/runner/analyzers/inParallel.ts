/** Files that are read at a time. */
const parallel = 8;

/** Acts on every item of a list, several at a time; rejects when an act has, after all under way have ended. */
export async function inParallel<T>(list: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let item = list[next++]; item !== undefined; item = list[next++]) await act(item);
  };
  const ends = await Promise.allSettled(Array.from({ length: parallel }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
