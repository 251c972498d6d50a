import type { Expression, Module, Pattern, Statement } from '../ir/ir';
import { allBits } from '../models/defects';
import type { Frame } from './frames';
import type { Slot, Value } from './value';

/** What functions of a file assign without declaring it: variables by name, properties by {@link changedProperty}. */
export type Changes = ReadonlySet<string>;

/** For a property, the variable that it is reached from and its own name; `*` stands for any. */
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

/** Finds the outer state that a file's functions change. */
export function changesOf({ body }: Module): Changes {
  const changes = new Set<string>();
  /** The variables that the current function declares, and its assignments by variable. */
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

/** Methods that change the items of their object. */
const changing = /^(?:set|put|store|update|merge!|replace|setdefault|add|clear|delete|remove)$/i;

/** The value of a variable or property of an enclosing scope: its earlier value no longer counts if another function changes it. */
export function settled(value: Value, isChanged: boolean): Value {
  if (!isChanged || !value.constants) return value;
  const { constants: _, facts: __, ...rest } = value;
  return { ...rest, unknown: allBits };
}

/** Whether a variable belongs to a scope around the current function. */
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
