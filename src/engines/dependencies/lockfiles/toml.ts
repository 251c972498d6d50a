import { parse, TomlError, type TomlValue } from 'smol-toml';
import { isPublic } from './registries';
import { versionProblem, type Locked, type LockfileContent } from './locked';

type Table = Readonly<Record<string, TomlValue>>;

/** poetry.lock: https://python-poetry.org */
export function readPoetryLock(source: string): LockfileContent {
  const { lock, packages, problem } = readPackages(source, 'package');
  return {
    packages: packages.flatMap(({ entry, name, version, line }): Locked[] => {
      const from = table(entry, 'source');
      const origin = text(from, 'type');
      // "legacy" is any configured index other than PyPI.
      if (origin !== undefined && origin !== 'legacy') return [];
      const groups = strings(entry, 'groups');
      const dev = text(entry, 'category') === 'dev' || (groups.length > 0 && !groups.includes('main'));
      return [{ name, version, line, dev, private: origin === 'legacy' && !isPublic('PyPI', text(from, 'url') ?? '') }];
    }),
    problem: problem ?? versionProblem(text(table(lock, 'metadata'), 'lock-version'), /^[12]\.\d+$/),
  };
}

/** uv.lock: https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile */
export function readUvLock(source: string): LockfileContent {
  const { lock, packages, problem } = readPackages(source, 'package');
  return {
    packages: packages.flatMap(({ entry, name, version, line }): Locked[] => {
      const registry = text(table(entry, 'source'), 'registry');
      return registry === undefined ? [] : [{ name, version, line, private: !isPublic('PyPI', registry) }];
    }),
    problem: problem ?? versionProblem(text(lock, 'version'), /^1$/),
  };
}

/** pdm.lock: https://pdm-project.org */
export function readPdmLock(source: string): LockfileContent {
  const { lock, packages, problem } = readPackages(source, 'package');
  return {
    packages: packages.flatMap(({ entry, name, version, line }): Locked[] => {
      if (['git', 'path', 'url', 'editable', 'hg', 'svn', 'bzr'].some((key) => Object.hasOwn(entry, key))) return [];
      const groups = strings(entry, 'groups');
      const dev = groups.length > 0 && !groups.includes('default');
      return [{ name, version, line, dev, private: hasPrivateFiles(entry, 'files') }];
    }),
    problem: problem ?? versionProblem(text(table(lock, 'metadata'), 'lock_version'), /^[2-4](?:\.\d+)*$/),
  };
}

/** pylock.toml, the format that Python's package managers share: https://packaging.python.org/en/latest/specifications/pylock-toml/ */
export function readPylock(source: string): LockfileContent {
  const { lock, packages, problem } = readPackages(source, 'packages');
  return {
    packages: packages.flatMap(({ entry, name, version, line }): Locked[] => {
      if (['vcs', 'directory', 'archive'].some((key) => Object.hasOwn(entry, key))) return [];
      const index = text(entry, 'index');
      const own = index === undefined ? hasPrivateFiles(entry, 'wheels') : !isPublic('PyPI', index);
      return [{ name, version, line, private: own }];
    }),
    problem: problem ?? versionProblem(text(lock, 'lock-version'), /^1\.\d+$/),
  };
}

/** Cargo.lock: https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html */
export function readCargoLock(source: string): LockfileContent {
  const { lock, packages, problem } = readPackages(source, 'package');
  return {
    packages: packages.flatMap(({ entry, name, version, line }): Locked[] => {
      const from = text(entry, 'source') ?? '';
      if (!/^(?:registry|sparse)\+/.test(from)) return [];
      return [{ name, version, line, private: !/\/crates\.io-index\/?$|\/\/index\.crates\.io\/?$/.test(from) }];
    }),
    problem: problem ?? versionProblem(text(lock, 'version'), /^[1-4]$/),
  };
}

interface Package {
  readonly entry: Table;
  readonly name: string;
  readonly version: string;
  /** The line of the name. */
  readonly line: number;
}

/**
 * The `[[package]]` tables. The parser does not report lines, so they are searched for in the text.
 * @throws if there are unexpectedly none
 */
function readPackages(source: string, key: string): { lock: Table; packages: Package[]; problem?: string } {
  const lines = source.split('\n');
  const head = new RegExp(String.raw`^\s*\[\[\s*["']?${key}["']?\s*\]\]`);
  const heads = lines.flatMap((line, index) => (head.test(line) ? [index] : []));
  const { lock, problem } = parseWhole(source, lines, heads);
  const entries = own(lock, key);
  if (entries === undefined && (problem !== undefined || Object.keys(lock).length === 0))
    throw new Error(problem ?? 'it contains no packages');
  if (entries !== undefined && !Array.isArray(entries)) throw new Error(`its "${key}" is not a list of packages`);
  const packages = (entries ?? []).flatMap((value, index): Package[] => {
    const entry = asTable(value);
    const [name, version] = [text(entry, 'name'), text(entry, 'version')];
    if (name === undefined || version === undefined) return [];
    const start = heads[index] ?? 0;
    const named = lines.slice(start, heads[index + 1]).findIndex((line) => /^\s*["']?name["']?\s*=/.test(line));
    return [{ entry, name, version, line: start + Math.max(0, named) + 1 }];
  });
  return { lock, packages, ...(problem !== undefined && { problem }) };
}

/** For a damaged text, the packages before the damage. */
function parseWhole(source: string, lines: readonly string[], heads: readonly number[]) {
  try {
    return { lock: parse(source) as Table };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const problem = `it is damaged at line ${error.line}`;
    // Try the text before the damage, then the text before the damaged package.
    const last = heads.findLast((head) => head < error.line - 1) ?? 0;
    for (const end of [error.line - 1, last]) {
      try {
        return { lock: parse(lines.slice(0, end).join('\n')) as Table, problem };
      } catch {
        continue; // The next one is shorter.
      }
    }
    throw new Error(problem, { cause: error });
  }
}

function own(fields: Table | undefined, key: string): TomlValue | undefined {
  return fields && Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function asTable(value: TomlValue | undefined): Table {
  const isTable = typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
  return isTable ? value : {};
}

function table(fields: Table, key: string): Table {
  return asTable(own(fields, key));
}

function text(fields: Table, key: string): string | undefined {
  const value = own(fields, key);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function strings(fields: Table, key: string): string[] {
  const value = own(fields, key);
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** Whether the first archive with a URL is in a private registry. */
function hasPrivateFiles(entry: Table, key: string): boolean {
  const files = own(entry, key);
  const urls = (Array.isArray(files) ? files : []).flatMap((file) => text(asTable(file), 'url') ?? []);
  return urls[0] !== undefined && !isPublic('PyPI', urls[0]);
}
