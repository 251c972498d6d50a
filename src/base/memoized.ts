/** A function of a text that keeps its latest results: texts such as those of rules come again and again. @param max how many to keep */
export function memoized<T extends string | object>(resultOf: (text: string) => T, max: number): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = resultOf(text);
    if (known.size >= max) known.clear();
    known.set(text, result);
    return result;
  };
}
