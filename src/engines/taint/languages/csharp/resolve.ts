import type { FileIndex } from '../../interpreter/language';

/** The specifier of a type: its name, and the full names that it may have in the workspace, from the enclosing and the imported namespaces. */
export function candidates(name: string, paths: readonly string[]): string {
  return [name, ...paths].join(' ');
}

/** Controls that pages and windows have under the same names. Input in a window is not untrusted data. */
const controls =
  /^(?:TextBox|Label|ListBox|DropDownList|CheckBoxList|RadioButtonList|LinkButton|Page|UserControl|HyperLink|TextBoxBase|Control|Frame)$/;

/** The name that models use: the type's simple name. */
export function libraryName(specifier: string): string {
  const [name = specifier] = specifier.split(' ');
  if (!controls.test(name)) return name;
  const isWindow = / (?:System\.Windows|Eto|Gtk|Avalonia|Microsoft\.UI|Windows\.UI|Xamarin|Microsoft\.Maui)\./.test(
    specifier,
  );
  return isWindow && !/ System\.Web\./.test(specifier) ? `Window${name}` : name;
}

export type TypeKind = 'class' | 'interface' | 'enum';

/** The workspace's declarations, as the lowering of a file queries them. */
export interface DeclaredTypes {
  /** The kind of the type with one of these full names. */
  kindOf(names: readonly string[]): TypeKind | undefined;
  /** The full names of the classes that implement an interface, or extend a class, by its simple name. */
  derivedFrom(name: string): readonly string[];
  /** The full names of the classes with an extension method of this name. */
  extending(method: string): readonly string[];
  /** Whether a type with one of these full names, or a base type, declares a member. */
  hasMember(names: readonly string[], member: string): boolean;
  /** Whether a namespace of the workspace starts with this name. */
  hasNamespace(first: string): boolean;
  /** The classes that handle a message of this type, by their full names. */
  handlersOf(message: string): readonly string[];
  /** The namespaces that all files import. */
  readonly globalUsings: readonly string[];
  /** Whether a type is mainly declared in another file than this one. */
  isPartElsewhere(fullName: string, path: string): boolean;
}

interface Declared {
  readonly kind: TypeKind;
  readonly paths: string[];
  readonly bases: Set<string>;
}

