import { allBits } from '../models/defects';
import { truthOf } from './conditions';
import { noProof, type Frame, type Proof, type Reads } from './frames';
import type { CallArgument } from './host';
import type { Constant } from '../ir/ir';
import type { Models } from '../models/models';
import { digestOf, digestOfTaints } from './fingerprints';
import type { Language } from './language';
import { join, unknown, type Closure, type Value } from './value';

/** The result of a call. */
export interface Summary {
  /** What was known about the variables that it depends on, if tracked. */
  readonly reads?: Reads;
  /** Whether it depends on, or changes, something that may differ for other entry points. */
  readonly isDependent?: boolean;
  readonly value: Value;
  /** What it proves about its arguments if it returns at all, by position. */
  readonly returns: readonly Proof[];
  readonly yes: readonly Proof[] | 'never';
  readonly no: readonly Proof[] | 'never';
}

export function summaryOf({ exits, params }: Frame): Summary {
  const all = (list: readonly (readonly Proof[])[]): readonly Proof[] =>
    params.map((_, index) =>
      list
        .map((one) => one[index] ?? noProof)
        .reduce((a, b) => ({ clears: a.clears & b.clears, unknown: a.unknown | b.unknown }), proofOfAll),
    );
  const proofsOfSide = (side: 'yes' | 'no', value: Value, own: readonly Proof[]): readonly Proof[] | undefined => {
    const truth = truthOf(value);
    if (truth !== undefined && truth !== (side === 'yes')) return undefined;
    const facts = value.facts?.[side] ?? [];
    if (facts === 'never') return undefined;
    return params.map((slot, index) =>
      facts
        .filter((fact) => fact.slot === slot)
        .reduce<Proof>(
          (proof, { clears, unknown: more = 0 }) => ({
            clears: proof.clears | clears,
            unknown: (proof.unknown & ~clears) | more,
          }),
          own[index] ?? noProof,
        ),
    );
  };
  const side = (which: 'yes' | 'no') => {
    const found = exits
      .map(({ value, params: own }) => proofsOfSide(which, value, own))
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

const proofOfAll: Proof = { clears: allBits, unknown: 0 };

/** A key for calls whose arguments have the same known properties. @param isExact whether to compare deeply nested objects as well */
export function summaryKey(
  { code, file, scope }: Closure,
  self: Value | undefined,
  args: readonly CallArgument[],
  { copiesCollections }: Language,
  isExact: boolean,
): string {
  const own = self ? digestOf(self, { isExact, depth: 0 }) : '';
  const precision = { isExact, depth: copiesCollections === true ? 3 : 0 };
  return `${file}:${code.from}:${scope.id}:${own}(${args.map((one) => labelOf(one) + digestOf(one.value, precision)).join(',')})`;
}

/**
 * A coarser key for a function that was followed often: equal if the same untrusted data is in the same arguments or their fields, with the
 * same functions, and with the same information from models. Texts, numbers and objects are only distinguished by kind. Deeper contents of
 * objects are ignored, so this is only valid within an entry point.
 */
export function genericKey(
  { code, file }: Closure,
  self: Value | undefined,
  args: readonly CallArgument[],
  models: Models,
): string {
  let text = `${file}:${code.from}:${self ? outlineOf(self, models) : ''}(`;
  for (const one of args) text += `${labelOf(one)}${outlineOf(one.value, models)},`;
  return text;
}

function outlineOf(value: Value, models: Models): string {
  const { unknown: bits, constants, isWhole, object } = value;
  let text = `${bits}${digestOfTaints(value.taints)}`;
  if (isWhole === true) text += 'w';
  if (constants) text += constants.every(isPlain) ? String(constants) : 'c';
  text += calledOf(value, models);
  if (!object) return text;
  text += `#${object.isList ? 'l' : ''}${object.isClosed ? 'c' : ''}${object.proto?.id ?? ''}`;
  let count = 0;
  for (const [key, field] of object.fields) {
    if (field.taints.length === 0 && (object.proto || (!field.closures && field.name === undefined))) continue;
    const own = digestOfTaints(field.taints) + (object.proto ? '' : calledOf(field, models));
    if (own === '') continue;
    text += `,${key}${own}`;
    if (++count > maxFields) break;
  }
  if (object.rest) text += `,*${digestOfTaints(object.rest.taints)}`;
  return text;
}
const maxFields = 16;

/** The functions that a value may be, including a library's, as far as models know them. */
function calledOf({ name, closures }: Value, models: Models): string {
  let text = name !== undefined && models.isKnown(name) ? `:${name}` : '';
  if (closures) for (const { code, file } of closures) text += `;${file}:${code.from}`;
  return text;
}

function isPlain(one: Constant): boolean {
  return typeof one === 'boolean' || one === null || one === undefined;
}

/** An argument reduced to what {@link genericKey} covers. */
export function generic({ constants, prefix: _, suffix: __, ...value }: Value): Value {
  return constants?.every(isPlain) === true ? { ...value, constants } : value;
}

/** How an argument finds its parameter, other than by position. */
function labelOf({ name, isRest }: CallArgument): string {
  return `${name ?? ''}${isRest === true ? '*' : ''}`;
}
