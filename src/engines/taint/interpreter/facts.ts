import type { Constant } from '../ir/ir';
import { allBits, type Bits } from '../models/defects';
import { cleaned, doubted, type Fact, type Facts, type Slot, type Value } from './value';
import type { State } from './state';

type Side = readonly Fact[] | 'never';

/** Both facts are true. */
export function both(a: Side, b: Side): Side {
  return a === 'never' || b === 'never' ? 'never' : [...a, ...b];
}

/** One of them is true: keeps what both say about a variable. */
export function either(a: Side, b: Side): Side {
  if (a === 'never') return b;
  if (b === 'never') return a;
  return a.flatMap((one) => {
    const other = b.find(({ slot }) => slot === one.slot);
    if (!other) return [];
    const clears = one.clears & other.clears;
    const unknown = (one.unknown ?? 0) | (other.unknown ?? 0);
    const constants = one.constants && other.constants ? [...one.constants, ...other.constants] : undefined;
    return [
      {
        slot: one.slot,
        value: one.value,
        clears,
        ...(unknown !== 0 && { unknown }),
        ...(constants && { constants }),
        ...((one.lowers ?? other.lowers) && { lowers: true }),
      },
    ];
  });
}

export function negated({ yes, no }: Facts): Facts {
  return { yes: no, no: yes };
}

/** Continues with what is known to be true. */
export function assume(state: State, facts: Side): void {
  if (facts === 'never') return;
  for (const fact of facts) state.write(fact.slot, narrowed(fact.slot.value ?? fact.value, fact));
}

export function narrowed(
  value: Value,
  { clears, unknown = 0, constants, lowers }: Omit<Fact, 'slot' | 'value'>,
): Value {
  const open = cleaned(value, clears);
  return {
    ...open,
    ...(unknown !== 0 && { unknown: open.unknown | unknown }),
    ...(constants && { constants, taints: [], unknown: 0 }),
    ...(lowers === true && { taints: doubted(open.taints) }),
    ...((value.name !== undefined || value.proven !== undefined) && {
      proven: (value.proven ?? 0) | (clears & ~unknown),
    }),
  };
}

export function factsOf(
  slot: Slot | undefined,
  value: Value,
  clears: Bits,
  constants?: readonly Constant[],
): readonly Fact[] {
  if (!slot || (clears === 0 && !constants)) return [];
  return [{ slot, value, clears: constants ? allBits : clears, ...(constants && { constants }) }];
}

/** The facts about a value that equals a trusted one whose bits, listed here, are unknown. */
export function likeUnknown(facts: readonly Fact[], unknown: Bits): readonly Fact[] {
  return unknown === 0 ? facts : facts.map((fact) => (fact.constants ? fact : { ...fact, unknown }));
}

/** All defects that a value can still cause, known or unknown. */
export function openOf(value: Value): Bits {
  return value.taints.reduce((bits, { open }) => bits | open, value.unknown);
}
