import { posix } from 'node:path';
import type { Locked, ReadFile } from './locked';
import { compareVersions } from '../versions';

/**
 * go.sum, with the go.mod beside it: the latter has the versions that are used, the former also those that were only looked at. Since Go 1.17 a go.mod
 * that `go mod tidy` wrote lists all; of an older one the rest is in go.sum, in the highest version that was downloaded.
 * https://go.dev/ref/mod
 */
export function readGoSum(source: string, path: string, read: ReadFile): Locked[] {
  const mod = read(posix.join(posix.dirname(path), 'go.mod'));
  const required = mod === undefined ? undefined : readRequired(mod);
  if (required?.complete) return [];
  const highest = new Map<string, Locked>();
  for (const [index, line] of source.split(/\r?\n/).entries()) {
    const [, name, version] = /^(\S+) v(\S+) h1:\S+$/.exec(line.trim()) ?? [];
    // With /go.mod behind the version only the module's own go.mod was read.
    if (name === undefined || version === undefined || version.endsWith('/go.mod') || required?.known.has(name))
      continue;
    const before = highest.get(name);
    if (!before || isNewer(version, before.version)) highest.set(name, { name, version, line: index + 1 });
  }
  if (highest.size === 0 && source.trim() !== '' && !/ h1:/.test(source)) throw new Error('it is not what go writes');
  return [...highest.values()].map((module) => ({ ...module, direct: false }));
}

/** go.mod: what it requires, in the versions that its replacements lead to. */
export function readGoMod(source: string): Locked[] {
  return readRequired(source).modules;
}

function readRequired(source: string): { modules: Locked[]; known: Set<string>; complete: boolean } {
  const required: (Locked & { direct: boolean })[] = [];
  const replaced = new Map<string, { name: string; version: string } | 'folder'>();
  let block = '';
  for (const [index, raw] of source.split(/\r?\n/).entries()) {
    const [code = '', comment = ''] = raw.split('//', 2);
    const opened = /^\s*(\w+)\s*\(\s*$/.exec(code)?.[1];
    if (opened !== undefined) block = opened;
    else if (/^\s*\)/.test(code)) block = '';
    else {
      const [, verb, rest = ''] = block === '' ? (/^\s*(\w+)\s+(.+)$/.exec(code) ?? []) : ['', block, code];
      const words = rest
        .trim()
        .split(/\s+/)
        .map((word) => word.replace(/^"|"$/g, ''));
      const [name = '', version = ''] = words;
      if (verb === 'require' && version.startsWith('v'))
        required.push({ name, version: version.slice(1), line: index + 1, direct: !/^\s*indirect\b/.test(comment) });
      if (verb === 'replace') noteReplacement(words, replaced);
    }
  }
  const minor = Number(/^\s*go\s+1\.(\d+)/m.exec(source)?.[1] ?? 0);
  return {
    modules: required.flatMap((module): Locked[] => {
      const by = replaced.get(`${module.name}@${module.version}`) ?? replaced.get(module.name);
      return by === 'folder' ? [] : [by ? { ...module, ...by, alias: module.name } : module];
    }),
    known: new Set(required.map((module) => module.name)),
    complete: minor >= 17 && required.some((module) => !module.direct),
  };
}

/** `old [v1] => new v2`, or `=> ./folder`. */
function noteReplacement(
  words: readonly string[],
  replaced: Map<string, { name: string; version: string } | 'folder'>,
) {
  const arrow = words.indexOf('=>');
  const [name = '', version] = words.slice(0, arrow);
  const [target = '', targetVersion] = words.slice(arrow + 1);
  if (arrow < 1) return;
  const key = version === undefined ? name : `${name}@${version.replace(/^v/, '')}`;
  replaced.set(key, targetVersion ? { name: target, version: targetVersion.replace(/^v/, '') } : 'folder');
}

function isNewer(a: string, b: string): boolean {
  return compareVersions('Go', a, b) > 0;
}
