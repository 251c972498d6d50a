import type { NeedTable } from '../rulePack/needs';

/** What a file must hold, in lower case: a text, or all or any of several needs; `true` when nothing is known. */
export type Need = true | string | { all: Need[] } | { any: Need[] };

export function neededWords(rule: unknown, utilOf: (id: string) => Need): Need;
export function needTable(needs: Readonly<Record<string, Need>>): NeedTable;
