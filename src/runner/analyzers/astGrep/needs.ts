import * as z from 'zod';
import { WordSearch } from './wordSearch';

/** What a file must hold, in lower case: a text, or all or any of several needs; `true` when nothing is known. */
export type Need = true | string | { all: readonly Need[] } | { any: readonly Need[] };

const need: z.ZodType<Need> = z.lazy(() =>
  z.union([z.literal(true), z.string(), z.object({ all: z.array(need) }), z.object({ any: z.array(need) })]),
);
/** What compileRules.mjs writes as rules/<Language>/needs.json, by rule. */
export const needTable = z.record(z.string(), need);

/** Tells which rules can match in a file at all, by the words that it holds. */
export class Needs {
  readonly #words: WordSearch;
  /** All rules. */
  readonly ids: readonly string[];
  readonly #met: readonly ((found: Uint8Array) => boolean)[];

  /** @param table what each rule needs, by its id */
  constructor(table: Readonly<Record<string, Need>>) {
    const numbers = new Map<string, number>();
    this.ids = Object.keys(table);
    this.#met = Object.values(table).map((one) => check(one, numbers));
    this.#words = new WordSearch([...numbers.keys()]);
  }

  /** The rules that a file with this content can have matches of. */
  rulesFor(content: Uint8Array): string[] {
    const found = this.#words.find(content);
    return this.ids.filter((_, index) => this.#met[index]?.(found));
  }
}

function check(one: Need, numbers: Map<string, number>): (found: Uint8Array) => boolean {
  if (one === true) return () => true;
  if (typeof one === 'string') {
    const number = numbers.get(one) ?? numbers.size;
    numbers.set(one, number);
    return (found) => found[number] === 1;
  }
  if ('all' in one) {
    const parts = one.all.map((part) => check(part, numbers));
    return (found) => parts.every((part) => part(found));
  }
  const parts = one.any.map((part) => check(part, numbers));
  return (found) => parts.some((part) => part(found));
}
