import { fields, isElsewhere, linesWith, own, parseJson, text, type Locked } from './locked';

/** package-lock.json and npm-shrinkwrap.json of all versions: https://docs.npmjs.com/cli/configuring-npm/package-lock-json */
export function readPackageLock(source: string): Locked[] {
  const lock = parseJson(source);
  const lineOf = linesWith(source, /^\s*"([^"]+)"\s*:\s*\{/);
  const packages = Object.entries(fields(own(lock, 'packages')));
  if (packages.length > 0) return readPackages(packages, lineOf);
  if (Object.keys(fields(own(lock, 'dependencies'))).length === 0 && own(lock, 'lockfileVersion') === undefined)
    throw new Error('it has neither "packages" nor "dependencies"');
  return readTree(lock, lineOf);
}

/** Version 2 and 3: every folder of node_modules by its path. */
function readPackages(packages: readonly [string, unknown][], lineOf: (key: string) => number): Locked[] {
  // The project itself, and its workspaces, are the folders outside of node_modules.
  const asked = new Set<string>();
  for (const [path, value] of packages) {
    if (path.includes('node_modules/')) continue;
    for (const section of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'])
      for (const name of Object.keys(fields(own(fields(value), section)))) asked.add(name);
  }
  return packages.flatMap(([path, value]): Locked[] => {
    const at = path.lastIndexOf('node_modules/');
    const entry = fields(value);
    const version = text(own(entry, 'version'));
    if (at < 0 || version === undefined || own(entry, 'link') === true) return [];
    if (isElsewhere(version) || isOutside(text(own(entry, 'resolved')))) return [];
    const folder = path.slice(at + 'node_modules/'.length);
    return [
      {
        name: text(own(entry, 'name')) ?? folder,
        version,
        line: lineOf(path),
        dev: own(entry, 'dev') === true || own(entry, 'devOptional') === true,
        direct: path.indexOf('node_modules/') === at && asked.has(folder),
        alias: folder,
      },
    ];
  });
}

/** Version 1: a tree. Walked with a list, since its depth is the file's choice. */
function readTree(lock: Readonly<Record<string, unknown>>, lineOf: (key: string) => number): Locked[] {
  const found: Locked[] = [];
  const open = [{ dependencies: own(lock, 'dependencies'), top: true }];
  for (let level = open.pop(); level; level = open.pop()) {
    for (const [key, value] of Object.entries(fields(level.dependencies))) {
      const entry = fields(value);
      open.push({ dependencies: own(entry, 'dependencies'), top: false });
      const said = text(own(entry, 'version'));
      const alias = /^npm:(@?[^@]+)@(.+)$/.exec(said ?? '');
      const version = alias?.[2] ?? said;
      if (version === undefined || isElsewhere(version) || isOutside(text(own(entry, 'resolved')))) continue;
      found.push({
        name: alias?.[1] ?? key,
        version,
        line: lineOf(key),
        dev: own(entry, 'dev') === true,
        ...(!level.top && { direct: false }),
        alias: key,
      });
    }
  }
  return found;
}

/** Whether npm fetched it from something that is no registry. */
function isOutside(resolved: string | undefined): boolean {
  return resolved !== undefined && /^(?:git[+:]|git@|ssh:|file:)/.test(resolved);
}
