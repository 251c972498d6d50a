import { posix } from 'node:path';
import { readPackagesConfig, readProject } from '../lockfiles/nuget';
import type { Files, Locked } from '../lockfiles/locked';
import { compareVersions } from '../packages/versions';
import { withEdit, type TextEdit, type Update, type WantedUpdate } from './edits';
import { isOneValue } from './xml';

/** .NET projects, Directory.Packages.props, and packages.config. */
export function updateNuget(wanted: WantedUpdate): Update | undefined {
  const { dependency, files, manifests } = wanted;
  const isLock = /\.lock\.json$/.test(dependency.lockfile);
  if (isLock && !dependency.direct) return undefined;
  const folder = posix.dirname(dependency.file);
  const props = files.paths.filter(
    (path) =>
      /(?:^|\/)Directory\.(?:Packages|Build)\.(?:props|targets)$/.test(path) && isAbove(posix.dirname(path), folder),
  );
  const places = [...new Set([dependency.file, ...(isLock ? manifests : []), ...props])].filter(
    (path) => !path.endsWith('.lock.json'),
  );
  for (const file of places) {
    const source = files.read(file) ?? '';
    for (const edit of versionEdits(file, source, wanted)) {
      if (edit === 'done') return { edits: [], manifests: [file] };
      if (!isOneValue(source, edit)) continue;
      if (isLock || isRight(edit, wanted)) return { edits: [edit], manifests: [file] };
    }
  }
  return undefined;
}

function isAbove(folder: string, below: string): boolean {
  return folder === '.' || folder === below || below.startsWith(`${folder}/`);
}

/** Where a file may specify a package's version: an attribute, an element, a property. */
function versionEdits(file: string, source: string, { dependency, to }: WantedUpdate): (TextEdit | 'done')[] {
  const { name, version } = dependency;
  const escaped = name.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  const tag = new RegExp(
    String.raw`<(PackageReference|PackageVersion|GlobalPackageReference|package)\b(?=[^>]*\b(?:Include|Update|id)\s*=\s*["']${escaped}["'])[^>]*>(?:(?!</?\1\b)[\s\S])*?(?=<\/?\1\b|$)`,
    'gi',
  );
  const found: (TextEdit | 'done')[] = [];
  for (const match of source.matchAll(tag)) {
    const said =
      /\b(?:Version|VersionOverride)\s*=\s*["']\s*\[?\s*([^"'\]]*?)\s*\]?\s*["']|<Version>\s*\[?\s*([^<\]]*?)\s*\]?\s*<\/Version>/i.exec(
        match[0],
      );
    const text = said?.[1] ?? said?.[2] ?? '';
    if (!said || text === '') continue;
    const start = match.index + said.index + said[0].indexOf(text, said[0].search(/[>=]/));
    const property = /^\$\(([\w.]+)\)$/.exec(text)?.[1];
    if (property === undefined && /^\d/.test(text)) {
      if (compareVersions('NuGet', text, to) < 0) found.push({ file, start, end: start + text.length, text: to });
      else found.push('done');
    }
  }
  // A property, found by trying each one: parsing the result shows whether it was the right one.
  for (const match of source.matchAll(/<([A-Za-z_][\w.-]*)>\s*([^<\s]+)\s*<\/\1>/g)) {
    if (match[2] !== version) continue;
    const start = match.index + match[0].indexOf(version, (match[1] ?? '').length + 2);
    found.push({ file, start, end: start + version.length, text: to });
  }
  return found;
}

/** Whether the project then requires the version, and only packages versioned with it have changed. */
function isRight(edit: TextEdit, { dependency, to, files, locked }: WantedUpdate): boolean {
  const { lockfile, name } = dependency;
  const read = (from: Files): readonly Locked[] => {
    const source = from.read(lockfile) ?? '';
    return /packages(?:\.[^/]+)?\.config$/.test(lockfile)
      ? readPackagesConfig(source).packages
      : readProject(source, lockfile, from).packages;
  };
  const after = read(withEdit(files, edit));
  const family = (one: string) => one.toLowerCase().split('.')[0];
  let right = false;
  for (const [index, one] of after.entries()) {
    const before = locked[index];
    if (!before || before.name !== one.name) return false;
    if (before.version === one.version) continue;
    if (family(one.name) !== family(name) || one.version !== to) return false;
    if (one.name.toLowerCase() === name.toLowerCase()) right = true;
  }
  return right && after.length === locked.length;
}
