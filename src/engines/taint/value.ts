import type { Node } from './tree';
import { mergedFlows, type TaintedFlow } from './flowSteps';

/** The defects that a value can cause, as bits: it may be harmless for one and not for another. */
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

/** A function of the file: its definition, and the scope around it. */
export interface Callable {
  readonly node: Node;
  readonly scope: Scope;
  /** The methods of its class, for `super` and the constructor. */
  readonly methods?: ReadonlyMap<string, Callable>;
}

/** What is known about a value. Immutable: a changed list is a new value. */
export interface Value {
  /** The defects for which it is tainted. */
  readonly tainted: number;
  /** The defects for which it is unknown whether it is harmless. */
  readonly unknown: number;
  /** All values that it can have, if known. */
  readonly constants?: readonly Constant[];
  readonly kind?: 'list' | 'dict' | 'object';
  /** The items of a list, dictionary or object by {@link keyOf}; undefined if they are not tracked separately. */
  readonly items?: ReadonlyMap<string, Value>;
  /** The qualified name of its origin: `os.path.join`, or with `()` the result of such a call. */
  readonly name?: string;
  readonly callable?: Callable;
  /** The known prefix of a string. */
  readonly prefix?: string;
  /** The variables from which it was built. */
  readonly from?: readonly string[];
  /** The flows of its tainted parts; undefined at their source. */
  readonly flows?: readonly TaintedFlow[];
}

export const clean: Value = { tainted: 0, unknown: 0 };
export const unknown: Value = { tainted: 0, unknown: allBits };
export const tainted: Value = { tainted: allBits, unknown: 0 };

const maxConstants = 4;
const maxFrom = 12;

export function constant(value: Constant): Value {
  return { ...clean, constants: [value], ...(typeof value === 'string' && { prefix: value }) };
}

/** The only constant that a value can be. */
export function onlyConstant(value: Value | undefined): Constant | undefined {
  return value?.constants?.length === 1 ? value.constants[0] : undefined;
}

export function keyOf(key: Constant): string {
  return `${typeof key}:${String(key)}`;
}

/** The value built from all of these: as bad as the worst. */
export function combined(values: readonly Value[]): Value {
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
  const flows = bad === 0 ? undefined : mergedFlows(values);
  return { tainted: bad, unknown: open, ...(from && { from: [...from] }), ...(flows && { flows }) };
}

/** A list or dictionary, as bad as its worst item. */
export function container(kind: 'list' | 'dict' | 'object', items: ReadonlyMap<string, Value>, name?: string): Value {
  return { ...combined([...items.values()]), kind, items, ...(name !== undefined && { name }) };
}

export function listOf(values: readonly Value[]): Value {
  return container('list', new Map(values.map((value, index) => [keyOf(index), value])));
}

/** The items of a list in order; undefined if they are not tracked separately. */
export function listItems(value: Value): Value[] | undefined {
  return value.kind === 'list' && value.items ? [...value.items.values()] : undefined;
}

/** A value that is either of the two. */
export function eitherOf(a: Value, b: Value): Value {
  if (a === b) return a;
  const sum = combined([a, b]);
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
    items.set(key, other ? eitherOf(other, value) : value);
  }
  return { items };
}

/** A value after a guard or a sanitizer that makes it harmless for these defects. */
export function harmless(value: Value, mask: number): Value {
  if (((value.tainted | value.unknown) & mask) === 0) return value;
  const items = value.items && new Map([...value.items].map(([key, item]) => [key, harmless(item, mask)]));
  return { ...value, tainted: value.tainted & ~mask, unknown: value.unknown & ~mask, ...(items && { items }) };
}

/** The variables of a function, and the scope around it. */
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

  /** Replaces the variables with the union of these branches. */
  merge(branches: readonly Scope[]): void {
    const [first, ...rest] = branches;
    if (!first) return;
    const names = new Map(first.names);
    for (const branch of rest) {
      for (const [name, value] of branch.names) {
        const other = names.get(name);
        names.set(name, other ? eitherOf(other, value) : value);
      }
    }
    this.names.clear();
    for (const [name, value] of names) this.names.set(name, value);
  }
}
