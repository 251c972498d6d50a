import * as z from 'zod';
import { WordSearch } from '../engine/wordSearch';

const numbers = z.array(z.int().nonnegative());
/**
 * What compileRules.mjs writes as needs.json, for one language. `nodes`: conditions on a file: a word in lower case, or all or any of earlier nodes.
 * `rules`: the node that each rule needs, or -1 if unknown.
 */
export const needTable = z.object({
  nodes: z.array(z.union([z.string(), z.object({ all: numbers }), z.object({ any: numbers })])),
  rules: z.record(z.string(), z.int()),
});
export type NeedTable = z.infer<typeof needTable>;

/** The content of needs.json, by language. */
export const needTables = z.record(z.string(), needTable);

/** Determines which rules can match in a file, by its words. */
export class Needs {
  readonly #words: WordSearch;
  /** The nodes that are words, in order. */
  readonly #leaves: number[] = [];
  readonly #rules: readonly (readonly [string, number])[];

  constructor(private readonly table: NeedTable) {
    const words = table.nodes.filter((node) => typeof node === 'string');
    table.nodes.forEach((node, at) => typeof node === 'string' && this.#leaves.push(at));
    this.#words = new WordSearch(words);
    this.#rules = Object.entries(table.rules);
  }

  /** The rules that can match in this content. */
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
