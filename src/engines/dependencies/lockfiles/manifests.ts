import { posix } from 'node:path';
import { readJson } from './json';
import type { Files, Locked } from './locked';
import { entriesAt, type Node } from './node';
import type { LockfileKind } from './kinds';
import { readYaml } from './yaml';
import { pythonName } from '../packages/packageNames';

/** Where to show a finding about a package, and what the manifest says about the package. */
export interface PackagePlace {
  readonly file: string;
  readonly line: number;
  readonly dev: boolean;
  readonly direct: boolean;
}

/** A line of a manifest that requires a package. */
interface RequiringLine {
  readonly file: string;
  readonly line: number;
  readonly dev: boolean;
  readonly range?: string | undefined;
}

/** Finds the manifest lines of the packages in a lockfile, in the manifest in the same folder or else in those below it, which are its workspaces. */
export class ManifestLines {
  readonly #requiringLines = new Map<string, RequiringLine[]>();
  readonly #versions = new Map<string, Set<string>>();

  /**
   * @param packages all packages in the lockfile
   */
  constructor(
    private readonly kind: LockfileKind,
    private readonly lockfile: string,
    packages: readonly Locked[],
    files: Files,
  ) {
    for (const { name, version, alias, direct } of packages) {
      if (direct === false) continue;
      const key = this.#key(alias ?? name);
      const versions = this.#versions.get(key);
      if (versions) versions.add(version);
      else this.#versions.set(key, new Set([version]));
    }
    for (const path of manifestsOf(kind, lockfile, files)) {
      const source = files.read(path);
      if (source === undefined) continue;
      for (const { name, ...asked } of readManifest(path, source)) {
        const key = this.#key(name);
        const lines = this.#requiringLines.get(key);
        if (lines) lines.push({ file: path, ...asked });
        else this.#requiringLines.set(key, [{ file: path, ...asked }]);
      }
    }
  }

  /** Where to show a finding about a package. */
  place(found: Locked): PackagePlace {
    const dev = found.dev ?? false;
    const file = found.file ?? this.lockfile;
    if (!this.kind.manifests || found.direct === false)
      return { file, line: found.line, dev, direct: found.direct ?? true };
    const key = this.#key(found.alias ?? found.name);
    const lines = this.#requiringLines.get(key) ?? [];
    const { ranges } = found;
    const line = ranges ? lines.find(({ range }) => range !== undefined && ranges.includes(range)) : lines[0];
    // If there are several versions, the manifest requires one of them, and only some lockfiles say which.
    const isCertain = found.direct === true || ranges !== undefined || this.#versions.get(key)?.size === 1;
    if (!line || !isCertain) return { file, line: found.line, dev, direct: found.direct ?? false };
    return { file: line.file, line: line.line, dev: dev || line.dev, direct: true };
  }

  #key(name: string): string {
    return this.kind.ecosystem === 'PyPI' ? pythonName(name) : name.toLowerCase();
  }
}

/** The manifests of a lockfile: that of its own folder, and those below, which are its workspaces. */
export function manifestsOf(kind: LockfileKind, lockfile: string, files: Files): string[] {
  const folder = posix.dirname(lockfile);
  const below = (path: string, above: string) => above === '.' || path.startsWith(`${above}/`);
  // What lies below a lockfile further down is another project's.
  const others = files.paths
    .filter((path) => kind.names.test(path))
    .map((path) => posix.dirname(path))
    .filter((other) => other !== folder && below(other, folder));
  return files.paths
    .filter((path) => kind.manifests?.test(posix.basename(path)) && below(path, folder))
    .filter((path) => !others.some((other) => below(path, other)))
    .sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
}

type Line = Omit<RequiringLine, 'file'> & { readonly name: string };

