import { positional, type Call } from './call';
import { clean, container, keyOf, listItems, listOf, combined, onlyConstant, unknown, type Value } from './value';

/** What a method of a list, dictionary or buffer returns, and how it changes the object. */
export interface Effect {
  readonly result: Value;
  /** The object afterwards; undefined if it does not change. */
  readonly object?: Value;
}

const adds = /^(?:append|appendleft|add|insert|extend|update|write|writelines|push|put|set|setdefault|extendleft)$/;

/** @returns undefined if the call is not such a method */
export function containerCall(call: Call): Effect | undefined {
  const { object, last } = call;
  if (!object) return undefined;
  if (/ConfigParser\(\)$/.test(object.name ?? '')) return configCall(call, object);
  if (/(?:StringIO|BytesIO)\(\)$/.test(object.name ?? '')) return bufferCall(call, object);
  const known = listItems(object);
  if (known) return listCall(call, object, known);
  if (object.kind === 'dict' && object.items) return dictCall(call, object, object.items);
  if (!adds.test(last) || (object.name !== undefined && !object.name.endsWith('()'))) return undefined;
  const { items: _, constants: __, prefix: ___, ...rest } = object;
  const after = combined([object, ...call.args.map((arg) => arg.value)]);
  return { result: unknown, object: { ...rest, ...after } };
}

function listCall(call: Call, object: Value, items: Value[]): Effect | undefined {
  const first = positional(call, 0);
  const index = onlyConstant(first);
  switch (call.last) {
    case 'append':
      return { result: clean, object: listOf([...items, first ?? unknown]) };
    case 'insert': {
      const added = positional(call, 1) ?? unknown;
      if (typeof index !== 'number') return { result: clean, object: combined([object, added]) };
      return { result: clean, object: listOf(items.toSpliced(index, 0, added)) };
    }
    case 'extend': {
      const more = first && listItems(first);
      return { result: clean, object: more ? listOf([...items, ...more]) : combined([object, first ?? unknown]) };
    }
    case 'pop': {
      const at = first === undefined ? items.length - 1 : index;
      if (typeof at !== 'number') return { result: combined(items), object: combined(items) };
      const place = at < 0 ? items.length + at : at;
      return { result: items[place] ?? unknown, object: listOf(items.toSpliced(place, 1)) };
    }
    case 'reverse':
      return { result: clean, object: listOf(items.toReversed()) };
    case 'clear':
      return { result: clean, object: listOf([]) };
    case 'sort':
    case 'remove':
      return { result: clean, object: { ...combined(items), kind: 'list' } };
    case 'copy':
      return { result: object };
    case 'index':
    case 'count':
      return { result: clean };
    default:
      return undefined;
  }
}

function dictCall(call: Call, object: Value, items: ReadonlyMap<string, Value>): Effect | undefined {
  const key = onlyConstant(positional(call, 0));
  const found = key === undefined ? undefined : items.get(keyOf(key));
  switch (call.last) {
    case 'get':
      if (key !== undefined) return { result: found ?? positional(call, 1) ?? clean };
      return { result: combined([...items.values(), positional(call, 1) ?? clean]) };
    case 'pop': {
      const rest = new Map(items);
      if (key !== undefined) rest.delete(keyOf(key));
      return { result: found ?? combined([object, positional(call, 1) ?? clean]), object: container('dict', rest) };
    }
    case 'setdefault': {
      const added = positional(call, 1) ?? clean;
      if (key === undefined) return { result: combined([object, added]), object: combined([object, added]) };
      return { result: found ?? added, object: container('dict', new Map([[keyOf(key), added], ...items])) };
    }
    case 'update': {
      const more = positional(call, 0);
      if (more && !more.items) return { result: clean, object: { ...combined([object, more]), kind: 'dict' } };
      const named = call.args.flatMap((arg) => (arg.keyword === undefined ? [] : [[arg.keyword, arg.value] as const]));
      const all = new Map([
        ...items,
        ...(more?.items ?? []),
        ...named.map(([name, value]) => [keyOf(name), value] as const),
      ]);
      return { result: clean, object: container('dict', all) };
    }
    case 'keys':
      return { result: clean };
    case 'values':
      return { result: listOf([...items.values()]) };
    case 'items':
      return { result: listOf([...items.values()].map((value) => listOf([clean, value]))) };
    case 'copy':
      return { result: object };
    default:
      return undefined;
  }
}

/** A ConfigParser stores values by section and key. */
function configCall(call: Call, object: Value): Effect {
  const place = [onlyConstant(positional(call, 0)), onlyConstant(positional(call, 1))].join('\n');
  const items = object.items ?? new Map<string, Value>();
  if (call.last === 'set') {
    const value = positional(call, 2) ?? unknown;
    return { result: clean, object: container('object', new Map([...items, [place, value]]), object.name) };
  }
  if (call.last === 'get') return { result: items.get(place) ?? unknown };
  if (call.last.startsWith('read')) return { result: clean, object: { ...unknown, name: object.name ?? '' } };
  return { result: clean };
}

function bufferCall(call: Call, object: Value): Effect {
  if (call.last.startsWith('write')) {
    const after = combined([object, ...call.args.map((arg) => arg.value)]);
    return { result: clean, object: { ...after, name: object.name ?? '' } };
  }
  if (/^(?:getvalue|getbuffer|read\w*)$/.test(call.last)) return { result: combined([object]) };
  return { result: clean };
}

/** A list, dictionary or object after one of its parts was set, with `[` or `.` as `open`. */
export function withPart(known: Value, key: unknown, whole: Value, value: Value, open: string): Value {
  const isKey = typeof key === 'string' || typeof key === 'number' || typeof key === 'boolean';
  const kind = known.kind ?? (open === '.' ? 'object' : undefined);
  if (!isKey || !kind || (known.kind && !known.items)) return { ...combined([known, whole]), ...(kind && { kind }) };
  if (known.kind === undefined) return combined([known, whole]);
  return container(kind, new Map([...(known.items ?? []), [keyOf(key), value]]), known.name);
}
