import { parse } from 'smol-toml';
import { fields, list, own, text, type Locked } from './locked';

/** poetry.lock: https://python-poetry.org */
export function readPoetryLock(source: string): Locked[] {
  return packagesOf(source).flatMap(({ entry, name, version, line }): Locked[] => {
    const origin = text(own(fields(own(entry, 'source')), 'type'));
    if (origin !== undefined && origin !== 'legacy') return [];
    const groups = list(own(entry, 'groups'));
    const dev = own(entry, 'category') === 'dev' || (groups.length > 0 && !groups.includes('main'));
    return [{ name, version, line, dev }];
  });
}

/** uv.lock: https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile */
export function readUvLock(source: string): Locked[] {
  return packagesOf(source).flatMap(({ entry, name, version, line }): Locked[] =>
    own(fields(own(entry, 'source')), 'registry') === undefined ? [] : [{ name, version, line }],
  );
}

/** pdm.lock: https://pdm-project.org */
export function readPdmLock(source: string): Locked[] {
  return packagesOf(source).flatMap(({ entry, name, version, line }): Locked[] => {
    if (['git', 'path', 'url', 'editable', 'hg', 'svn', 'bzr'].some((key) => own(entry, key) !== undefined)) return [];
    const groups = list(own(entry, 'groups'));
    return [{ name, version, line, dev: groups.length > 0 && !groups.includes('default') }];
  });
}

/** Cargo.lock: https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html */
export function readCargoLock(source: string): Locked[] {
  return packagesOf(source).flatMap(({ entry, name, version, line }): Locked[] =>
    /^(?:registry|sparse)\+/.test(text(own(entry, 'source')) ?? '') ? [{ name, version, line }] : [],
  );
}

interface Package {
  readonly entry: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly version: string;
  /** Of the name. */
  readonly line: number;
}

/** The `[[package]]` tables, in whose order the lines are counted. */
function packagesOf(source: string): Package[] {
  const lock = fields(parse(source.replace(/^\uFEFF/, '')));
  const lines = source.split(/\r?\n/);
  const heads = lines.flatMap((line, index) => (/^\s*\[\[\s*package\s*\]\]/.test(line) ? [index] : []));
  const packages = own(lock, 'package');
  if (packages === undefined && Object.keys(lock).length === 0) throw new Error('it holds no packages');
  return list(packages).flatMap((value, index): Package[] => {
    const entry = fields(value);
    const name = text(own(entry, 'name'));
    const version = text(own(entry, 'version'));
    if (name === undefined || version === undefined) return [];
    let at = heads[index] ?? 0;
    const end = heads[index + 1] ?? lines.length;
    while (at < end && !/^\s*name\s*=/.test(lines[at] ?? '')) at += 1;
    return [{ entry, name, version, line: (at < end ? at : (heads[index] ?? 0)) + 1 }];
  });
}
