import type { Origin } from './origins';

/** The kinds of defects that tainted data causes. */
export const defects = [
  'sql',
  'nosql',
  'command',
  'code',
  'path',
  'zip-slip',
  'xss',
  'ssrf',
  'redirect',
  'xxe',
  'xpath',
  'ldap',
  'template',
  'deserialization',
  'header',
  'log',
  'regexp',
  'format',
  'prototype',
  'mass-assignment',
  'trust',
  'module',
  'exhaustion',
  'hash',
  'random',
  'cookie',
] as const;
export type Defect = (typeof defects)[number];

/** A set of defects that a value can still cause. A path is a defect in two ways: it can lead upwards (`..`), or be absolute. */
export type Bits = number;

const bitOf = new Map<Defect, Bits>(defects.map((defect, index) => [defect, 1 << index]));

/** Paths can be absolute, unless something precedes the value. The bit of `path` itself stands for `..`. */
export const absolutePath: Bits = 1 << defects.length;

/** A value ends an SQL string in quotes; escaping prevents that. The bit of `sql` itself stands for a value outside quotes. */
export const quotedSql: Bits = 1 << (defects.length + 1);

export const allBits: Bits = (1 << (defects.length + 2)) - 1;

/** The bits, one of which is enough for the defect. */
export function bitsOf(defect: Defect): Bits {
  const own = bitOf.get(defect) ?? 0;
  return defect === 'path' ? own | absolutePath : defect === 'sql' ? own | quotedSql : own;
}

/**
 * What is removed: defects, `sql quotes` by sanitizers that only escape quotes, or `absolute path` by checks that only determine the start of a path.
 */
export type Cleaned = Defect | 'sql quotes' | 'absolute path';

export function maskOf(list: readonly Cleaned[]): Bits {
  const bits = (one: Cleaned) =>
    one === 'sql quotes' ? quotedSql : one === 'absolute path' ? absolutePath : bitsOf(one);
  return list.reduce((mask, one) => mask | bits(one), 0);
}

const injections = [
  'sql',
  'nosql',
  'command',
  'code',
  'xpath',
  'ldap',
  'template',
  'deserialization',
  'xxe',
  'module',
] as const;
const remote: readonly Defect[] = defects;

/** The defects that data of an origin causes. Data from the machine's user or administrator only counts where it is executed. */
const defectsOf: Readonly<Record<Origin, readonly Defect[]>> = {
  request: remote,
  message: remote,
  page: ['xss', 'code', 'redirect', 'ssrf', 'regexp', 'template', 'prototype', 'sql'],
  response: ['code', 'command', 'deserialization', 'sql', 'xss', 'zip-slip', 'module'],
  archive: ['path', 'zip-slip', 'command', 'code'],
  database: ['xss', 'code', 'command'],
  file: ['code', 'command'],
  'command line': [...injections.filter((one) => one === 'code' || one === 'command')],
  environment: [],
  parameter: ['command', 'code', 'zip-slip', 'module'],
};

const masks = new Map<Origin, Bits>(
  (Object.keys(defectsOf) as Origin[]).map((origin) => [origin, maskOf(defectsOf[origin])]),
);

/** The defects that data of this origin can cause. */
export function bitsOfOrigin(origin: Origin): Bits {
  return masks.get(origin) ?? 0;
}
