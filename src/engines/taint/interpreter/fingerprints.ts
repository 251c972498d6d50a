import type { HeapObject, Taint, Value } from './value';

// Fingerprints that are equal for values about which the same is known.

/** How to distinguish objects: by identity and changes, or by content. */
export interface Precision {
  /** Whether nested objects count as well. */
  readonly isExact: boolean;
  /** The depth to which a collection is compared by content rather than identity. */
  readonly depth: number;
}

/** The maximum size of a collection that is compared by content. */
const maxContents = 16;
/** The maximum number of objects to examine when looking for changes in one. */
const maxObjects = 256;

/** @param value of which everything that is known counts */
export function fingerprintOf(value: Value): string {
  return digestOf(value, { isExact: true, depth: 0 });
}

export function digestOf(value: Value, precision: Precision): string {
  const { taints, unknown: bits, constants, name, object, closures, regex, isWhole, isResolved, proven } = value;
  const functions = closures?.map(
    ({ code, file, scope, statics }) =>
      `${file}:${code.from}:${scope.id}${precision.isExact ? versionsOf(statics) : ''}`,
  );
  return [
    digestOfTaints(taints),
    bits,
    constants ? JSON.stringify(constants) : '',
    name ?? '',
    object ? digestOfObject(object, precision) : '',
    functions?.join('+') ?? '',
    regex ? `${regex.source}/${regex.flags}` : '',
    isWhole === true ? 'w' : '',
    isResolved === true ? 'r' : '',
    proven ?? '',
    value.prefix ?? '',
    value.suffix ?? '',
  ].join('|');
}

export function digestOfTaints(taints: readonly Taint[]): string {
  let text = '';
  for (const { origin, open, confidence, source } of taints)
    text += `+${origin}${open}${confidence}@${source.file}:${source.from}`;
  return text;
}

function digestOfObject(object: HeapObject, { isExact, depth }: Precision): string {
  if (depth > 0 && isSmall(object)) return contentsOf(object, { isExact, depth: depth - 1 });
  return isExact ? versionsOf(object) : `#${object.id}.${object.version}`;
}

/** Whether it is a small list or map that is completely known. */
function isSmall({ isClosed, proto, getters, fields }: HeapObject): boolean {
  return isClosed && !proto && !getters && fields.size <= maxContents;
}

function contentsOf({ fields, rest }: HeapObject, precision: Precision): string {
  const items = [...fields].map(([key, value]) => `${key}:${digestOf(value, precision)}`);
  return `{${items.join()};${rest ? digestOf(rest, precision) : ''}}`;
}

let unlike = 0;

/** The objects inside one, and how often each was changed; never equal if there are too many. */
function versionsOf(start: HeapObject): string {
  const found = new Set([start]);
  const add = (object: HeapObject | undefined) => object && found.add(object);
  const addValue = ({ object, closures = [] }: Value) => {
    add(object);
    for (const { statics, self } of closures) {
      add(statics);
      add(self?.object);
    }
  };
  let text = '';
  for (const object of found) {
    text += `#${object.id}.${object.version}`;
    if (found.size > maxObjects) return `${text}!${unlike++}`;
    add(object.proto);
    for (const field of object.fields.values()) addValue(field);
    if (object.rest) addValue(object.rest);
  }
  return text;
}
