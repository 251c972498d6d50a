import type { Node } from './tree';
import type { Value } from './value';

export interface Argument {
  readonly node: Node;
  readonly value: Value;
  /** The keyword of `keyword=value`. */
  readonly keyword?: string;
  /** The stars of `*values` and `**values`. */
  readonly star?: '*' | '**';
}

/** A call, and what is known about its parts. */
export interface Call {
  readonly node: Node;
  /** The qualified name of the callee: `flask.make_response`; '' if unknown. */
  readonly name: string;
  /** The callee as written. */
  readonly text: string;
  /** The last part of the callee. */
  readonly last: string;
  /** The receiver in `object.method()`. */
  readonly object?: Value;
  readonly args: readonly Argument[];
}

export function positional({ args }: Call, index: number): Value | undefined {
  const plain = args.filter((arg) => arg.keyword === undefined);
  if (plain.slice(0, index + 1).some((arg) => arg.star !== undefined)) return undefined;
  return plain[index]?.value;
}

/** The value of a keyword argument, including one in `**options` with known keys. */
export function keyword({ args }: Call, name: string): Value | undefined {
  for (const arg of args) {
    if (arg.keyword === name) return arg.value;
    const inside = arg.star === '**' ? arg.value.items?.get(`string:${name}`) : undefined;
    if (inside) return inside;
  }
  return undefined;
}

/** Whether there may be further, unknown keyword arguments. */
export function hasUnseenKeywords({ args }: Call): boolean {
  return args.some((arg) => arg.star === '**' && !arg.value.items);
}
