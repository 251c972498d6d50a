import { posix } from 'node:path';
import { compareVersions } from '../packages/versions';
import type { Dependency } from '../packages/dependency';
import { isRecord, type TextEdit, type Update, type WantedUpdate } from './edits';
import { readObject, setJson } from './json';
import { lowestOf, raisedRange, type RangeStyle } from './ranges';
import { valueAt } from './toml';

const style: RangeStyle = { ecosystem: 'npm', usual: '^' };
const sections = ['dependencies', 'devDependencies', 'optionalDependencies'];

/** package.json: the range of a direct dependency, otherwise an override next to the lockfile. */
export function updateNpm(wanted: WantedUpdate): Update | undefined {
  const { dependency, to, manifests, files } = wanted;
  const name = dependency.alias ?? dependency.name;
  const edits: TextEdit[] = [];
  const asking: string[] = [];
  for (const file of manifests) {
    const source = files.read(file) ?? '';
    const manifest = readObject(source);
    for (const section of sections) {
      const range = valueAt(manifest, [section, name]);
      if (typeof range !== 'string' || !mayBe(range, wanted)) continue;
      const [, prefix = '', own = ''] = /^(npm:(?:@?[^@]+)@|npm:|)(.*)$/.exec(range) ?? [];
      if (isFrom(own, to)) {
        asking.push(file);
        continue;
      }
      const raised = raisedRange(own, to, style);
      const edit = raised === undefined ? undefined : setJson(file, source, [section, name], prefix + raised);
      if (!edit) continue;
      edits.push(...edit);
      asking.push(file);
    }
  }
  if (asking.length > 0) return { edits, manifests: [...new Set(asking)] };
  return dependency.direct ? undefined : override(wanted);
}

/** Whether a range resolves to the installed version: only some lockfiles say so, and it only matters if there are several versions. */
function mayBe(range: string, { dependency, locked }: WantedUpdate): boolean {
  const name = dependency.alias ?? dependency.name;
  const same = locked.filter((one) => (one.alias ?? one.name) === name);
  const ranges = same.some((one) => one.ranges);
  if (!ranges) return dependency.direct;
  const own = same.find(({ version }) => version === dependency.version);
  if (own?.ranges?.includes(range)) return true;
  // The manifest has changed since the lockfile was written.
  return !same.some((one) => one.ranges?.includes(range));
}

function isFrom(range: string, to: string): boolean {
  const lowest = lowestOf(range);
  return lowest !== undefined && !range.includes('|') && compareVersions('npm', lowest, to) >= 0;
}

/**
 * The setting that overrides the version for all dependents: https://docs.npmjs.com/cli/configuring-npm/package-json#overrides, and those
 * of yarn and pnpm.
 */
function override({ dependency, to, files, locked }: WantedUpdate): Update | undefined {
  const file = posix.join(posix.dirname(dependency.lockfile), 'package.json');
  const source = files.read(file);
  const manifest = source === undefined ? undefined : readObject(source);
  if (source === undefined || !isRecord(manifest)) return undefined;
  const found = overrideOf(dependency, to, locked);
  if (!found) return undefined;
  const value = `^${to}`;
  const edits: TextEdit[] = [];
  for (const key of found.keys) {
    const old = valueAt(manifest, [...found.path, key]);
    if (typeof old === 'string' && isFrom(old, to)) continue;
    // An override by parents, or one that names another package, is the user's own.
    if (old !== undefined && typeof old !== 'string') return undefined;
    const raised = typeof old === 'string' ? raisedRange(old, to, style) : value;
    // All insertions go to the same place, so there can only be one.
    const edit =
      raised === undefined || edits.length > 0 ? undefined : setJson(file, source, [...found.path, key], raised);
    if (!edit) return undefined;
    edits.push(...edit);
  }
  return { edits, manifests: [file], overrides: true };
}

function overrideOf({ name, version, lockfile }: Dependency, to: string, locked: WantedUpdate['locked']) {
  const kind = posix.basename(lockfile);
  const versions = new Set(locked.filter((one) => one.name === name).map((one) => one.version));
  // If there are several versions, the others stay unchanged where the format allows it.
  const several = [...versions].some(
    (one) => one !== version && (compareVersions('npm', one, to) > 0 || !one.startsWith(`${to.split('.')[0] ?? ''}.`)),
  );
  const selected = several ? `${name}@${version}` : name;
  if (kind.startsWith('pnpm-lock')) return { path: ['pnpm', 'overrides'], keys: [selected] };
  if (kind !== 'yarn.lock') return kind === 'deno.lock' ? undefined : { path: ['overrides'], keys: [selected] };
  if (!several) return { path: ['resolutions'], keys: [name] };
  const ranges = locked.find((one) => one.name === name && one.version === version)?.ranges ?? [];
  const berry = ranges.filter((range) => range.startsWith('npm:'));
  return berry.length > 0 ? { path: ['resolutions'], keys: berry.map((range) => `${name}@${range}`) } : undefined;
}
