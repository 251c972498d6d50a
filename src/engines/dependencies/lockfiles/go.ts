import { posix } from 'node:path';
import { compareVersions } from '../packages/versions';
import type { Files, Locked, LockfileContent } from './locked';

/**
 * go.sum and the go.mod next to it. go.mod has the versions in use, and go.sum also those that were only considered. Since Go 1.17, `go mod tidy`
 * lists all modules in go.mod; before, the highest downloaded version in go.sum stands in for those not listed.
 * https://go.dev/ref/mod
 */
export function readGoSum(source: string, path: string, files: Files): LockfileContent {
  const mod = files.read(posix.join(posix.dirname(path), 'go.mod'));
  const required = mod === undefined ? undefined : readRequired(mod);
  if (required?.complete) return { packages: [] };
  const highest = new Map<string, Locked>();
  let problem: string | undefined;
  for (const [index, line] of source.split('\n').entries()) {
    const [, name, version] = /^(\S+) v(\S+) h1:\S+$/.exec(line.trim()) ?? [];
    if (name === undefined || version === undefined) {
      if (line.trim() !== '') problem ??= `it is damaged at line ${index + 1}`;
      continue;
    }
    // A version followed by /go.mod means that only that module's go.mod was read.
    if (version.endsWith('/go.mod') || required?.known.has(name)) continue;
    const before = highest.get(name);
    const newer = !before || compareVersions('Go', version, before.version) > 0;
    if (newer) highest.set(name, { name, version, line: index + 1, private: isInternal(name) });
  }
  if (problem !== undefined && !/ h1:/.test(source)) throw new Error('it is not a go.sum file');
  return { packages: [...highest.values()].map((module) => ({ ...module, direct: false })), problem };
}

/** go.mod: the required modules, with replacements applied. */
export function readGoMod(source: string): LockfileContent {
  const { modules, problem } = readRequired(source);
  return { packages: modules, problem };
}

interface Required {
  readonly modules: readonly Locked[];
  /** All modules that it names, including replaced ones. */
  readonly known: ReadonlySet<string>;
  /** Whether it also lists indirect requirements. */
  readonly complete: boolean;
  readonly problem: string | undefined;
}

function readRequired(source: string): Required {
  const required: (Locked & { direct: boolean })[] = [];
  const replaced = new Map<string, { name: string; version: string } | 'folder'>();
  let block = '';
  let problem: string | undefined;
  for (const [index, raw] of source.split('\n').entries()) {
    const [, code = '', comment = ''] = /^((?:"[^"]*"|`[^`]*`|(?!\/\/).)*)(?:\/\/(.*))?$/.exec(raw) ?? [];
    const opened = /^\s*(\w+)\s*\(\s*$/.exec(code)?.[1];
    if (code.trim() === '') continue;
    if (opened !== undefined) block = opened;
    else if (/^\s*\)/.test(code)) block = '';
    else {
      const [, verb = '', rest = ''] = block === '' ? (/^\s*([a-z]+)\s+(.+)$/.exec(code) ?? []) : ['', block, code];
      if (verb === '') problem ??= `it is damaged at line ${index + 1}`;
      const words = rest
        .trim()
        .split(/\s+/)
        .map((word) => word.replace(/^["`]|["`]$/g, ''));
      const [name = '', version = ''] = words;
      if (verb === 'require' && version.startsWith('v'))
        required.push({
          name,
          version: version.slice(1),
          line: index + 1,
          direct: !/^\s*indirect\b/.test(comment),
          private: isInternal(name),
        });
      else if (verb === 'require') problem ??= `it is damaged at line ${index + 1}`;
      if (verb === 'replace') noteReplacement(words, replaced);
    }
  }
  if (block !== '') problem ??= `it is truncated in "${block.slice(0, 20)}"`;
  const minor = Number(/^\s*go\s+1\.(\d+)/m.exec(source)?.[1] ?? 0);
  return {
    modules: required.flatMap((module): Locked[] => {
      const by = replaced.get(`${module.name}@${module.version}`) ?? replaced.get(module.name);
      if (by === 'folder') return [];
      return [by ? { ...module, ...by, alias: module.name, private: isInternal(by.name) } : module];
    }),
    known: new Set(required.map((module) => module.name)),
    complete: minor >= 17 && required.some((module) => !module.direct),
    problem,
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

/** Whether a module's host is not on the public internet: a name without a dot, an IP address, or a domain that nobody can register. */
function isInternal(module: string): boolean {
  const host = (module.split('/')[0] ?? '').replace(/:\d+$/, '');
  return (
    !host.includes('.') ||
    /^[\d.]+$/.test(host) ||
    /\.(?:internal|intranet|corp|private|lan|local|localdomain|home|localhost|test|invalid)$/i.test(host)
  );
}
