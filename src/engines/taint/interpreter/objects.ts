import type { Range } from '../ir/ir';
import { allBits } from '../models/defects';
import type { Host } from './host';
import { sourceValue } from './sinks';
import type { Trail } from './state';
import {
  clean,
  cleaned,
  constant,
  HeapObject,
  isSame,
  join,
  joinTaints,
  onlyConstant,
  undefinedValue,
  unknown,
  type Value,
} from './value';

/** Reads and writes properties and items of values. */
export class Objects {
  constructor(private readonly host: Host) {}

  /** A property of a value. */
  property(object: Value, key: string, at: Range): Value {
    const text = onlyConstant(object);
    if (typeof text === 'string' && /^\d+$/.test(key)) {
      const character = text[Number(key)];
      return character === undefined ? undefinedValue : constant(character);
    }
    const found: Value[] = [];
    let isMissing = false;
    if (object.object) {
      const field = this.#field(object.object, key, object);
      if (field) found.push(field);
      else if (object.object.isClosed) isMissing = true;
    }
    for (const { statics } of object.closures ?? []) {
      const field = this.#field(statics, key, object);
      if (field) found.push(field);
    }
    if (object.name !== undefined && found.length === 0) {
      const name = this.host.models.canonical(
        this.host.language.globalObjects.has(object.name) ? key : `${object.name}.${key}`,
      );
      // A name in capitals in a library is one of its constants.
      const isConstant = /^[A-Z][A-Z\d]*(?:_[A-Z\d]+)*$/.test(key) && key.length > 2 && !/env/i.test(object.name);
      const value: Value = {
        taints: object.taints,
        unknown: isConstant ? 0 : allBits,
        name,
        ...(object.isGuess && { isGuess: true }),
        ...(object.proven !== undefined && { proven: object.proven }),
      };
      return this.read(name, value, at);
    }
    if (found.length > 0) {
      const value = join(found);
      // A field that can only contain a number does so wherever its object comes from.
      if (this.host.language.hasCheckedTypes && isNumber(value)) return value;
      return object.taints.length > 0 ? { ...value, taints: joinTaints([value.taints, object.taints]) } : value;
    }
    if (key === 'length' || key === 'size') return clean;
    if (!isMissing && object.taints.length === 0 && object.unknown !== 0 && !object.object) {
      const [source] = this.host.models.ofAny(key)?.sources ?? [];
      if (source)
        return {
          ...sourceValue(this.host.file, source, at, { ...object, isGuess: true }),
          ...(source.isWhole && { isWhole: true }),
        };
    }
    if (isMissing && object.taints.length === 0)
      return object.object?.isList === true && !/^\d+$/.test(key) ? unknown : undefinedValue;
    return {
      taints: object.taints,
      unknown: object.unknown | (isMissing ? 0 : object.object || object.closures ? allBits : 0),
    };
  }

  /** A value reached from a library under this name, according to its models for reading it. */
  read(name: string, value: Value, at: Range): Value {
    const model = this.host.models.of(name);
    for (const source of model?.sources ?? []) {
      if (source.callback) continue;
      const read = cleaned(sourceValue(this.host.file, source, at, value), value.proven ?? 0);
      return { ...value, ...read, name, ...(source.isWhole && { isWhole: true }) };
    }
    return value;
  }

  /** The items that a loop takes out of a value that was reached from a library under this name. */
  readItems(name: string, value: Value, at: Range): Value {
    const items = `${name}[]`;
    return this.host.models.of(items)?.sources.length ? this.read(items, value, at) : value;
  }

  #field(object: HeapObject, key: string, self: Value): Value | undefined {
    for (let at: HeapObject | undefined = object, depth = 0; at && depth < 12; at = at.proto, depth++) {
      const value = at.fields.get(key);
      if (value) return value;
      const getter = at.getters?.get(key);
      if (getter) return this.host.enter(getter, self, [], undefined);
      if (at.rest && (!at.isList || /^\d+$/.test(key))) return at.rest;
    }
    return undefined;
  }

  /** Any item of a list or map. */
  itemsOf(value: Value): Value {
    const { object } = value;
    if (!object) {
      const { isWhole: _, ...item } = value;
      return { ...item, ...(value.name !== undefined && { name: this.host.models.canonical(`${value.name}.*`) }) };
    }
    const items = [...object.fields.values(), ...(object.rest ? [object.rest] : [])];
    const joined = items.length > 0 ? join(items) : clean;
    const unknownBits = object.isClosed ? 0 : allBits;
    return { ...joined, taints: joinTaints([joined.taints, value.taints]), unknown: joined.unknown | unknownBits };
  }

  keysOf({ object, taints, unknown: bits }: Value): Value {
    if (object?.isClosed && !object.rest && taints.length === 0)
      return object.fields.size > 0 && object.fields.size < 16
        ? { ...clean, constants: [...object.fields.keys()] }
        : clean;
    return { taints, unknown: object ? allBits : bits };
  }

  without(value: Value, taken: ReadonlySet<string>): Value {
    if (!value.object) return value;
    const rest = new HeapObject(value.object.isClosed, this.host.state.trail);
    for (const [key, field] of value.object.fields) if (!taken.has(key)) rest.set(key, field);
    if (value.object.rest) rest.rest = value.object.rest;
    return { ...value, object: rest };
  }

  setField(object: HeapObject, key: string, value: Value): void {
    const before = object.fields.get(key);
    const old = before === undefined || object.branch === undefined || this.isSure(object.branch) ? undefined : before;
    const now = old ? join([old, value]) : value;
    if (before && isSame(before, now)) return;
    object.touch();
    object.set(key, now);
  }

  /**
   * Whether the current code runs on all continuing paths from a branch: within it, or in a function called there that has not returned on
   * another path.
   */
  isSure(branch: unknown): boolean {
    let at: Trail | undefined = this.host.state.trail;
    for (let depth = this.host.frames.length - 1; at !== branch; depth--) {
      const frame = this.host.frames[depth];
      if (!frame || frame.trail !== at || frame.exits.length > 0) return false;
      at = at.parent;
    }
    return true;
  }

  /** Stores a value in an object, under an unknown key if `key` is undefined. */
  store(object: Value, key: string | undefined, value: Value): void {
    const heap = object.object;
    const targets = [...(heap ? [heap] : []), ...(object.closures ?? []).map(({ statics }) => statics)];
    for (const target of targets) {
      if (key !== undefined) this.setField(target, key, value);
      else {
        const now = target.rest ? join([target.rest, value]) : value;
        if (target.rest && isSame(target.rest, now)) continue;
        target.touch();
        target.rest = now;
      }
    }
  }
}

/** Whether a value cannot be a text, such as a field declared as a number. */
function isNumber({ taints, unknown: bits, constants, object, closures, regex, name }: Value): boolean {
  return taints.length === 0 && bits === 0 && !constants && !object && !closures && !regex && name === undefined;
}