function readManifest(path: string, source: string): Line[] {
  const name = posix.basename(path);
  const lines = source.split('\n');
  switch (name) {
    case 'package.json':
      return jsonSections(source, ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies']);
    case 'composer.json':
      return jsonSections(source, ['require', 'require-dev']);
    case 'pyproject.toml':
    case 'Pipfile':
    case 'Cargo.toml':
      return tomlLines(lines);
    case 'Gemfile':
    case 'gems.rb':
      return matching(lines, /^\s*gem\s*\(?\s*["']([\w.-]+)["']/);
    case 'mix.exs':
      return matching(lines, /\{\s*:(\w+)\s*,/);
    case 'pubspec.yaml':
      return yamlSections(source, ['dependencies', 'dev_dependencies']);
    default:
      if (/proj$|\.props$/.test(name))
        return matching(lines, /<Package(?:Reference|Version)\b[^>]*\b(?:Include|Update)\s*=\s*"([^"]+)"/i);
      return matching(lines, /["']([\w.-]+:[\w.-]+)(?:[:@"'])/);
  }
}

/** The entries of some maps of a YAML manifest. */
function yamlSections(source: string, sections: readonly string[]): Line[] {
  let manifest: Node | undefined;
  try {
    manifest = readYaml(source).documents[0];
  } catch {
    return []; // As with JSON.
  }
  return linesOf(manifest, sections);
}

function matching(lines: readonly string[], pattern: RegExp): Line[] {
  return lines.flatMap((line, index): Line[] => {
    const name = pattern.exec(line)?.[1];
    return name === undefined ? [] : [{ name, line: index + 1, dev: false }];
  });
}

/** The entries of some objects of a JSON manifest, with their lines. */
function jsonSections(source: string, sections: readonly string[]): Line[] {
  let manifest: Node | undefined;
  try {
    manifest = readJson(source).documents[0];
  } catch {
    return []; // It may be in the middle of an edit. Findings are then shown in the lockfile.
  }
  return linesOf(manifest, sections);
}

function linesOf(manifest: Node | undefined, sections: readonly string[]): Line[] {
  return sections.flatMap((section) =>
    entriesAt(manifest, section).map(([name, { line, value: range }]): Line => {
      return { name, line, dev: /dev/i.test(section), range };
    }),
  );
}

/** The tables in which Python and Rust manifests require packages. */
const dependencyTable =
  /^(?:project|project\.optional-dependencies|dependency-groups|packages|dev-packages|tool\.poetry\.(?:group\..+\.)?(?:dev-)?dependencies|tool\.pdm\.dev-dependencies|tool\.uv|(?:target\..+\.)?(?:workspace\.)?(?:dev-|build-)?dependencies)$/;
/** In these tables, only the list of this name requires packages. */
const mixedTables: Readonly<Record<string, string>> = { project: 'dependencies', 'tool.uv': 'dev-dependencies' };

/** Recognizes lines by their shape, since our TOML parser does not report positions. */
function tomlLines(lines: readonly string[]): Line[] {
  const found: Line[] = [];
  let table = '';
  let list = '';
  for (const [index, line] of lines.entries()) {
    const head = /^\s*\[+\s*([^\]]+?)\s*\]+/.exec(line)?.[1]?.replace(/["']/g, '');
    const add = (name: string, where: string) =>
      found.push({ name, line: index + 1, dev: /(?:^|[.-])(?:dev|test|tests|lint|docs)\b/i.test(where) });
    if (head !== undefined && list === '') {
      table = head;
      // `[dependencies.name]` requires a single package.
      const alone = /(?:^|\.)(?:dev-|build-)?dependencies\.([\w.-]+)$/.exec(table)?.[1];
      if (alone !== undefined && !/optional-dependencies/.test(table)) add(alone, table);
      continue;
    }
    if (!dependencyTable.test(table)) continue;
    const [, key = '', opens] = /^\s*["']?([\w.-]+)["']?\s*=\s*(\[)?/.exec(line) ?? [];
    if (opens && list === '') list = key;
    const only = Object.hasOwn(mixedTables, table) ? mixedTables[table] : undefined;
    if (list !== '') {
      if (only === undefined || only === list)
        for (const match of line.matchAll(/["']\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(?=[<>=!~;@("',\s])/g))
          add(match[1] ?? '', `${table}.${list}`);
      if (line.replace(/"[^"]*"|'[^']*'/g, '').includes(']')) list = '';
    } else if (key !== '' && only === undefined) {
      add(/\bpackage\s*=\s*"([^"]+)"/.exec(line)?.[1] ?? key, table);
    }
  }
  return found;
}
