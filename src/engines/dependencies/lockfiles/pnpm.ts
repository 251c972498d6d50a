import { versionProblem, type Files, type Locked, type LockfileContent } from './locked';
import { at, entriesAt, textAt, type Node } from './node';
import { isElsewhere, isPublic, npmOrigin, npmSettings, type Origin } from './registries';
import { readYaml } from './yaml';

/**
 * pnpm-lock.yaml of versions 5, 6 and 9: https://github.com/pnpm/spec/tree/master/lockfile. pnpm 11 writes a document for itself and its configuration
 * before the project's.
 */
export function readPnpmLock(source: string, path: string, files: Files): LockfileContent {
  const { documents, problem } = readYaml(source);
  const versions = documents.flatMap((document) => textAt(document, 'lockfileVersion') ?? []);
  if (versions.length === 0) throw new Error(problem ?? 'it names no lockfileVersion');
  const settings = npmSettings(path, files);
  return {
    packages: documents.flatMap((document) => readDocument(document, settings)),
    problem: problem ?? versions.map((version) => versionProblem(version, /^(?:[3-7]|9)(?:\.\d+)?$/)).find(Boolean),
  };
}

function readDocument(lock: Node, settings: (name: string) => Origin): Locked[] {
  const asked = readAsked(lock);
  const needed = neededBy(
    [...asked].flatMap(([key, { dev }]) => (dev ? [] : [key])),
    entriesAt(lock, 'snapshots'),
  );
  return entriesAt(lock, 'packages').flatMap(([entry, node]): Locked[] => {
    const id = packageId(entry);
    const origin = id && originOf(id, node, settings);
    if (!id || origin === 'elsewhere') return [];
    const { name, version } = id;
    const key = `${name}@${version}`;
    const said = textAt(node, 'dev');
    const direct = asked.get(key);
    const dev = said === undefined ? (direct?.dev ?? (needed.size > 0 && !needed.has(key))) : said === 'true';
    const alias = direct?.alias ?? name;
    return [
      { name, version, line: node.line, dev, direct: direct !== undefined, alias, private: origin === 'private' },
    ];
  });
}

interface PackageId {
  readonly name: string;
  readonly version: string;
  /** The registry's host, where the key names one. */
  readonly host?: string | undefined;
}

const version = String.raw`v?\d[^/_@]*`;
/** `/name/1.0.0_peers` (5), with the registry's host before it where that is not the default. */
const slashed = new RegExp(
  String.raw`^([\w-]+(?:\.[\w-]+)+(?::\d+)?)?\/((?:@[^/@]+\/)?[^/@]+)\/(${version})(?:[/_].*)?$`,
);
/** `/name@1.0.0(peers)` (6) and `name@1.0.0` (9). */
const joined = /^(?:([\w-]+(?:\.[\w-]+)+(?::\d+)?)?\/)?((?:@[^/@]+\/)?[^/@]+)@(.+)$/;

/** @returns undefined for a key that leads to no registry */
function packageId(key: string): PackageId | undefined {
  const plain = key.replace(/\(.*$/, '');
  const [, host, name, found] = joined.exec(plain) ?? slashed.exec(plain) ?? [];
  if (name === undefined || found === undefined || isElsewhere(found) || !/^v?\d/.test(found)) return undefined;
  return { name, version: found, host };
}

function originOf({ name, host }: PackageId, node: Node, settings: (name: string) => Origin): Origin {
  const resolution = at(node, 'resolution');
  if (['directory', 'repo', 'commit', 'path'].some((key) => at(resolution, key))) return 'elsewhere';
  const type = textAt(resolution, 'type');
  if (type === 'git' || type === 'directory') return 'elsewhere';
  const tarball = textAt(resolution, 'tarball');
  if (tarball !== undefined) return npmOrigin(tarball);
  if (host !== undefined) {
    // Other hosts of code have a path, a hash and no integrity.
    if (!at(resolution, 'integrity')) return 'elsewhere';
    return isPublic('npm', `https://${host}`) ? 'public' : 'private';
  }
  return settings(name);
}

/** What the projects themselves ask for, as `name@version`. */
function readAsked(lock: Node): Map<string, { alias: string; dev: boolean }> {
  const asked = new Map<string, { alias: string; dev: boolean }>();
  for (const project of [lock, ...entriesAt(lock, 'importers').map(([, importer]) => importer)]) {
    for (const section of ['dependencies', 'optionalDependencies', 'devDependencies']) {
      for (const [alias, node] of entriesAt(project, section)) {
        const resolved = textAt(node, 'version') ?? node.value ?? '';
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
function neededBy(roots: readonly string[], snapshots: readonly (readonly [string, Node])[]): Set<string> {
  const ways = new Map<string, string[]>();
  for (const [key, node] of snapshots) {
    const from = key.replace(/\(.*$/, '');
    const to = ['dependencies', 'optionalDependencies']
      .flatMap((section) => entriesAt(node, section))
      .map(([name, { value = '' }]) => {
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
