import type { Need } from './needs';

export function neededWords(rule: unknown, utilOf: (id: string) => Need): Need;
