import type { Node } from './tree';

/** A step of a flow, linked to the previous one. */
export interface FlowStep {
  /** UTF-16 offsets. */
  readonly from: number;
  readonly to: number;
  readonly role: 'source' | 'propagator';
  readonly message: string;
  readonly previous?: FlowStep;
  /** The number of steps up to this one. */
  readonly length: number;
}

/** The last step of a flow, and the defects, as bits, that its data can cause. */
export interface TaintedFlow {
  readonly mask: number;
  readonly last: FlowStep;
}

/** The part of `Value` that matters here. */
interface Tainted {
  readonly tainted: number;
  readonly flows?: readonly TaintedFlow[];
}

/** Longer flows are cut: nobody reads more steps. */
const maxLength = 30;

/** Starts the flow of a value that comes from a request at this node. */
export function startFlow<T extends Tainted>(value: T, { from, to }: Node, message: string): T {
  if (value.tainted === 0) return value;
  return { ...value, flows: [{ mask: value.tainted, last: { from, to, role: 'source', message, length: 1 } }] };
}

/** Adds this node to the flow of a value, unless the flow has been there, as in a loop. */
export function extendFlow<T extends Tainted>(value: T, node: Node, message: string): T {
  if (value.tainted === 0 || !value.flows) return value;
  const flows = value.flows.map(({ mask, last }) => ({
    mask,
    last: includesNode(last, node) ? last : nextStep(last, node, message),
  }));
  return { ...value, flows };
}

function nextStep(last: FlowStep, { from, to }: Node, message: string): FlowStep {
  // For nested strings, only the outermost is a step.
  const isInside = last.previous !== undefined && last.message === message && last.from >= from && last.to <= to;
  const before = isInside ? last.previous : last;
  if (before.length >= maxLength) return last;
  return { from, to, role: 'propagator', message, previous: before, length: before.length + 1 };
}

function includesNode(last: FlowStep, { from, to }: Node): boolean {
  for (let at: FlowStep | undefined = last; at; at = at.previous) if (at.from === from && at.to === to) return true;
  return false;
}

/** The flows of these values, one for each defect that they can cause. */
export function mergedFlows(values: readonly Tainted[]): readonly TaintedFlow[] | undefined {
  let covered = 0;
  let flows: TaintedFlow[] | undefined;
  for (const { tainted, flows: own } of values) {
    if (!own || (tainted & ~covered) === 0) continue;
    for (const { mask, last } of own) {
      const open = mask & tainted & ~covered;
      if (open === 0) continue;
      covered |= open;
      (flows ??= []).push({ mask: open, last });
    }
  }
  return flows;
}

/** The steps of a flow, from its source to its last step. */
export function stepsOf(last: FlowStep | undefined): FlowStep[] {
  const steps: FlowStep[] = [];
  for (let at = last; at; at = at.previous) steps.unshift(at);
  return steps;
}