const declaration =
  /^[ \t]*(?:\[[^\]\n]*\][ \t]*)*(?:(?:public|internal|private|protected|static|sealed|abstract|partial|readonly|unsafe|new|file|ref)[ \t]+)*(?:namespace[ \t]+([\w.]+)|(class|struct|interface|enum|record(?:[ \t]+(?:class|struct))?)[ \t]+(\w+)[ \t]*(?:<[^>{;\n]*>)?[ \t]*(?:\([^)]*\))?[\s]*(:[^{;]*)?|global[ \t]+using[ \t]+([\w.]+)[ \t]*;)/gm;
const extension = /\bstatic\s+[^;={}()]*?\b(\w+)\s*(?:<[^>()]*>)?\s*\(\s*(?:\[[^\]]*\]\s*)?this\s/g;
const maxAncestors = 30;
/** Files of the same class, which are followed together. */
const maxParts = 4;
const declaredMember =
  /^[ \t]*(?:\[[^\n]*\][ \t]*)?(?:public|protected|internal)\b[^;{}()=\n]*\b(\w+)\s*(?:[{;=(]|=>|$)/gm;
const generated = /\.(?:designer|g|generated)\.cs$/i;

/** The types that a workspace's files declare. The files are read on first use. */
export class CSharpIndex implements FileIndex, DeclaredTypes {
  #types: Map<string, Declared> | undefined;
  readonly #derived = new Map<string, Set<string>>();
  readonly #extensions = new Map<string, Set<string>>();
  readonly #namespaces = new Set<string>();
  readonly #handlers = new Map<string, Set<string>>();
  readonly #usings = new Set<string>();
  readonly #parts = new Map<string, readonly string[]>();

  constructor(
    private readonly paths: ReadonlySet<string>,
    private readonly read: (path: string) => string,
  ) {}

  find(
    _from: string,
    specifier: string,
    name: string | undefined,
  ): { path: string; name: string } | 'none' | undefined {
    const [, ...names] = specifier.split(' ');
    const found = this.#find(names);
    if (!found) return undefined;
    const [path] = found.declared.paths;
    return name === undefined || path === undefined ? 'none' : { path, name: found.name };
  }

  partsOf(path: string): readonly string[] {
    this.#all();
    return this.#parts.get(path) ?? [];
  }

  kindOf(names: readonly string[]): TypeKind | undefined {
    return this.#find(names)?.declared.kind;
  }

  derivedFrom(name: string): readonly string[] {
    this.#all();
    return [...(this.#derived.get(name) ?? [])];
  }

  extending(method: string): readonly string[] {
    this.#all();
    return [...(this.#extensions.get(method) ?? [])];
  }

  handlersOf(message: string): readonly string[] {
    this.#all();
    return [...(this.#handlers.get(message) ?? [])];
  }

  hasNamespace(first: string): boolean {
    this.#all();
    return this.#namespaces.has(first);
  }

  get globalUsings(): readonly string[] {
    this.#all();
    return [...this.#usings];
  }

  isPartElsewhere(fullName: string, path: string): boolean {
    const paths = this.#all().get(fullName)?.paths ?? [];
    return paths.length > 1 && paths.includes(path) && paths[0] !== path;
  }

  hasMember(names: readonly string[], member: string): boolean {
    const found = this.#find(names);
    return found !== undefined && this.#inheritedBy(found.name).has(member);
  }

  /** The names of the members of a type, including inherited ones. */
  #inheritedBy(full: string): ReadonlySet<string> {
    const known = this.#inherited.get(full);
    if (known) return known;
    const members = new Set<string>();
    const seen = new Set<string>();
    const add = (name: string) => {
      const declared = this.#all().get(name);
      if (!declared || seen.has(name) || seen.size > maxAncestors) return;
      seen.add(name);
      for (const path of declared.paths) for (const one of this.#membersOf(path)) members.add(one);
      const namespace = name.slice(0, name.lastIndexOf('.') + 1);
      for (const base of declared.bases) add(this.#find([namespace + base, base, ...this.#named(base)])?.name ?? base);
    };
    add(full);
    this.#inherited.set(full, members);
    return members;
  }
  readonly #inherited = new Map<string, ReadonlySet<string>>();

  /** The full names of types by their simple name. */
  #named(simple: string): readonly string[] {
    return this.#bySimple.get(simple) ?? [];
  }
  readonly #bySimple = new Map<string, string[]>();

  #find(names: readonly string[]): { name: string; declared: Declared } | undefined {
    const types = this.#all();
    for (const name of names) {
      const declared = types.get(name);
      if (declared) return { name, declared };
    }
    return undefined;
  }

  #text(path: string): string {
    try {
      return this.read(path);
    } catch {
      return ''; // Read errors are reported when the file is followed.
    }
  }

  /** The names that a file's types declare for others. */
  #membersOf(path: string): ReadonlySet<string> {
    let names = this.#members.get(path);
    if (!names) {
      names = new Set([...this.#text(path).matchAll(declaredMember)].map(([, name = '']) => name));
      this.#members.set(path, names);
    }
    return names;
  }
  readonly #members = new Map<string, ReadonlySet<string>>();

  #all(): Map<string, Declared> {
    if (this.#types) return this.#types;
    const types = (this.#types = new Map<string, Declared>());
    for (const path of this.paths) this.#add(path, types);
    for (const { paths } of types.values()) {
      if (paths.length < 2) continue;
      paths.sort((a, b) => Number(generated.test(a)) - Number(generated.test(b)) || a.length - b.length);
      const [main = '', ...others] = paths;
      this.#parts.set(main, [...new Set([...(this.#parts.get(main) ?? []), ...others.slice(0, maxParts)])]);
    }
    return types;
  }

  #add(path: string, types: Map<string, Declared>): void {
    const text = this.#text(path);
    let namespace = '';
    const owners: { at: number; name: string }[] = [];
    for (const { index, 1: space, 2: word, 3: name, 4: bases = '', 5: using } of text.matchAll(declaration)) {
      if (using !== undefined) this.#usings.add(using);
      if (space !== undefined) {
        namespace = `${space}.`;
        this.#namespaces.add(space.split('.')[0] ?? space);
      }
      if (word === undefined || name === undefined) continue;
      const full = namespace + name;
      owners.push({ at: index, name: full });
      const kind = word === 'interface' || word === 'enum' ? word : 'class';
      const declared = types.get(full) ?? { kind, paths: [], bases: new Set<string>() };
      if (!types.has(full)) {
        types.set(full, declared);
        this.#bySimple.set(name, [...(this.#bySimple.get(name) ?? []), full]);
      }
      if (!declared.paths.includes(path)) declared.paths.push(path);
      const list = bases.replace(/\bwhere\b[\s\S]*$/, '');
      for (const [, message = ''] of list.matchAll(
        /\bI(?:Request|Notification|Command|Query|Event|Message)Handler<\s*([\w.]+)/g,
      ))
        add(this.#handlers, message.split('.').at(-1) ?? message, full);
      for (const base of basesOf(list)) {
        declared.bases.add(base);
        add(this.#derived, base, full);
      }
    }
    for (const { index, 1: method = '' } of text.matchAll(extension)) {
      const owner = owners.findLast(({ at }) => at < index);
      if (owner) add(this.#extensions, method, owner.name);
    }
  }
}

/** The simple names of a list of base types. */
function basesOf(list: string): string[] {
  let text = list.slice(1).replaceAll(/\([^()]*\)/g, '');
  for (let before = ''; before !== text;) {
    before = text;
    text = text.replaceAll(/<[^<>]*>/g, '');
  }
  return text.split(',').flatMap((one) => /(\w+)\s*$/.exec(one.trim())?.[1] ?? []);
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const known = map.get(key);
  if (known) known.add(value);
  else map.set(key, new Set([value]));
}
