import type { Expression } from '../ir/ir';
import { isOutside } from './changes';
import { noteRead } from './frames';
import type { Host } from './host';
import { Slot, type Scope, type Value } from './value';

/** Methods whose result has the receiver's text, or refers to the same file. */
const sameText =
  /^(?:toString|trim|strip|to_s|toLowerCase|toUpperCase|valueOf|getCanonicalPath|getCanonicalFile|getAbsolutePath|toAbsolutePath|getPath|normalize|toRealPath|toPath|toFile)$/;

/** Where facts about an expression are stored. */
export function placeOf(one: Expression, scope: Scope, creates = true): Slot | undefined {
  switch (one.kind) {
    case 'name':
      return scope.find(one.name);
    case 'await':
    case 'typed':
      return placeOf(one.value, scope, creates);
    case 'assign':
      return one.target.kind === 'name' ? scope.find(one.target.name) : undefined;
    case 'call':
      // Facts about a value's text also apply to the value.
      if (one.callee.kind === 'member' && one.args.length === 0 && sameText.test(one.callee.property))
        return placeOf(one.callee.object, scope, creates);
      if (one.callee.kind === 'name' && one.callee.name === 'String' && one.args[0])
        return placeOf(one.args[0].value, scope, creates);
      return one.isRead === true && one.callee.kind === 'member' ? placeOf(one.callee, scope, creates) : undefined;
    case 'text':
      return one.parts.length === 1 && one.parts[0] ? placeOf(one.parts[0], scope, creates) : undefined;
    case 'member':
    case 'index': {
      const path: string[] = [];
      let at: Expression = one;
      for (;;) {
        if (at.kind === 'call' && at.isRead === true) {
          at = at.callee;
          continue;
        }
        if (at.kind === 'member') path.unshift(at.property);
        else if (at.kind === 'index' && at.index.kind === 'literal') path.unshift(String(at.index.value));
        else if (at.kind === 'index' && at.index.kind === 'name') path.unshift(`[${at.index.name}]`);
        else break;
        at = at.object;
      }
      if (at.kind !== 'name') return undefined;
      const root = scope.find(at.name);
      if (!root) return undefined;
      const key = path.join('.');
      const known = root.paths?.get(key);
      if (known || !creates) return known;
      const slot = new Slot(undefined);
      (root.paths ??= new Map<string, Slot>()).set(key, slot);
      return slot;
    }
    default:
      return undefined;
  }
}

/** The variable that a property is reached from. */
export function rootOf(one: Expression & { kind: 'member' | 'index' }, scope: Scope): Slot | undefined {
  let root: Expression = one;
  while (root.kind === 'member' || root.kind === 'index' || (root.kind === 'call' && root.isRead === true))
    root = root.kind === 'call' ? root.callee : root.object;
  return root.kind === 'name' ? scope.find(root.name) : undefined;
}

/** What is known about a property beyond its object. */
export function knownOf(one: Expression & { kind: 'member' | 'index' }, scope: Scope, host: Host): Value | undefined {
  const root = rootOf(one, scope);
  if (!root?.paths) return undefined;
  const slot = placeOf(one, scope, false);
  if (!slot?.value) return undefined;
  noteRead(host.frames, slot);
  if (isOutside(root, host.frames)) host.dependences++;
  return slot.value;
}
