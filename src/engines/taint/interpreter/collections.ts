import type { Expression } from '../ir/ir';
import type { ModelFile } from '../models/schema';
import { changedProperty, isOutside, rootName, settled } from './changes';
import type { Call, Host } from './host';
import { textOf } from './text';
import { clean, HeapObject, join, objectValue, onlyConstant, taintsOf, unknown, type Value } from './value';

type Does = ModelFile['collections'][number]['does'];

/**
 * The effect of a method on a list or map whose items are known individually.
 * @returns undefined if they are not, so that the method's models apply
 */
export function collect(does: Does, call: Call, host: Host, type: string | undefined): Value | undefined {
  const plain = call.args.filter(({ name, isRest }) => name === undefined && isRest !== true).map(({ value }) => value);
  const [first, second, third] = plain;
  const list = (values: readonly Value[]): Value => {
    const object = new HeapObject(true, host.state.trail, true);
    values.forEach((value, index) => object.set(String(index), value));
    return objectValue(object);
  };
  const listOfMany = (value: Value): Value => {
    const object = new HeapObject(true, host.state.trail, true);
    object.rest = value;
    return objectValue(object);
  };
  switch (does) {
    case 'enumerate':
      return first && listOfMany(list([clean, host.itemsOf(first)]));
    case 'zip':
      return plain.length > 0 ? listOfMany(list(plain.map((one) => host.itemsOf(one)))) : undefined;
    case 'new': {
      const object = new HeapObject(true, host.state.trail);
      object.setUp = [call.at];
      return { ...objectValue(object), ...(type !== undefined && { name: type }) };
    }
    default:
  }
  const heap = call.self?.object;
  // What models say about a property also applies to the item with that key.
  const of = !heap && does === 'get' && call.self?.name !== undefined ? onlyConstant(first ?? unknown) : undefined;
  if (typeof of === 'string' && host.models.of(`${call.self?.name}.${of}`))
    return host.property(call.self ?? unknown, of, call.at);
  if (does === 'concat') {
    if (heap?.isList === true && first?.object?.isList === true) {
      const [a, b] = [known(heap), known(first.object)];
      return a && b ? list([...a, ...b]) : listOfMany(join([host.itemsOf(call.self ?? unknown), host.itemsOf(first)]));
    }
    if (call.self?.object ?? first?.object) return undefined;
    const text = textOf([call.self ?? unknown, first ?? unknown]);
    return { ...text, taints: host.extend(text.taints, call.at, 'Becomes part of a string') };
  }
  if (!heap) return undefined;
  if (heap.isList) {
    const items = known(heap);
    if (!items) return undefined;
    const isSure = host.isSure(heap.branch);
    const replace = (values: readonly Value[]) => {
      if (!isSure) {
        // Its earlier value remains possible.
        heap.rest = join([...values, ...(heap.rest ? [heap.rest] : [])]);
        heap.touch();
        return;
      }
      heap.clear();
      values.forEach((value, index) => heap.set(String(index), value));
      heap.touch();
    };
    const index = first && onlyConstant(first);
    switch (does) {
      case 'append':
        if (!first || !isSure) return undefined;
        replace([...items, stored(first, call, host)]);
        return clean;
      case 'insert':
        if (typeof index !== 'number' || !second || !isSure) return undefined;
        replace(items.toSpliced(index, 0, stored(second, call, host)));
        return clean;
      case 'extend': {
        const more = first?.object && known(first.object);
        if (!more || !isSure) return undefined;
        replace([...items, ...more]);
        return clean;
      }
      case 'pop': {
        const at = first === undefined ? items.length - 1 : index;
        if (typeof at !== 'number' || !isSure) return undefined;
        const place = at < 0 ? items.length + at : at;
        const item = items[place] ?? unknown;
        replace(items.toSpliced(place, 1));
        return item;
      }
      case 'remove': {
        const place = typeof index === 'number' ? (index < 0 ? items.length + index : index) : -1;
        if (place < 0 || !isSure) return clean;
        replace(items.toSpliced(place, 1));
        return clean;
      }
      case 'clear':
        if (isSure) replace([]);
        return clean;
      case 'reverse':
        if (isSure) replace(items.toReversed());
        return clean;
      default:
        return undefined;
    }
  }
  const key = first && onlyConstant(first);
  switch (does) {
    case 'get':
    case 'pop': {
      if (typeof key !== 'string' && typeof key !== 'number') return undefined;
      const field = heap.fields.get(String(key));
      if (field) {
        if (does === 'pop' && host.isSure(heap.branch)) {
          heap.delete(String(key));
          heap.touch();
        }
        const item = settled(field, isItemChanged(call, String(key), host));
        return second && !heap.isClosed ? join([item, second]) : item;
      }
      if (!heap.isClosed || heap.rest || call.self.taints.length > 0 || isItemChanged(call, String(key), host))
        return undefined;
      return second ?? { ...clean, constants: [null] };
    }
    case 'remove':
      if ((typeof key === 'string' || typeof key === 'number') && host.isSure(heap.branch)) {
        heap.delete(String(key));
        heap.touch();
      }
      return clean;
    case 'set':
      if ((typeof key !== 'string' && typeof key !== 'number') || !second) return undefined;
      if (!heap.fields.has(String(key))) host.store(call.self, String(key), stored(second, call, host));
      return heap.fields.get(String(key)) ?? second;
    case 'set two':
    case 'get two': {
      const inner = second && onlyConstant(second);
      const path = typeof key === 'string' && typeof inner === 'string' ? `${key}\n${inner}` : undefined;
      if (does === 'get two')
        return (path === undefined ? undefined : heap.fields.get(path)) ?? host.itemsOf(call.self);
      host.store(call.self, path, third ? stored(third, call, host) : unknown);
      return clean;
    }
    case 'items':
      return listOfMany(list([keysOf(heap, call.self), host.itemsOf(call.self)]));
    case 'values':
      return listOfMany(host.itemsOf(call.self));
    case 'update': {
      for (const { name, value } of call.args) if (name !== undefined) host.store(call.self, name, value);
      if (first?.object && !first.object.isList)
        for (const [name, value] of first.object.fields) host.store(call.self, name, stored(value, call, host));
      else if (first) host.store(call.self, undefined, { ...unknown, taints: taintsOf(first) });
      return clean;
    }
    default:
      return undefined;
  }
}

/** The items of a list, if all of them are known. */
function known({ isList, isClosed, rest, fields }: HeapObject): readonly Value[] | undefined {
  return isList && isClosed && !rest && fields.size <= maxItems ? [...fields.values()] : undefined;
}

function keysOf({ isClosed, rest, fields }: HeapObject, { taints }: Value): Value {
  if (!isClosed || rest || taints.length > 0) return { taints, unknown: unknown.unknown };
  return fields.size > 0 && fields.size <= 16 ? { ...clean, constants: [...fields.keys()] } : clean;
}

const maxItems = 64;

function stored(value: Value, call: Call, host: Host): Value {
  const taints = host.extend(value.taints, call.at, 'Added to a collection');
  return taints === value.taints ? value : { ...value, taints };
}

/** Whether another function changes an item that a method of a variable's object reads. */
function isItemChanged(call: Call, key: string, { changes, frames }: Host): boolean {
  const { callee } = call.at as Partial<Expression & { kind: 'call' }>;
  if (changes.size === 0 || callee?.kind !== 'member') return false;
  const root = rootName(callee.object);
  if (root === undefined || !isOutside(call.scope.find(root), frames)) return false;
  return changes.has(changedProperty(root, key)) || changes.has(changedProperty(root, '*'));
}
