import { readJson } from './json';
import { versionProblem, type Files, type Locked, type LockfileContent } from './locked';
import { at, entriesAt, textAt, type Node } from './node';
import { isOutsideRegistry, npmOrigin, npmSettings, type Origin } from './registries';

/** package-lock.json and npm-shrinkwrap.json of all versions: https://docs.npmjs.com/cli/configuring-npm/package-lock-json */
export function readPackageLock(source: string, path: string, files: Files): LockfileContent {
  const {
    documents: [lock],
    problem,
  } = readJson(source);
  const origin = originOf(npmSettings(path, files));
  const packages = entriesAt(lock, 'packages');
  if (packages.length === 0 && !at(lock, 'dependencies') && !at(lock, 'lockfileVersion'))
    throw new Error(problem ?? 'it has neither "packages" nor "dependencies"');
  return {
    packages: packages.length > 0 ? readPackages(packages, origin) : readTree(lock, origin),
    problem: problem ?? versionProblem(textAt(lock, 'lockfileVersion'), /^[123]$/),
  };
}

type OriginOf = (name: string, node: Node) => Origin;

/** The lockfile takes precedence over the settings. */
function originOf(settings: (name: string) => Origin): OriginOf {
  return (name, node) => {
    const resolved = textAt(node, 'resolved');
    return resolved === undefined ? settings(name) : npmOrigin(resolved);
  };
}

/** Versions 2 and 3: every folder in node_modules, by its path. */
function readPackages(packages: readonly (readonly [string, Node])[], originOf: OriginOf): Locked[] {
  // Folders outside node_modules are the project itself and its workspaces.
  const asked = new Set<string>();
  for (const [path, node] of packages) {
    if (/(?:^|\/)node_modules\//.test(path)) continue;
    for (const section of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'])
      for (const [name] of entriesAt(node, section)) asked.add(name);
  }
  return packages.flatMap(([path, node]): Locked[] => {
    const start = /^(?:.*\/)?node_modules\//.exec(path)?.[0].length;
    const version = textAt(node, 'version');
    if (start === undefined || version === undefined || textAt(node, 'link') === 'true') return [];
    const folder = path.slice(start);
    const name = textAt(node, 'name') ?? folder;
    const origin = originOf(name, node);
    if (isOutsideRegistry(version) || origin === 'elsewhere') return [];
    return [
      {
        name,
        version,
        line: node.line,
        dev: textAt(node, 'dev') === 'true' || textAt(node, 'devOptional') === 'true',
        direct: path.indexOf('node_modules/') === start - 'node_modules/'.length && asked.has(folder),
        alias: folder,
        private: origin === 'private',
        ...licensesOf(node),
      },
    ];
  });
}

/** As in package.json: an SPDX expression, or in old packages `{type}` or a list of these. */
function licensesOf(node: Node): Pick<Locked, 'licenses'> {
  const license = at(node, 'license');
  const licenses = [license, ...(license?.items ?? []), ...(at(node, 'licenses')?.items ?? [])].flatMap(
    (one) => one?.value ?? textAt(one, 'type') ?? [],
  );
  return licenses.length > 0 ? { licenses } : {};
}

/** Version 1: a tree. Walked without recursion, since a file can make it arbitrarily deep. */
function readTree(lock: Node | undefined, originOf: OriginOf): Locked[] {
  const found: Locked[] = [];
  const open: { node: Node | undefined; top: boolean }[] = [{ node: lock, top: true }];
  for (let level = open.pop(); level; level = open.pop()) {
    for (const [key, node] of entriesAt(level.node, 'dependencies')) {
      open.push({ node, top: false });
      const declared = textAt(node, 'version');
      const alias = /^npm:(@?[^@]+)@(.+)$/.exec(declared ?? '');
      const version = alias?.[2] ?? declared;
      const name = alias?.[1] ?? key;
      const origin = originOf(name, node);
      if (version === undefined || isOutsideRegistry(version) || origin === 'elsewhere') continue;
      found.push({
        name,
        version,
        line: node.line,
        dev: textAt(node, 'dev') === 'true',
        ...(!level.top && { direct: false }),
        alias: key,
        private: origin === 'private',
      });
    }
  }
  return found;
}
