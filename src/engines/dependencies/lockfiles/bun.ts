import { readJson } from './json';
import { versionProblem, type Files, type Locked, type LockfileContent } from './locked';
import { at, entriesAt, textAt } from './node';
import { isOutsideRegistry, isPublic, npmSettings } from './registries';

/** bun.lock, JSON with trailing commas and comments: https://bun.com/docs/pm/lockfile */
export function readBunLock(source: string, path: string, files: Files): LockfileContent {
  const {
    documents: [lock],
    problem,
  } = readJson(source);
  if (!at(lock, 'packages')) throw new Error(problem ?? 'it has no "packages"');
  const settings = npmSettings(path, files);
  const asked = new Map<string, boolean>();
  for (const [, workspace] of entriesAt(lock, 'workspaces')) {
    for (const section of ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'])
      for (const [name] of entriesAt(workspace, section))
        asked.set(name, section === 'devDependencies' && (asked.get(name) ?? true));
  }
  const packages = entriesAt(lock, 'packages').flatMap(([key, node]): Locked[] => {
    const [first, second] = node.items;
    const [, name, version] = /^(@?[^@]+)@(.+)$/.exec(first?.value ?? '') ?? [];
    if (name === undefined || version === undefined || isOutsideRegistry(version)) return [];
    // For packages that are not from a registry, this is an object with metadata instead of a URL.
    const registry = second?.value ?? '';
    const origin = registry === '' ? settings(name) : isPublic('npm', registry) ? 'public' : 'private';
    if (origin === 'elsewhere') return [];
    const dev = asked.get(key);
    return [
      {
        name,
        version,
        line: node.line,
        direct: dev !== undefined,
        alias: key,
        ...(dev && { dev }),
        private: origin === 'private',
      },
    ];
  });
  return { packages, problem: problem ?? versionProblem(textAt(lock, 'lockfileVersion'), /^[01]$/) };
}

/** deno.lock: the npm packages that Deno loads. https://docs.deno.com/runtime/fundamentals/modules/#integrity-checking-and-lock-files */
export function readDenoLock(source: string, path: string, files: Files): LockfileContent {
  const {
    documents: [lock],
    problem,
  } = readJson(source);
  const version = textAt(lock, 'version');
  if (version === undefined && !at(lock, 'npm') && !at(lock, 'remote'))
    throw new Error(problem ?? 'it is not a Deno lockfile');
  const settings = npmSettings(path, files);
  const sections = [entriesAt(lock, 'npm', 'packages'), entriesAt(lock, 'packages', 'npm'), entriesAt(lock, 'npm')];
  const packages = sections.flatMap((entries) =>
    entries.flatMap(([key, node]): Locked[] => {
      // Peer dependencies follow an underscore.
      const [, name, found] = /^(@?[^@]+)@(\d[^_]*)/.exec(key) ?? [];
      if (name === undefined || found === undefined) return [];
      const origin = settings(name);
      return origin === 'elsewhere' ? [] : [{ name, version: found, line: node.line, private: origin === 'private' }];
    }),
  );
  return { packages, problem: problem ?? versionProblem(version, /^[1-5]$/) };
}
