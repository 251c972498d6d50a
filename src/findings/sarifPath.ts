import { posix } from 'node:path';
import { relativePath } from '../protocol';
import type { ArtifactLocation, Run } from './sarifLog';

/** The file of findings that name none, such as those in a package, a function or a whole program. */
export const noFile = '(no file)';

/** A file as a log names it. */
export interface NamedFile {
  /** Candidate paths, the most likely first: absolute, or relative to the folder in which the tool ran. */
  readonly paths: readonly string[];
  /** Its name if none of them exists: as in the log, below the base if there is one. */
  readonly name: string;
}

/** The file that an artifact location names, if any. */
export function fileOf(run: Run, given: ArtifactLocation | undefined): NamedFile | undefined {
  const listed = (at: number | undefined) => (at === undefined ? undefined : run.artifacts?.[at]?.location);
  const artifact = given?.uri === undefined ? listed(given?.index) : given;
  if (artifact?.uri === undefined || artifact.uri === '') return undefined;
  const { uri } = artifact;
  if (isAbsolute(uri)) return named('', '', uri);
  const { origin, folders } = basesOf(run, artifact.uriBaseId);
  return named(origin, folders, uri);
}

/** The most likely path, for a log about an unknown folder. */
export function pathOf({ paths, name }: NamedFile): string {
  return paths[0] ?? name;
}

function named(origin: string, folders: string, uri: string): NamedFile {
  const whole = `${origin}${folders}${uri}`;
  // Other schemes do not name local files. A single letter is a Windows drive.
  if (/^(?!file:)[a-z][a-z0-9+.-]+:/i.test(whole)) {
    const name = decoded(whole.replace(/^[^:]+:(\/\/)?/, ''));
    return { paths: /^[^:]+:\/\//.test(whole) ? [] : [whole], name };
  }
  // Many tools write paths instead of URIs, in which `#`, `?` and `%` may be literal.
  const variants = [
    decoded(whole),
    `${decoded(`${origin}${folders}`)}${uri}`,
    whole,
    decoded(whole.replace(/[?#].*/s, '')),
  ];
  const paths = [...new Set(variants.map(plainPath))].filter((path) => path !== '');
  const below = decoded(`${folders}${uri}`);
  return { paths, name: isAbsolute(below) ? plainPath(below) : below };
}

/** Resolves a base id: its root, if the log names it, and the folders below it. Each is empty or ends with a slash. */
function basesOf({ originalUriBaseIds }: Run, id: string | undefined): { origin: string; folders: string } {
  let folders = '';
  const seen = new Set<string>();
  for (let at = id; at !== undefined && !seen.has(at);) {
    seen.add(at);
    const entry: ArtifactLocation | undefined = originalUriBaseIds?.[at];
    const uri = entry?.uri ?? '';
    const folder = /^$|[/\\]$/.test(uri) ? uri : `${uri}/`;
    if (isAbsolute(uri)) return { origin: folder, folders };
    folders = `${folder}${folders}`;
    at = entry?.uriBaseId;
  }
  return { origin: '', folders };
}

function isAbsolute(uri: string): boolean {
  return /^([a-z][a-z0-9+.-]*:|[/\\])/i.test(uri);
}

/** Decodes escapes, and leaves any other `%`. */
function decoded(uri: string): string {
  return uri.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

/** Converts a path, or any form of a decoded `file:` URI, to a path with slashes: `file:/a`, `file://C:/a`, `file://server/share`. */
function plainPath(text: string): string {
  const path = slashes(text);
  if (!/^file:/i.test(path)) return path.replace(/^\/(?=[a-z]:)/i, '');
  const rest = path.slice('file:'.length);
  if (!rest.startsWith('//')) return rest.replace(/^\/(?=[a-z]:)/i, '');
  const local = rest.slice(2).replace(/^localhost(?=\/)/i, '');
  if (/^\/*[a-z]:/i.test(local)) return local.replace(/^\/*/, '');
  return local.startsWith('/') ? local : `//${local}`;
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/');
}

/** Maps files from any machine into a folder. */
export class Placer {
  readonly #known = new Map<string, string>();
  readonly #root: string | undefined;

  /** @param root the folder, as an absolute path; @param exists whether a path below it is a file, called once per path */
  constructor(
    root: string | undefined,
    private readonly exists: (path: string) => boolean,
  ) {
    this.#root = root === undefined ? undefined : slashes(root).replace(/\/$/, '');
  }

  /** The path below the folder. For a missing file, its name in the log without the part outside the folder. */
  placed(file: NamedFile): string {
    const key = [file.name, ...file.paths].join('\0');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const path = this.#find(file);
    this.#known.set(key, path);
    return path;
  }

  #find({ paths, name }: NamedFile): string {
    const candidates = paths.map((path) => this.#belowRoot(posix.normalize(path)));
    for (const { path, inside } of candidates) if (inside && this.#isFile(path)) return path;
    // The tool ran elsewhere: use the longest end of the path that exists here.
    for (const { path, inside } of candidates) {
      const parts = partsOf(path);
      for (let from = inside ? 1 : 0; this.#root !== undefined && from < parts.length; from += 1) {
        const end = parts.slice(from).join('/');
        if (this.#isFile(end)) return end;
      }
    }
    const [first] = candidates;
    const kept = first?.inside === true && isAbsolute(paths[0] ?? '') ? first.path : partsOf(name).join('/');
    const valid = kept.replaceAll('\0', '\ufffd');
    return relativePath.safeParse(valid).success ? valid : noFile;
  }

  #belowRoot(path: string): { path: string; inside: boolean } {
    const root = this.#root;
    const hasDrive = /^[a-z]:/i.test(path);
    const same = (text: string) => (hasDrive ? text.toLowerCase() : text);
    if (root !== undefined && same(path).startsWith(`${same(root)}/`))
      return { path: path.slice(root.length + 1), inside: true };
    return { path, inside: !/^(\/|[a-z]:|\.\.(\/|$))/i.test(path) };
  }

  #isFile(path: string): boolean {
    return !path.includes('\0') && relativePath.safeParse(path).success && this.exists(path);
  }
}

/** The parts of a path, without roots and `..`. */
function partsOf(path: string): string[] {
  return posix
    .normalize(slashes(path))
    .replace(/^\/*[a-z]:/i, '')
    .split('/')
    .filter((part) => part !== '' && part !== '..' && part !== '.');
}
