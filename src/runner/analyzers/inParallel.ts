/** Files that are read at a time. */
const parallel = 8;

/** Acts on every item of a list, several at a time; rejects with the first error. */
export async function inParallel<T>(list: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let item = list[next++]; item !== undefined; item = list[next++]) await act(item);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}
