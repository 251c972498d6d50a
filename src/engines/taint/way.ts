import type { Node } from './tree';

/** A step on which what somebody else sent has come to where it is, after those before it. */
export interface Way {
  /** UTF-16 offsets. */
  readonly from: number;
  readonly to: number;
  readonly role: 'source' | 'propagator';
  readonly message: string;
  readonly before?: Way;
  /** Steps up to here. */
  readonly length: number;
}

/** A way, and the defects for which what came on it can do harm, as bits. */
export interface TaintedWay {
  readonly mask: number;
  readonly way: Way;
}

/** What a way is told of; see `Value`. */
interface Tainted {
  readonly tainted: number;
  readonly ways?: readonly TaintedWay[];
}

/** Longer ways are not followed step by step: a person reads no more of them. */
const maxLength = 30;

/** A value that comes from outside at this node. */
export function begun<T extends Tainted>(value: T, { from, to }: Node, message: string): T {
  if (value.tainted === 0) return value;
  return { ...value, ways: [{ mask: value.tainted, way: { from, to, role: 'source', message, length: 1 } }] };
}

/** A value that has got to this node. One that was there before, as in a loop, does not go there again. */
export function passed<T extends Tainted>(value: T, node: Node, message: string): T {
  if (value.tainted === 0 || !value.ways) return value;
  const ways = value.ways.map(({ mask, way }) => ({
    mask,
    way: hasBeenAt(way, node) ? way : next(way, node, message),
  }));
  return { ...value, ways };
}

function next(way: Way, { from, to }: Node, message: string): Way {
  // Of texts within texts the whole counts.
  const isInside = way.before !== undefined && way.message === message && way.from >= from && way.to <= to;
  const before = isInside ? way.before : way;
  if (before.length >= maxLength) return way;
  return { from, to, role: 'propagator', message, before, length: before.length + 1 };
}

function hasBeenAt(way: Way, { from, to }: Node): boolean {
  for (let at: Way | undefined = way; at; at = at.before) if (at.from === from && at.to === to) return true;
  return false;
}

/** The ways on which these values came that can do harm, one for each defect. */
export function waysOf(values: readonly Tainted[]): readonly TaintedWay[] | undefined {
  let covered = 0;
  let ways: TaintedWay[] | undefined;
  for (const { tainted, ways: own } of values) {
    if (!own || (tainted & ~covered) === 0) continue;
    for (const { mask, way } of own) {
      const open = mask & tainted & ~covered;
      if (open === 0) continue;
      covered |= open;
      (ways ??= []).push({ mask: open, way });
    }
  }
  return ways;
}

/** The steps of a way, the source first. */
export function stepsOf(way: Way | undefined): Way[] {
  const steps: Way[] = [];
  for (let at = way; at; at = at.before) steps.unshift(at);
  return steps;
}
