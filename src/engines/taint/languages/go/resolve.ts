import { posix } from 'node:path';
import type { FileIndex } from '../../interpreter/language';

/** The names under which a file may use a package with this import path: its folder's name, without parts that only belong to the path. */
export function packageNames(path: string): readonly string[] {
  const segments = path.split('/');
  const last = segments.at(-1) ?? path;
  const isVersion = /^v\d+$/.test(last) && segments.length > 1;
  const base = (isVersion ? (segments.at(-2) ?? last) : last).replace(/\.v\d+$/, '');
  const bare = base.replace(/^(?:go|golang)-|[.-]go$/g, '');
  const names = [base, bare, base.replaceAll('-', '_'), base.replaceAll('-', ''), ...(isVersion ? [last] : [])];
  return [...new Set(names)].filter((name) => /^\w+$/.test(name));
}

const codeHosts = /^(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)\//;

/** The name that models use for a package: its path, without the host and the version. */
export function libraryName(specifier: string): string {
  const path = specifier.replace(/\/v\d+(?=\/|$)/, '').replace(/\.v\d+(?=\/|$)/, '');
  const short = codeHosts.test(path) ? path.replace(codeHosts, '') : path.replace(/^(?:\w+\.)*([\w-]+)\.\w+\//, '$1/');
  return short.replaceAll('.', '-');
}

/** Packages of the standard library, by the first part of their path; they never refer to a workspace folder. */
const standard =
  /^(?:archive|bufio|bytes|cmp|compress|container|context|crypto|database|debug|embed|encoding|errors|expvar|flag|fmt|go|hash|html|image|index|io|iter|log|maps|math|mime|net|os|path|plugin|reflect|regexp|runtime|slices|sort|strconv|strings|structs|sync|syscall|testing|text|time|unicode|unique|unsafe|weak|internal)(?:\/|$)/;

interface Package {
  /** The file of each top-level name. */
  readonly names: Map<string, string>;
  /** The methods of each type, each with its file. */
  readonly methods: Map<string, Map<string, string>>;
  /** The methods of each interface. */
  readonly interfaces: Map<string, string>;
}

const isTest = /_test\.go$/;
const isDouble = /mock|fake|stub|noop/i;
const top =
  /^(?:func\s+(?:\(\s*(?:\w+\s+)?\*?\s*(\w+)[^)]*\)\s*)?(\w+)|(?:type|var|const)\s+(?:\(|(\w+(?:\s*,\s*\w+)*)))/gm;
const grouped = /^(?:type|var|const)\s*\(([\s\S]*?)^\)/gm;
const interfaces = /^type\s+(\w+)(?:\[[^\]]*\])?\s+interface\s*\{([\s\S]*?)\}$/gm;
const methodOf = /(?:^|[;{])\s*(\w+)\(/gm;
const inGroup = /^(?:\t|[ ]{2,4})(\w+(?:\s*,\s*\w+)*)(?=[\s=\[]|$)/gm;

/** The packages of a workspace: the files of each folder. */
export class GoIndex implements FileIndex {
  readonly #folders = new Map<string, string[]>();
  readonly #packages = new Map<string, Package>();
  /** The folders of modules, by the path in their go.mod. */
  #modules: Map<string, string> | undefined;
  readonly #implementers = new Map<string, readonly { path: string; name: string }[]>();

  constructor(
    paths: ReadonlySet<string>,
    private readonly read: (path: string) => string,
  ) {
    for (const path of paths) {
      const folder = posix.dirname(path);
      const files = this.#folders.get(folder);
      if (files) files.push(path);
      else this.#folders.set(folder, [path]);
    }
  }

  find(from: string, specifier: string, name: string | undefined): { path: string; name: string } | 'none' | undefined {
    const own = posix.dirname(from);
    const folder = specifier === '.' ? own : this.#folderOf(from, specifier);
    if (folder === undefined) return undefined;
    if (name === undefined) return 'none';
    const implementer = /^(\d+):(.+)$/.exec(name);
    if (implementer) {
      const types = this.#implementing(own, implementer[2] ?? '');
      return types[Number(implementer[1])] ?? types[0] ?? 'none';
    }
    const { names, interfaces: declared } = this.#package(folder);
    const methods = declared.get(name);
    if (methods !== undefined && this.#implementing(folder, methods).length === 0) return 'none';
    const path = names.get(name);
    return path === undefined ? 'none' : { path, name };
  }

  /** The other files with methods of a file's types. */
  partsOf(path: string): readonly string[] {
    const { names, methods } = this.#package(posix.dirname(path));
    const parts = new Set<string>();
    for (const [type, own] of methods)
      if (names.get(type) === path) for (const file of own.values()) if (file !== path) parts.add(file);
    return [...parts];
  }

  /** The workspace types that have all of these methods, starting with those of the same package. */
  #implementing(own: string, methods: string): readonly { path: string; name: string }[] {
    const key = `${own} ${methods}`;
    const known = this.#implementers.get(key);
    if (known) return known;
    const wanted = methods.split(',');
    const found: { path: string; name: string }[] = [];
    for (const folder of [own, ...[...this.#folders.keys()].filter((one) => one !== own)]) {
      const { names, methods: types } = this.#package(folder);
      for (const [name, has] of types) {
        const path = names.get(name);
        if (path !== undefined && !isDouble.test(path + name) && wanted.every((one) => has.has(one)))
          found.push({ path, name });
      }
      if (found.length > 1) break;
    }
    this.#implementers.set(key, found);
    return found;
  }

  #package(folder: string): Package {
    const known = this.#packages.get(folder);
    if (known) return known;
    const one: Package = { names: new Map(), methods: new Map(), interfaces: new Map() };
    this.#packages.set(folder, one);
    for (const path of this.#folders.get(folder) ?? []) {
      if (isTest.test(path)) continue;
      const text = this.#text(path);
      for (const [, receiver, name, names] of text.matchAll(top))
        if (receiver !== undefined && name !== undefined) {
          const methods = one.methods.get(receiver) ?? new Map<string, string>();
          methods.set(name, path);
          one.methods.set(receiver, methods);
        } else for (const each of (name ?? names ?? '').split(/\s*,\s*/)) if (each !== '') one.names.set(each, path);
      for (const [, name = '', body = ''] of text.matchAll(interfaces)) {
        const methods = [...body.matchAll(methodOf)].map(([, method = '']) => method);
        if (methods.length > 0) one.interfaces.set(name, methods.join(','));
      }
      for (const [, group = ''] of text.matchAll(grouped))
        for (const [, names = ''] of group.matchAll(inGroup))
          for (const each of names.split(/\s*,\s*/)) one.names.set(each, path);
    }
    return one;
  }

  #text(path: string): string {
    try {
      return this.read(path);
    } catch {
      return ''; // Read errors are reported when the file is followed.
    }
  }

  #folderOf(from: string, specifier: string): string | undefined {
    this.#modules ??= this.#findModules();
    let longest: string | undefined;
    for (const module of this.#modules.keys())
      if (
        (specifier === module || specifier.startsWith(`${module}/`)) &&
        (longest === undefined || module.length > longest.length)
      )
        longest = module;
    if (longest !== undefined) {
      const folder = posix.join(this.#modules.get(longest) ?? '.', specifier.slice(longest.length));
      return this.#folders.has(folder) ? folder : undefined;
    }
    // Without go.mod: a folder that the path ends with, below one of the importing file's ancestors.
    if (this.#modules.size > 0 || standard.test(specifier)) return undefined;
    const segments = specifier.split('/');
    for (let skipped = 0; skipped < segments.length; skipped++) {
      const rest = segments.slice(skipped).join('/');
      for (let folder = posix.dirname(from); ; folder = posix.dirname(folder)) {
        const found = posix.join(folder, rest);
        // A package cannot import itself, so a folder with a library's name is not that library.
        if (this.#folders.has(found) && found !== posix.dirname(from)) return found;
        if (folder === '.' || folder === '/') break;
      }
    }
    return undefined;
  }

  #findModules(): Map<string, string> {
    const modules = new Map<string, string>();
    const seen = new Set<string>();
    for (const start of this.#folders.keys())
      for (let folder = start; !seen.has(folder); folder = posix.dirname(folder)) {
        seen.add(folder);
        const [, module] = /^module\s+"?([^\s"]+)/m.exec(this.#text(posix.join(folder, 'go.mod'))) ?? [];
        if (module !== undefined) modules.set(module, folder);
        if (folder === '.' || folder === '/') break;
      }
    return modules;
  }
}
