import type { Constant } from '../ir/ir';
import type { Models } from '../models/models';
import type { CallArgument, Host } from './host';
import type { Summary } from './summaries';
import { HeapObject, type Closure, type Value } from './value';

/** The result of a call and its effects on its receiver and arguments, to be replayed for the same call of another entry point. */
export interface Template {
  readonly summary: Summary;
  /** For the receiver, which comes first, and each argument: the changes that the call made. */
  readonly changes: readonly (Change | undefined)[];
  /** Placeholders for the objects of the receiver and the arguments. */
  readonly places: readonly HeapObject[];
  /** The objects that the call created. */
  readonly made: ReadonlySet<HeapObject>;
}

interface Change {
  readonly fields: readonly (readonly [string, Value])[];
  readonly rest: Value | undefined;
  readonly isClosed: boolean;
}

/** The content of an object before a call. */
interface Before {
  readonly object: HeapObject;
  readonly version: number;
  readonly fields: ReadonlyMap<string, Value>;
  readonly rest: Value | undefined;
}

/** The maximum number of objects to copy for a call, or to examine when comparing calls. */
const maxObjects = 48;

/** The objects that a call receives: its receiver's, and those of each argument. */
function objectsOf(self: Value | undefined, args: readonly CallArgument[]): readonly (HeapObject | undefined)[] {
  return [self?.object, ...args.map(({ value }) => value.object)];
}

/** Records the start of a call. */
export class Recording {
  readonly #objects = HeapObject.count;
  readonly #before: readonly (Before | undefined)[];

  constructor(self: Value | undefined, args: readonly CallArgument[]) {
    this.#before = objectsOf(self, args).map(
      (object) => object && { object, version: object.version, fields: new Map(object.fields), rest: object.rest },
    );
  }

  /** @returns undefined if it created too many objects */
  end(summary: Summary): Template | undefined {
    const copies = new Map<HeapObject, HeapObject>();
    const places: HeapObject[] = [];
    for (const before of this.#before) {
      const place = new HeapObject(false, undefined);
      places.push(place);
      if (before && !copies.has(before.object)) copies.set(before.object, place);
    }
    const given = new Set(places);
    const copier = new Copier(copies, (object) => object.id >= this.#objects, undefined);
    const value = copier.value(summary.value);
    const changes = this.#before.map((before): Change | undefined => {
      if (!before || before.object.version === before.version) return undefined;
      const { fields, rest, isClosed } = before.object;
      return {
        fields: [...fields].flatMap(([key, field]) =>
          before.fields.get(key) === field ? [] : [[key, copier.value(field)] as const],
        ),
        rest: rest && rest !== before.rest ? copier.value(rest) : undefined,
        isClosed,
      };
    });
    if (copies.size > maxObjects) return undefined;
    const made = new Set([...copies.values()].filter((object) => !given.has(object)));
    return { summary: { ...summary, value }, changes, places, made };
  }
}

/** Replays the effects of the call that a template was made from. */
export function replay(
  host: Host,
  template: Template,
  self: Value | undefined,
  args: readonly CallArgument[],
): Summary {
  const copies = new Map<HeapObject, HeapObject>();
  const objects = objectsOf(self, args);
  for (const [index, place] of template.places.entries()) {
    const object = objects[index];
    if (object) copies.set(place, object);
  }
  const copier = new Copier(copies, (object) => template.made.has(object), host.state.trail);
  for (const [index, change] of template.changes.entries()) {
    const object = objects[index];
    if (!object || !change) continue;
    for (const [key, field] of change.fields) host.setField(object, key, copier.value(field));
    if (change.rest) host.store({ taints: [], unknown: 0, object }, undefined, copier.value(change.rest));
    if (!change.isClosed) object.isClosed = false;
  }
  return { ...template.summary, value: copier.value(template.summary.value) };
}

/** Copies values, including some of their objects. */
class Copier {
  /** @param copies existing copies of objects; new ones are added */
  constructor(
    private readonly copies: Map<HeapObject, HeapObject>,
    private readonly isCopied: (object: HeapObject) => boolean,
    private readonly branch: unknown,
  ) {}

  value(value: Value): Value {
    if (!value.object) return value;
    const object = this.#object(value.object);
    return object === value.object ? value : { ...value, object };
  }

  #object(object: HeapObject): HeapObject {
    const known = this.copies.get(object);
    if (known) return known;
    if (!this.isCopied(object) || this.copies.size > maxObjects) return object;
    const copy = new HeapObject(object.isClosed, this.branch, object.isList);
    this.copies.set(object, copy);
    copy.proto = object.proto && this.#object(object.proto);
    copy.getters = object.getters;
    copy.setUp = object.setUp;
    for (const [key, field] of object.fields) copy.set(key, this.value(field));
    if (object.rest) copy.rest = this.value(object.rest);
    return copy;
  }
}

/**
 * The inputs of a call, as far as they affect what happens in it, regardless of the entry point: objects created for this one are
 * identified by their content, texts and numbers only by kind.
 * @param objects how many objects existed before the entry point
 * @returns undefined if they contain untrusted data, or too much to compare
 */
export function shapeOf(
  closure: Closure,
  self: Value | undefined,
  args: readonly CallArgument[],
  models: Models,
  objects: number,
): string | undefined {
  const seen = new Map<HeapObject, number>();
  /** Objects that may still be examined; negative if it cannot be determined. */
  let left = maxObjects;
  const functions = (closures: readonly Closure[]) =>
    closures
      .map(({ code, file, scope }) => `;${file}:${code.from}:${scope.ofFunction.parent ? scope.id : ''}`)
      .join('');
  const shape = (value: Value): string => {
    const { taints, constants, name, closures, object } = value;
    if (taints.length > 0) left = -1;
    let text = `${value.unknown}`;
    if (constants) text += constants.every(isPlain) ? String(constants) : 'c';
    if (name !== undefined && models.isKnown(name)) text += `:${name}`;
    if (closures) text += functions(closures);
    if (object) text += shapeOfObject(object);
    return text;
  };
  const shapeOfObject = (object: HeapObject): string => {
    const known = seen.get(object);
    if (known !== undefined) return `#${known}`;
    seen.set(object, seen.size);
    left--;
    if (left < 0) return '';
    let text = object.id < objects ? `#${object.id}.${object.version}` : `{${object.isList}${object.isClosed}`;
    if (object.id >= objects && object.proto) text += shapeOfObject(object.proto);
    const parts: string[] = [];
    for (const [key, field] of object.fields) parts.push(`${key}:${shape(field)}`);
    if (object.rest) parts.push(`*:${shape(object.rest)}`);
    if (object.id >= objects) text += parts.join(',');
    return text;
  };
  let text = `${functions([closure])}(${self ? shape(self) : ''}`;
  for (const { value, name, isRest } of args) {
    text += `,${name ?? ''}${isRest === true ? '*' : ''}${shape(value)}`;
    if (left < 0) return undefined;
  }
  return left < 0 ? undefined : text;
}

function isPlain(one: Constant): boolean {
  return typeof one === 'boolean' || one === null || one === undefined;
}
