import { posix } from 'node:path';
import { readPom } from '../lockfiles/pom';
import type { Files } from '../lockfiles/locked';
import { withEdit, type TextEdit, type Update, type WantedUpdate } from './edits';
import { isOneValue } from './xml';

/** How many places to try. */
const maxTries = 40;

/**
 * pom.xml: the place that specifies the version, in the dependency, a property or dependencyManagement, in this POM or one that it inherits
 * from. Each place with the old version is tried, until Maven's view of the POMs only differs in this dependency, and at most in others of
 * its group.
 */
export function updatePom({ dependency, to, files, locked }: WantedUpdate): Update | undefined {
  const { lockfile, name, version } = dependency;
  const poms = files.paths.filter((path) => posix.basename(path) === 'pom.xml');
  const above = (folder: string) =>
    folder === '.' || posix.dirname(lockfile) === folder || lockfile.startsWith(`${folder}/`);
  const near = poms.filter((path) => above(posix.dirname(path))).sort((a, b) => b.length - a.length);
  const group = name.split(':')[0] ?? '';
  const before = new Map(locked.map((one) => [one.name, one.version]));
  let tries = 0;
  // The POMs above usually suffice, and reading many others takes time.
  for (const some of [near, poms]) {
    const base: Files = { paths: some, read: (path) => (some.includes(path) ? files.read(path) : undefined) };
    if (versionsOf(lockfile, base).get(name) !== version) continue;
    for (const file of [lockfile, ...some.filter((path) => path !== lockfile)]) {
      const source = files.read(file) ?? '';
      for (const edit of placesOf(file, source, name, version, to)) {
        if (tries++ > maxTries) return undefined;
        const after = versionsOf(lockfile, withEdit(base, edit, some));
        if (after.get(name) !== to) continue;
        const others = [...after].filter(([one, now]) => one !== name && before.has(one) && before.get(one) !== now);
        if (others.every(([one]) => isRelated(one.split(':')[0] ?? '', group)) && isOneValue(source, edit))
          return { edits: [edit], manifests: [file] };
      }
    }
  }
  return undefined;
}

/** Groups that are versioned together: `org.springframework` and `org.springframework.security` may be, `org.slf4j` and `org.apache` are not. */
function isRelated(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}

function versionsOf(path: string, files: Files): Map<string, string> {
  try {
    return new Map(readPom(files.read(path) ?? '', path, files).packages.map((one) => [one.name, one.version]));
  } catch {
    return new Map(); // After the edit it is no longer a POM, so this was not the right place.
  }
}

/** Elements whose text is the version: first the dependency's own, then properties. */
function placesOf(file: string, source: string, name: string, version: string, to: string): TextEdit[] {
  const artifact = name.split(':')[1] ?? '';
  const found: { edit: TextEdit; rank: number }[] = [];
  for (const match of source.matchAll(/<([A-Za-z_][\w.-]*)>(\s*\[?\s*)([^<\s\]]+)\s*\]?\s*<\/\1>/g)) {
    const [, tag = '', space = '', text = ''] = match;
    if (text !== version) continue;
    const start = match.index + tag.length + 2 + space.length;
    const around = source.slice(source.lastIndexOf('<dependency>', match.index), match.index + 500);
    const rank = tag !== 'version' ? 1 : around.includes(`>${artifact}<`) ? 0 : 2;
    found.push({ edit: { file, start, end: start + version.length, text: to }, rank });
  }
  return found.sort((a, b) => a.rank - b.rank).map(({ edit }) => edit);
}
