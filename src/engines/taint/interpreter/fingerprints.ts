import type { HeapObject, Taint, Value } from './value';

// Texts that are the same for values of which the same is known.

/** What tells objects apart: which they are and what was changed in them, or what is in them. */
export interface Precision {
  /** Whether objects in objects count, too. */
  readonly isExact: boolean;
  /** How deep a collection is told by what is in it, whichever it is. */
  readonly depth: number;
}

/** The most items of a collection that is told by what is in it. */
const maxContents = 16;
/** The most objects that are looked at to tell whether anything in one was changed. */
const maxObjects = 256;

/** @param value of which all counts that is known of it */
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

/** Whether it is a small list or map, all of which is known. */
function isSmall({ isClosed, proto, getters, fields }: HeapObject): boolean {
  return isClosed && !proto && !getters && fields.size <= maxContents;
}

function contentsOf({ fields, rest }: HeapObject, precision: Precision): string {
  const items = [...fields].map(([key, value]) => `${key}:${digestOf(value, precision)}`);
  return `{${items.join()};${rest ? digestOf(rest, precision) : ''}}`;
}

let unlike = 0;

/** Which objects there are in one, and how often each was changed; never the same where there are too many. */
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
