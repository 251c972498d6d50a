import * as z from 'zod';
import { WordSearch } from '../engine/wordSearch';

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
  /** The nodes that are words, in their order. */
  readonly #leaves: number[] = [];
  readonly #rules: readonly (readonly [string, number])[];

  constructor(private readonly table: NeedTable) {
    const words = table.nodes.filter((node) => typeof node === 'string');
    table.nodes.forEach((node, at) => typeof node === 'string' && this.#leaves.push(at));
    this.#words = new WordSearch(words);
    this.#rules = Object.entries(table.rules);
  }

  /** The rules that a file with this content can have matches of. */
  rulesFor(content: Uint8Array): string[] {
    const found = this.#words.find(content);
    const met = new Uint8Array(this.table.nodes.length);
    this.#leaves.forEach((at, word) => (met[at] = found[word] ?? 0));
    const isMet = (part: number) => met[part] === 1;
    this.table.nodes.forEach((node, at) => {
      if (typeof node === 'string') return;
      if ('all' in node ? node.all.every(isMet) : node.any.some(isMet)) met[at] = 1;
    });
    return this.#rules.filter(([, node]) => node === -1 || isMet(node)).map(([id]) => id);
  }
}
