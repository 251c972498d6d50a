import type { Expression, Module, Pattern, Statement } from '../ir/ir';
import { allBits } from '../models/defects';
import type { Frame } from './frames';
import type { Slot, Value } from './value';

/** What functions of a file assign though they do not declare it: variables by their names, properties by {@link changedProperty}. */
export type Changes = ReadonlySet<string>;

/** Of a property, the variable that it is reached from and its own name; `*` stands for any. */
export function changedProperty(root: string, key: string): string {
  return `${root} ${key}`;
}

/** The name of the variable that a property is reached from. */
export function rootName(one: Expression | Pattern): string | undefined {
  let at: Expression | Pattern = one;
  while (at.kind === 'member' || at.kind === 'index' || (at.kind === 'call' && at.isRead === true))
    at = at.kind === 'call' ? at.callee : at.object;
  return at.kind === 'name' ? at.name : undefined;
}

/** Finds what functions of a file change outside of them. */
export function changesOf({ body }: Module): Changes {
  const changes = new Set<string>();
  /** Of the function that is looked at, the variables that it declares, and what it assigns by its variable. */
  let declared: Set<string> | undefined;
  let assigned: [root: string, what: string][] = [];
  const declare = (pattern: Pattern) => {
    for (const one of partsOf(pattern)) if (one.kind === 'name') declared?.add(one.name);
  };
  const assign = (pattern: Pattern) => {
    for (const one of partsOf(pattern)) {
      const root = rootName(one);
      if (root === undefined) continue;
      if (one.kind === 'name') assigned.push([root, root]);
      else if (one.kind === 'member') assigned.push([root, changedProperty(root, one.property)]);
      else if (one.kind === 'index')
        assigned.push([root, changedProperty(root, one.index.kind === 'literal' ? String(one.index.value) : '*')]);
    }
  };
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const one of node) visit(one);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    const one = node as Expression | Statement;
    if (one.kind === 'function') {
      const outer = { declared, assigned };
      [declared, assigned] = [new Set(), []];
      for (const { pattern } of one.params) declare(pattern);
      visit(one.params);
      visit(one.body);
      for (const [root, what] of assigned) if (!declared.has(root)) changes.add(what);
      ({ declared, assigned } = outer);
      return;
    }
    if (one.kind === 'declare' || one.kind === 'forEach') declare(one.target);
    else if (one.kind === 'try') for (const { target } of one.handlers) if (target) declare(target);
    if (one.kind === 'assign' && declared) assign(one.target);
    if (one.kind === 'call' && declared && one.callee.kind === 'member' && changing.test(one.callee.property)) {
      const root = rootName(one.callee.object);
      if (root !== undefined) assigned.push([root, changedProperty(root, '*')]);
    }
    for (const part of Object.values(one)) if (typeof part === 'object') visit(part);
  };
  visit(body);
  return changes;
}

/** Methods that change what an item of their object is. */
const changing = /^(?:set|put|store|update|merge!|replace|setdefault|add|clear|delete|remove)$/i;

/** What a variable or property is, from outside of the function that is followed: not what it was before another function changed it. */
export function settled(value: Value, isChanged: boolean): Value {
  if (!isChanged || !value.constants) return value;
  const { constants: _, facts: __, ...rest } = value;
  return { ...rest, unknown: allBits };
}

/** Whether a variable is of a scope around the function that is followed. */
export function isOutside(slot: Slot | undefined, frames: readonly Frame[]): boolean {
  const frame = frames.at(-1);
  return frame !== undefined && slot !== undefined && slot.id < frame.slots;
}

function partsOf(pattern: Pattern): Pattern[] {
  switch (pattern.kind) {
    case 'objectPattern':
      return [...pattern.fields.map(({ target }) => target), ...(pattern.rest ? [pattern.rest] : [])].flatMap(partsOf);
    case 'listPattern':
      return [...pattern.items.flatMap((item) => item?.target ?? []), ...(pattern.rest ? [pattern.rest] : [])].flatMap(
        partsOf,
      );
    default:
      return [pattern];
  }
}
