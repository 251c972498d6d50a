import type { Range } from '../ir/ir';
import { bitsOf, bitsOfOrigin, type Bits } from '../models/defects';
import type { SinkModel, SourceModel } from '../models/models';
import type { Origin } from '../models/origins';
import type { Host } from './host';
import { sourceStep, taintsOf, unknown, unknownOf, type Taint, type Value } from './value';

/** The value of a source that is read. */
export function sourceValue(
  file: string,
  { origin, never, title }: SourceModel,
  at: Range,
  object: Value | undefined,
): Value {
  const open = bitsOfOrigin(origin) & ~never;
  if (open === 0) return { ...unknown };
  const source = sourceStep(file, at, `Read from ${title}`);
  return {
    taints: [{ origin, open, confidence: object?.isGuess || isTrusted(origin) ? 1 : 2, source, last: source }],
    unknown: 0,
  };
}

/** Whether it comes from the person who runs the program, who can mostly do the same without it. */
function isTrusted(origin: Origin): boolean {
  return origin === 'command line';
}

/** Records the data that reaches a sink. */
export function checkSink(
  { file, sites }: Host,
  { defect, deep, isWeak, from }: SinkModel,
  value: Value,
  at: Range,
  proven: Bits,
): void {
  if (value.closures) return;
  const bits = bitsOf(defect) & ~proven;
  // Objects are sent as JSON.
  if (defect === 'xss' && !deep && ((value.isWhole ?? false) || value.object)) return;
  const all = deep || value.object?.isList === true ? taintsOf(value) : value.taints;
  const open = all.filter((taint) => (taint.open & bits) !== 0 && (from === undefined || from.has(taint.origin)));
  const worst = open.reduce<Taint | undefined>(
    (best, one) => (best && best.confidence >= one.confidence ? best : one),
    undefined,
  );
  const taint = worst && isWeak ? { ...worst, confidence: 0 as const } : worst;
  sites.add(file, at, defect, taint, (deep ? unknownOf(value) : value.unknown) & bits);
}
