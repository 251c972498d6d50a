import { posix } from 'node:path';
import { readGoMod } from '../lockfiles/go';
import { edited, type Update, type WantedUpdate } from './edits';

/** go.mod: the requirement, or the replacement that leads to the version. */
export function updateGo({ dependency, to, files, locked }: WantedUpdate): Update | undefined {
  const { name, version, lockfile } = dependency;
  if (posix.basename(lockfile) !== 'go.mod') return undefined;
  const source = files.read(lockfile) ?? '';
  const target =
    version.includes('+incompatible') && !to.includes('+') && !/^[01]\./.test(to) ? `${to}+incompatible` : to;
  const escaped = name.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  const pattern = new RegExp(String.raw`(?:^|[\s"\`])${escaped}["\`]?[ \t]+["\`]?v`, 'gm');
  const keyed = (text: string) => readGoMod(text).packages.map((one) => `${one.name} ${one.version}`);
  const before = locked.map((one) => `${one.name} ${one.version}`);
  for (const match of source.matchAll(pattern)) {
    const start = match.index + match[0].length;
    if (!source.startsWith(version, start) || /[\w.+-]/.test(source[start + version.length] ?? '')) continue;
    const edit = { file: lockfile, start, end: start + version.length, text: target };
    const after = keyed(edited(source, [edit]));
    const changed = after.filter((one, index) => one !== before[index]);
    if (after.length === before.length && changed.length > 0 && changed.every((one) => one === `${name} ${target}`))
      return { edits: [edit], manifests: [lockfile] };
  }
  return undefined;
}
