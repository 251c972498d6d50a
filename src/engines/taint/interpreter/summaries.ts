import { allBits, type Bits } from '../models/defects';
import { truthOf } from './conditions';
import type { Frame } from './frames';
import type { CallArgument } from './host';
import { join, sourceOf, unknown, type Closure, type Value } from './value';

/** What a call came to. */
export interface Summary {
  readonly value: Value;
  /** What it proves of its arguments when it returns at all, by their number. */
  readonly returns: readonly Bits[];
  readonly yes: readonly Bits[] | 'never';
  readonly no: readonly Bits[] | 'never';
}

export function summaryOf({ exits, params }: Frame): Summary {
  const all = (list: readonly (readonly Bits[])[]): readonly Bits[] =>
    params.map((_, index) => list.reduce((bits, one) => bits & (one[index] ?? 0), allBits));
  const bitsOfSide = (side: 'yes' | 'no', value: Value, own: readonly Bits[]): readonly Bits[] | undefined => {
    const truth = truthOf(value);
    if (truth !== undefined && truth !== (side === 'yes')) return undefined;
    const facts = value.facts?.[side] ?? [];
    if (facts === 'never') return undefined;
    return params.map(
      (slot, index) =>
        (own[index] ?? 0) | facts.filter((fact) => fact.slot === slot).reduce((bits, { clears }) => bits | clears, 0),
    );
  };
  const side = (which: 'yes' | 'no') => {
    const found = exits
      .map(({ value, params: own }) => bitsOfSide(which, value, own))
      .filter((one) => one !== undefined);
    return found.length === 0 ? ('never' as const) : all(found);
  };
  if (exits.length === 0) return { value: { ...unknown }, returns: [], yes: [], no: [] };
  return {
    value: join(exits.map(({ value }) => value)),
    returns: all(exits.map(({ params: own }) => own)),
    yes: side('yes'),
    no: side('no'),
  };
}

/** The same call with arguments of which the same is known. */
export function summaryKey(
  { code, file, scope }: Closure,
  self: Value | undefined,
  args: readonly CallArgument[],
): string {
  return `${file}:${code.from}:${scope.id}:${self ? digest(self) : ''}(${args.map(({ value }) => digest(value)).join(',')})`;
}

function digest({ taints, unknown: bits, constants, name, object, closures, isWhole, proven, prefix }: Value): string {
  const taint = taints.map(({ origin, open, confidence, last }) => {
    const source = sourceOf(last);
    return `${origin}${open}${confidence}@${source.file}:${source.from}`;
  });
  const functions = closures?.map(({ code, file, scope }) => `${file}:${code.from}:${scope.id}`);
  return [
    taint.join('+'),
    bits,
    constants ? JSON.stringify(constants) : '',
    name ?? '',
    object ? `#${object.id}.${object.version}` : '',
    functions?.join('+') ?? '',
    isWhole === true ? 'w' : '',
    proven ?? '',
    prefix ?? '',
  ].join('|');
}
