import type { Node } from './tree';
import { waysOf, type TaintedWay } from './way';

/** What a value can do harm in, as bits: a value may be fit for one and not for another. */
export const bits = {
  code: 1,
  command: 2,
  deserialization: 4,
  ldap: 8,
  path: 16,
  redirect: 32,
  sql: 64,
  trust: 128,
  xpath: 256,
  xss: 512,
  xxe: 1024,
  hash: 2048,
  random: 4096,
  cookie: 8192,
  ssrf: 16384,
} as const;
export type Defect = keyof typeof bits;
export const allBits = (1 << 15) - 1;

export type Constant = string | number | boolean | null;

/** A function of the file: its parameters and code, and the names around it. */
export interface Callable {
  readonly node: Node;
  readonly scope: Scope;
  /** Its class, for `super` and the constructor. */
  readonly methods?: ReadonlyMap<string, Callable>;
}

/** What is known of a value. Never altered: a changed list is a new value. */
export interface Value {
  /** For which defects it carries what somebody else sent. */
  readonly tainted: number;
  /** For which defects nothing can be said. */
  readonly unknown: number;
  /** All that it can be, when that is known. */
  readonly constants?: readonly Constant[];
  readonly kind?: 'list' | 'dict' | 'object';
  /** The parts of a list, dictionary or object by {@link keyOf}; undefined when they cannot be told apart. */
  readonly items?: ReadonlyMap<string, Value>;
  /** What it is called where it comes from: `os.path.join`; with `()` what such a call returned. */
  readonly name?: string;
  readonly callable?: Callable;
  /** How a text begins. */
  readonly prefix?: string;
  /** Variables that it was made of. */
  readonly from?: readonly string[];
  /** How what is tainted of it came here; undefined where it begins. */
  readonly ways?: readonly TaintedWay[];
}

export const clean: Value = { tainted: 0, unknown: 0 };
export const unknown: Value = { tainted: 0, unknown: allBits };
export const tainted: Value = { tainted: allBits, unknown: 0 };

const maxConstants = 4;
const maxFrom = 12;

export function constant(value: Constant): Value {
  return { ...clean, constants: [value], ...(typeof value === 'string' && { prefix: value }) };
}

/** The one constant that a value is. */
export function only(value: Value | undefined): Constant | undefined {
  return value?.constants?.length === 1 ? value.constants[0] : undefined;
}

export function keyOf(key: Constant): string {
  return `${typeof key}:${String(key)}`;
}

/** What a value is that was made from all of these: as bad as the worst. */
export function mixed(values: readonly Value[]): Value {
  let bad = 0;
  let open = 0;
  let from: Set<string> | undefined;
  for (const value of values) {
    bad |= value.tainted;
    open |= value.unknown;
    if (!value.from) continue;
    from ??= new Set();
    for (const name of value.from) if (from.size < maxFrom) from.add(name);
  }
  const ways = bad === 0 ? undefined : waysOf(values);
  return { tainted: bad, unknown: open, ...(from && { from: [...from] }), ...(ways && { ways }) };
}

/** A list or dictionary, as bad as its worst part. */
export function container(kind: 'list' | 'dict' | 'object', items: ReadonlyMap<string, Value>, name?: string): Value {
  return { ...mixed([...items.values()]), kind, items, ...(name !== undefined && { name }) };
}

export function listOf(values: readonly Value[]): Value {
  return container('list', new Map(values.map((value, index) => [keyOf(index), value])));
}

/** The parts of a list in their order; undefined when they cannot be told apart. */
export function listItems(value: Value): Value[] | undefined {
  return value.kind === 'list' && value.items ? [...value.items.values()] : undefined;
}

/** What a value is that is one or the other. */
export function joined(a: Value, b: Value): Value {
  if (a === b) return a;
  const sum = mixed([a, b]);
  const constants = a.constants && b.constants ? [...new Set([...a.constants, ...b.constants])] : undefined;
  const kind = a.kind === b.kind ? a.kind : undefined;
  return {
    ...sum,
    ...(constants && constants.length <= maxConstants && { constants }),
    ...(kind && { kind }),
    ...(kind && a.items && b.items && joinedItems(kind, a.items, b.items)),
    ...(a.name !== undefined && a.name === b.name && { name: a.name }),
    ...(a.callable && a.callable === b.callable && { callable: a.callable }),
    ...(a.prefix !== undefined && a.prefix === b.prefix && { prefix: a.prefix }),
  };
}

function joinedItems(kind: string, a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>) {
  if (kind === 'list' && a.size !== b.size) return {};
  const items = new Map(a);
  for (const [key, value] of b) {
    const other = items.get(key);
    items.set(key, other ? joined(other, value) : value);
  }
  return { items };
}

/** A value after a check or an escape that makes it harmless for these defects. */
export function harmless(value: Value, mask: number): Value {
  if (((value.tainted | value.unknown) & mask) === 0) return value;
  const items = value.items && new Map([...value.items].map(([key, item]) => [key, harmless(item, mask)]));
  return { ...value, tainted: value.tainted & ~mask, unknown: value.unknown & ~mask, ...(items && { items }) };
}

/** The names of one function, and those around it. */
export class Scope {
  constructor(
    readonly parent?: Scope,
    readonly names = new Map<string, Value>(),
  ) {}

  get(name: string): Value | undefined {
    return this.names.get(name) ?? this.parent?.get(name);
  }

  set(name: string, value: Value): void {
    this.names.set(name, value);
  }

  copy(): Scope {
    return new Scope(this.parent, new Map(this.names));
  }

  /** Takes over what holds after one of these ways was gone. */
  become(ways: readonly Scope[]): void {
    const [first, ...rest] = ways;
    if (!first) return;
    const names = new Map(first.names);
    for (const way of rest) {
      for (const [name, value] of way.names) {
        const other = names.get(name);
        names.set(name, other ? joined(other, value) : value);
      }
    }
    this.names.clear();
    for (const [name, value] of names) this.names.set(name, value);
  }
}
