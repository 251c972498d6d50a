import { below, readIndented, valueOf, type Entry } from './indented';
import { isElsewhere, type Locked } from './locked';

/** pnpm-lock.yaml of versions 5, 6 and 9: https://github.com/pnpm/spec/tree/master/lockfile */
export function readPnpmLock(source: string): Locked[] {
  const lock = readIndented(source);
  if (valueOf(lock, 'lockfileVersion') === undefined) throw new Error('it names no lockfileVersion');
  const asked = readAsked(lock);
  const needed = neededBy(
    [...asked].flatMap(([key, { dev }]) => (dev ? [] : [key])),
    below(lock, 'snapshots'),
  );
  return below(lock, 'packages').flatMap((entry): Locked[] => {
    const id = packageId(entry.key);
    if (!id) return [];
    const key = `${id.name}@${id.version}`;
    const said = valueOf(entry.children, 'dev');
    const direct = asked.get(key);
    const dev = said === undefined ? (direct?.dev ?? (needed.size > 0 && !needed.has(key))) : said === 'true';
    return [{ ...id, line: entry.line, dev, direct: direct !== undefined, alias: direct?.alias ?? id.name }];
  });
}

interface PackageId {
  readonly name: string;
  readonly version: string;
}

/** `/name/1.0.0_peers` (5), `/name@1.0.0(peers)` (6) and `name@1.0.0` (9). */
function packageId(key: string): PackageId | undefined {
  const plain = key.replace(/\(.*$/, '');
  const at = /^\/?((?:@[^/@]+\/)?[^/@]+)@(.+)$/.exec(plain);
  const [, name, version] =
    at ??
    /^(?:(?!git|bitbucket|codeload)[\w-]+(?:\.[\w-]+)+(?::\d+)?)?\/((?:@[^/]+\/)?[^/]+)\/(\d[^/_]*)/.exec(plain) ??
    [];
  if (name === undefined || version === undefined || isElsewhere(version)) return undefined;
  return { name, version };
}

/** What the projects themselves ask for, as `name@version`. */
function readAsked(lock: readonly Entry[]): Map<string, { alias: string; dev: boolean }> {
  const asked = new Map<string, { alias: string; dev: boolean }>();
  for (const project of [lock, ...below(lock, 'importers').map((importer) => importer.children)]) {
    for (const section of ['dependencies', 'optionalDependencies', 'devDependencies']) {
      for (const { key: alias, value, children } of below(project, section)) {
        const resolved = valueOf(children, 'version') ?? value;
        // Under an alias it is a package's whole id, else a version.
        const id = packageId(resolved) ?? { name: alias, version: resolved.replace(/[(_].*$/, '') };
        const key = `${id.name}@${id.version}`;
        asked.set(key, { alias, dev: section === 'devDependencies' && (asked.get(key)?.dev ?? true) });
      }
    }
  }
  return asked;
}

/** All that these lead to, as version 9 writes the ways. */
function neededBy(roots: readonly string[], snapshots: readonly Entry[]): Set<string> {
  const ways = new Map<string, string[]>();
  for (const { key, children } of snapshots) {
    const from = key.replace(/\(.*$/, '');
    const to = ['dependencies', 'optionalDependencies']
      .flatMap((section) => below(children, section))
      .map(({ key: name, value }) => {
        const id = packageId(value);
        return id ? `${id.name}@${id.version}` : `${name}@${value.replace(/\(.*$/, '')}`;
      });
    ways.set(from, [...(ways.get(from) ?? []), ...to]);
  }
  const needed = new Set<string>();
  if (ways.size === 0) return needed;
  const open = [...roots];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (needed.has(next)) continue;
    needed.add(next);
    open.push(...(ways.get(next) ?? []));
  }
  return needed;
}
