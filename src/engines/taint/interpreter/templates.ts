import type { Constant } from '../ir/ir';
import type { Models } from '../models/models';
import type { CallArgument, Host } from './host';
import type { Summary } from './summaries';
import { HeapObject, type Closure, type Value } from './value';

/** What a call came to and what it left in its receiver and its arguments, to be left by the same call of another entry point. */
export interface Template {
  readonly summary: Summary;
  /** Of the receiver, which comes first, and of each argument: what the call changed in it. */
  readonly changes: readonly (Change | undefined)[];
  /** Stand for the objects of the receiver and the arguments. */
  readonly places: readonly HeapObject[];
  /** The objects that the call made. */
  readonly made: ReadonlySet<HeapObject>;
}

interface Change {
  readonly fields: readonly (readonly [string, Value])[];
  readonly rest: Value | undefined;
  readonly isClosed: boolean;
}

/** What was in an object before a call. */
interface Before {
  readonly object: HeapObject;
  readonly version: number;
  readonly fields: ReadonlyMap<string, Value>;
  readonly rest: Value | undefined;
}

/** The most objects that are copied for a call, or looked at to tell it from others. */
const maxObjects = 48;

/** The objects that a call gets: of the receiver, and of each argument. */
function objectsOf(self: Value | undefined, args: readonly CallArgument[]): readonly (HeapObject | undefined)[] {
  return [self?.object, ...args.map(({ value }) => value.object)];
}

/** Remembers a call that begins. */
export class Recording {
  readonly #objects = HeapObject.count;
  readonly #before: readonly (Before | undefined)[];

  constructor(self: Value | undefined, args: readonly CallArgument[]) {
    this.#before = objectsOf(self, args).map(
      (object) => object && { object, version: object.version, fields: new Map(object.fields), rest: object.rest },
    );
  }

  /** @returns undefined if it made too much */
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

/** Leaves what the call that a template was made of left. */
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

/** Copies values with some of the objects in them. */
class Copier {
  /** @param copies of objects that have one; those that are made are added */
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
 * What a call gets, as far as it decides what happens in it, whichever entry point it belongs to: objects that were made for this one are told by what is in them,
 * texts and numbers by their kind only.
 * @param objects how many objects there were before the entry point
 * @returns undefined if there is data from outside in it, or too much to tell
 */
export function shapeOf(
  closure: Closure,
  self: Value | undefined,
  args: readonly CallArgument[],
  models: Models,
  objects: number,
): string | undefined {
  const seen = new Map<HeapObject, number>();
  /** Objects that may still be looked at; negative where it cannot be told. */
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
