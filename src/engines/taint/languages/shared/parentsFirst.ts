/** Sorts classes so that each comes after its parents, unless they extend each other in a circle. */
export function parentsFirst<T>(classes: Iterable<T>, parentsOf: (one: T) => readonly (T | undefined)[]): T[] {
  const seen = new Set<T>();
  const ordered: T[] = [];
  const add = (one: T): void => {
    if (seen.has(one)) return;
    seen.add(one);
    for (const parent of parentsOf(one)) if (parent !== undefined) add(parent);
    ordered.push(one);
  };
  for (const one of classes) add(one);
  return ordered;
}
