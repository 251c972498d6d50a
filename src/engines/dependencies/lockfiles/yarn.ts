import type { Files, Locked, LockfileContent } from './locked';
import { versionProblem } from './locked';
import { entriesAt, noItems, textAt, type Node } from './node';
import { isOutsideRegistry, npmOrigin, npmSettings, type Origin } from './registries';
import { readYaml } from './yaml';

/** A descriptor: a name, an @, and the range. */
const descriptor = /^(@?[^@]+)@(.*)$/;

/** yarn.lock of Yarn 1, and of Yarn 2 and later ("berry"). */
export function readYarnLock(source: string, path: string, files: Files): LockfileContent {
  const settings = npmSettings(path, files);
  if (/^["']?__metadata["']?:/m.test(source)) return readBerry(source, settings);
  const { entries, problem } = readClassicTree(source);
  if (entries.size === 0 && problem !== undefined) throw new Error(problem);
  const packages = [...entries].flatMap(([key, node]) => fromClassic(key, node, settings));
  const without = [...entries.values()].find((node) => textAt(node, 'version') === undefined);
  const damage = without && `it is damaged at line ${without.line}`;
  return { packages, problem: problem ?? damage };
}

function fromClassic(key: string, node: Node, settings: (name: string) => Origin): Locked[] {
  const version = textAt(node, 'version');
  const asked = key.split(', ').map((text) => descriptor.exec(text));
  const [, alias = '', first = ''] = asked[0] ?? [];
  const aliased = /^npm:(@?[^@]+)(?:@|$)/.exec(first);
  if (version === undefined || alias === '' || (!aliased && isOutsideRegistry(first))) return [];
  const name = aliased?.[1] ?? alias;
  const resolved = textAt(node, 'resolved');
  const origin = resolved === undefined ? settings(name) : npmOrigin(resolved);
  if (origin === 'elsewhere') return [];
  const ranges = asked.map((match) => match?.[2] ?? '');
  return [{ name, version, line: node.line, alias, ranges, private: origin === 'private' }];
}

/**
 * The format of Yarn 1: maps by indentation, strings bare or quoted as in JSON, and several keys for one value. Yarn's own parser does not report
 * lines, and its package is no longer maintained. https://github.com/yarnpkg/yarn/blob/master/src/lockfile/parse.js
 * @returns the top level, whose keys are joined by ", ", and the problem with the text, if any
 */
function readClassicTree(source: string): { entries: Map<string, Node>; problem?: string | undefined } {
  const top = new Map<string, Node>();
  const open: { indent: number; entries: Map<string, Node> }[] = [{ indent: -1, entries: top }];
  let problem: string | undefined;
  for (const [index, raw] of source.split('\n').entries()) {
    const content = raw.trim();
    if (content === '' || content.startsWith('#')) continue;
    const line = index + 1;
    const indent = raw.length - raw.trimStart().length;
    const parts = stringsOf(content);
    if (!parts) {
      problem ??= `it is damaged at line ${line}`;
      continue;
    }
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    const around = open.at(-1)?.entries ?? top;
    if (parts.opens) {
      const entries = new Map<string, Node>();
      around.set(parts.strings.join(', '), { line, entries, items: noItems });
      open.push({ indent, entries });
    } else {
      const [key = '', value = ''] = parts.strings;
      if (around === top) problem ??= `it is damaged at line ${line}`;
      else around.set(key, { line, value, entries: new Map(), items: noItems });
    }
  }
  return { entries: top, problem };
}

/** The strings of a line: `key value`, `key: value`, or `key, key:` at the start of a map. */
function stringsOf(content: string): { strings: string[]; opens: boolean } | undefined {
  const strings: string[] = [];
  const token = /\s*(?:"((?:\\.|[^"\\])*)"|([^\s",][^\s,]*?)(?=:?(?:[\s,]|$)))\s*(,|:(?=\s|$))?/y;
  let separator: string | undefined;
  while (token.lastIndex < content.length) {
    const match = token.exec(content);
    if (!match) return undefined;
    const [, quoted, bare] = match;
    strings.push(quoted === undefined ? (bare ?? '') : unescaped(quoted));
    separator = match[3];
  }
  if (separator === ':') return { strings, opens: true };
  return strings.length === 2 ? { strings, opens: false } : undefined;
}

function unescaped(quoted: string): string {
  try {
    return String(JSON.parse(`"${quoted}"`));
  } catch {
    return quoted; // JSON does not have this escape, so use the text as it is.
  }
}

function readBerry(source: string, settings: (name: string) => Origin): LockfileContent {
  const { documents, problem } = readYaml(source);
  const metadata = textAt(documents[0], '__metadata', 'version');
  return {
    packages: documents.flatMap((document) =>
      entriesAt(document).flatMap(([key, node]) => fromBerry(key, node, settings)),
    ),
    problem: problem ?? versionProblem(metadata, /^[1-8]$/),
  };
}

function fromBerry(key: string, node: Node, settings: (name: string) => Origin): Locked[] {
  const [, own = '', place = ''] = descriptor.exec(textAt(node, 'resolution') ?? '') ?? [];
  // A patched package has the vulnerabilities of the original.
  const patched = place.startsWith('patch:') ? unpatched(place) : undefined;
  const [, name = '', fetched = ''] = patched ? (descriptor.exec(patched) ?? []) : ['', own, place];
  const [, version, bound = ''] = /^npm:([^:]+)(?:::(.*))?$/.exec(fetched) ?? [];
  if (name === '' || version === undefined) return [];
  const archive = /(?:^|&)__archiveUrl=([^&]+)/.exec(bound)?.[1];
  const origin = archive === undefined ? settings(name) : npmOrigin(decoded(archive));
  if (origin === 'elsewhere') return [];
  const asked = key.split(', ').map((text) => descriptor.exec(text));
  const alias = asked[0]?.[1] ?? name;
  // Manifests may omit the default protocol.
  const ranges = asked.flatMap((match) => [match?.[2] ?? '', (match?.[2] ?? '').replace(/^npm:/, '')]);
  return [{ name, version, line: node.line, alias, ranges, private: origin === 'private' }];
}

/** `patch:name@npm%3A1.0.0#...`, and patches of patches. */
function unpatched(place: string): string | undefined {
  let inner = place;
  for (let depth = 0; depth < 5; depth += 1) {
    const source = /^(?:@?[^@]+@)?patch:([^#]+)/.exec(inner)?.[1];
    if (source === undefined) return depth > 0 ? inner : undefined;
    inner = decoded(source);
  }
  return undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
