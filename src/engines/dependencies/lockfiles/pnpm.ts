import { versionProblem, type Files, type Locked, type LockfileContent } from './locked';
import { at, entriesAt, textAt, type Node } from './node';
import { isOutsideRegistry, isPublic, npmOrigin, npmSettings, type Origin } from './registries';
import { readYaml } from './yaml';

/**
 * pnpm-lock.yaml of versions 5, 6 and 9: https://github.com/pnpm/spec/tree/master/lockfile. pnpm 11 writes a document for itself and its
 * configuration
 * before the project's.
 */
export function readPnpmLock(source: string, path: string, files: Files): LockfileContent {
  const { documents, problem } = readYaml(source);
  const versions = documents.flatMap((document) => textAt(document, 'lockfileVersion') ?? []);
  if (versions.length === 0) throw new Error(problem ?? 'it has no lockfileVersion');
  const settings = npmSettings(path, files);
  return {
    packages: documents.flatMap((document) => readDocument(document, settings)),
    problem: problem ?? versions.map((version) => versionProblem(version, /^(?:[3-7]|9)(?:\.\d+)?$/)).find(Boolean),
  };
}

function readDocument(lock: Node, settings: (name: string) => Origin): Locked[] {
  const asked = readDirect(lock);
  const needed = transitiveDependencies(
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
  /** The registry's host, if the key contains it. */
  readonly host?: string | undefined;
}

const version = String.raw`v?\d[^/_@]*`;
/** `/name/1.0.0_peers` (5), prefixed by the registry's host unless it is the default. */
const slashed = new RegExp(
  String.raw`^([\w-]+(?:\.[\w-]+)+(?::\d+)?)?\/((?:@[^/@]+\/)?[^/@]+)\/(${version})(?:[/_].*)?$`,
);
/** `/name@1.0.0(peers)` (6) and `name@1.0.0` (9). */
const joined = /^(?:([\w-]+(?:\.[\w-]+)+(?::\d+)?)?\/)?((?:@[^/@]+\/)?[^/@]+)@(.+)$/;

/** @returns undefined for a package that is not from a registry */
function packageId(key: string): PackageId | undefined {
  const plain = key.replace(/\(.*$/, '');
  const [, host, name, found] = joined.exec(plain) ?? slashed.exec(plain) ?? [];
  if (name === undefined || found === undefined || isOutsideRegistry(found) || !/^v?\d/.test(found)) return undefined;
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
    // Packages from code hosts have a path and a hash, but no integrity.
    if (!at(resolution, 'integrity')) return 'elsewhere';
    return isPublic('npm', `https://${host}`) ? 'public' : 'private';
  }
  return settings(name);
}

/** The direct dependencies of the projects, as `name@version`. */
function readDirect(lock: Node): Map<string, { alias: string; dev: boolean }> {
  const asked = new Map<string, { alias: string; dev: boolean }>();
  for (const project of [lock, ...entriesAt(lock, 'importers').map(([, importer]) => importer)]) {
    for (const section of ['dependencies', 'optionalDependencies', 'devDependencies']) {
      for (const [alias, node] of entriesAt(project, section)) {
        const resolved = textAt(node, 'version') ?? node.value ?? '';
        // An alias has a full package id here, others only a version.
        const id = packageId(resolved) ?? { name: alias, version: resolved.replace(/[(_].*$/, '') };
        const key = `${id.name}@${id.version}`;
        asked.set(key, { alias, dev: section === 'devDependencies' && (asked.get(key)?.dev ?? true) });
      }
    }
  }
  return asked;
}

/** All transitive dependencies of these packages, in version 9. */
function transitiveDependencies(
  roots: readonly string[],
  snapshots: readonly (readonly [string, Node])[],
): Set<string> {
  const dependenciesOf = new Map<string, string[]>();
  for (const [key, node] of snapshots) {
    const from = key.replace(/\(.*$/, '');
    const to = ['dependencies', 'optionalDependencies']
      .flatMap((section) => entriesAt(node, section))
      .map(([name, { value = '' }]) => {
        const id = packageId(value);
        return id ? `${id.name}@${id.version}` : `${name}@${value.replace(/\(.*$/, '')}`;
      });
    dependenciesOf.set(from, [...(dependenciesOf.get(from) ?? []), ...to]);
  }
  const needed = new Set<string>();
  if (dependenciesOf.size === 0) return needed;
  const open = [...roots];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (needed.has(next)) continue;
    needed.add(next);
    open.push(...(dependenciesOf.get(next) ?? []));
  }
  return needed;
}
