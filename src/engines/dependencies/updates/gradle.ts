import { posix } from 'node:path';
import { compareVersions } from '../packages/versions';
import { isRecord, type TextEdit, type Update, type WantedUpdate } from './edits';
import { readToml, setToml } from './toml';

type Found = TextEdit | 'done';

/** build.gradle, build.gradle.kts, and the version catalog: https://docs.gradle.org/current/userguide/version_catalogs.html */
export function updateGradle(wanted: WantedUpdate): Update | undefined {
  const edits: TextEdit[] = [];
  const asking = new Set<string>();
  for (const file of wanted.manifests) {
    const source = wanted.files.read(file) ?? '';
    for (const found of file.endsWith('.toml') ? inCatalog(file, source, wanted) : inScript(file, source, wanted)) {
      asking.add(found === 'done' ? file : found.file);
      const isNew = found !== 'done' && !edits.some((one) => one.file === found.file && one.start === found.start);
      if (isNew) edits.push(found);
    }
  }
  return asking.size > 0 ? { edits, manifests: [...asking] } : undefined;
}

function raised(version: string, { to }: WantedUpdate): string | undefined {
  return /^\d[\w.-]*$/.test(version) && compareVersions('Maven', version, to) < 0 ? to : undefined;
}

function inCatalog(file: string, source: string, wanted: WantedUpdate): Found[] {
  const tree = readToml(source);
  const libraries = isRecord(tree?.['libraries']) ? Object.entries(tree['libraries']) : [];
  return libraries.flatMap(([key, one]): Found[] => {
    const set = (path: string[], old: unknown, make: (version: string) => string = (version) => version): Found[] => {
      if (typeof old !== 'string') return [];
      if (/^\d/.test(old) && compareVersions('Maven', old, wanted.to) >= 0) return ['done'];
      const version = raised(old, wanted);
      const edit = version === undefined ? undefined : setToml(file, source, path, make(version));
      return edit ? [edit] : [];
    };
    /** The forms in which a version may be written: a string, or a strict and a preferred one. */
    const setVersion = (path: string[], version: unknown): Found[] => {
      if (!isRecord(version)) return set(path, version);
      return ['strictly', 'require', 'prefer'].flatMap((kind) => set([...path, kind], version[kind]));
    };
    if (typeof one === 'string') {
      const [group = '', name = '', version] = one.split(':');
      const isIt = `${group}:${name}` === wanted.dependency.name;
      return isIt ? set(['libraries', key], version, (to) => `${group}:${name}:${to}`) : [];
    }
    if (!isRecord(one)) return [];
    const module = one['module'] ?? `${String(one['group'])}:${String(one['name'])}`;
    if (module !== wanted.dependency.name) return [];
    const version = one['version'];
    const ref = isRecord(version) ? version['ref'] : undefined;
    if (typeof ref !== 'string') return setVersion(['libraries', key, 'version'], version);
    const versions = isRecord(tree?.['versions']) ? tree['versions'] : {};
    return setVersion(['versions', ref], versions[ref]);
  });
}

function inScript(file: string, source: string, wanted: WantedUpdate): Found[] {
  const [group = '', name = ''] = wanted.dependency.name.split(':');
  const escape = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  const asked = [
    // 'group:name:1.0', also with a classifier, and "group:name:$version".
    new RegExp(String.raw`(["'])${escape(group)}:${escape(name)}:(?<version>[^"':@]+)`, 'gd'),
    // group: 'group', name: 'name', version: '1.0'
    new RegExp(
      String.raw`group\s*[:=]\s*(["'])${escape(group)}\1\s*,\s*name\s*[:=]\s*(["'])${escape(name)}\2\s*,\s*version\s*[:=]\s*(?:["'])?(?<version>[\w.$-]+|\$\{[\w.]+\})`,
      'gd',
    ),
    // "group:name:" + version
    new RegExp(String.raw`(["'])${escape(group)}:${escape(name)}:\1\s*\+\s*(?<version>[A-Za-z_][\w.]*)`, 'gd'),
  ];
  return asked.flatMap((pattern) =>
    [...source.matchAll(pattern)].flatMap((match): Found[] => {
      const text = match.groups?.['version'] ?? '';
      const [start] = match.indices?.groups?.['version'] ?? [-1];
      const variable = /^(?:\$\{?)?(?:rootProject\.|project\.)?(?:ext\.|extra\.)?([A-Za-z_]\w*)(?:\}|!!)?$/.exec(
        text,
      )?.[1];
      if (variable !== undefined) return ofVariable(variable, file, source, wanted);
      if (/^\d/.test(text) && compareVersions('Maven', text, wanted.to) >= 0) return ['done'];
      const to = raised(text, wanted);
      return to === undefined || start < 0 ? [] : [{ file, start, end: start + text.length, text: to }];
    }),
  );
}

/** Where a build script's variable gets its version: in the script itself, in one above it, or in gradle.properties. */
function ofVariable(name: string, file: string, source: string, wanted: WantedUpdate): Found[] {
  const folder = posix.dirname(file);
  const above = wanted.files.paths
    .filter((path) => /^(?:build\.gradle(?:\.kts)?|gradle\.properties)$/.test(posix.basename(path)))
    .filter((path) => posix.dirname(path) === '.' || `${folder}/`.startsWith(`${posix.dirname(path)}/`))
    .sort((a, b) => b.length - a.length);
  for (const path of [file, ...above.filter((one) => one !== file)]) {
    const text = path === file ? source : (wanted.files.read(path) ?? '');
    const set = path.endsWith('.properties')
      ? new RegExp(String.raw`^[ \t]*${name}[ \t]*[=:][ \t]*(?<version>[\w.-]+)`, 'dm')
      : new RegExp(
          String.raw`(?:\b${name}|["']${name}["']\]?)(?:\s*:\s*String)?\s*(?:=|,|:|by\s+extra\()\s*(["'])(?<version>[\w.-]+)\1`,
          'd',
        );
    const match = set.exec(text);
    const version = match?.groups?.['version'];
    const [start] = match?.indices?.groups?.['version'] ?? [-1];
    if (version === undefined || start < 0) continue;
    const to = raised(version, wanted);
    return to === undefined ? ['done'] : [{ file: path, start, end: start + version.length, text: to }];
  }
  return [];
}
