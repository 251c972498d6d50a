import * as z from 'zod';
import { WordSearch } from './wordSearch';

const numbers = z.array(z.int().nonnegative());
/**
 * What compileRules.mjs writes as rules/<Language>/needs.json. `nodes`: what a file may hold, a text in lower case, or all or any of nodes before.
 * `rules`: the node that each rule needs, -1 when nothing is known.
 */
export const needTable = z.object({
  nodes: z.array(z.union([z.string(), z.object({ all: numbers }), z.object({ any: numbers })])),
  rules: z.record(z.string(), z.int()),
});
export type NeedTable = z.infer<typeof needTable>;

/** Tells which rules can match in a file at all, by the words that it holds. */
export class Needs {
  readonly #words: WordSearch;
  readonly #rules: readonly (readonly [string, number])[];

  constructor(private readonly table: NeedTable) {
    this.#words = new WordSearch(table.nodes.filter((node) => typeof node === 'string'));
    this.#rules = Object.entries(table.rules);
  }

  /** The rules that a file with this content can have matches of. */
  rulesFor(content: Uint8Array): string[] {
    const found = this.#words.find(content);
    const met: boolean[] = [];
    let words = 0;
    for (const node of this.table.nodes) {
      if (typeof node === 'string') met.push(found[words++] === 1);
      else met.push('all' in node ? node.all.every((part) => met[part]) : node.any.some((part) => met[part]));
    }
    return this.#rules.filter(([, node]) => node === -1 || met[node]).map(([id]) => id);
  }
}
