import { bitsOfOrigin, maskOf, type Bits, type Defect } from './defects';
import type { Origin } from './origins';
import type { ModelFile } from './schema';

/** A path to a value of a call: see schema.ts. */
export interface Place {
  readonly base: 'this' | 'result' | 'all' | 'argument' | 'from' | 'named' | 'callback' | 'called' | 'return';
  /** In the argument, or in the first one of `from`. */
  readonly index: number;
  /** In a callback's parameter. */
  readonly parameter: number;
  readonly path: readonly string[];
}

export interface Condition {
  readonly place: Place;
  readonly is?: ReadonlySet<unknown>;
  readonly matches?: RegExp;
  readonly given?: boolean;
  readonly unknown: boolean;
}

export interface SourceModel {
  readonly origin: Origin;
  readonly title: string;
  readonly never: Bits;
  readonly isWhole: boolean;
  readonly callback?: { readonly argument: number; readonly parameter: number };
}
export interface SinkModel {
  readonly defect: Defect;
  readonly places: readonly Place[];
  readonly deep: boolean;
  readonly isWeak: boolean;
  readonly when: readonly Condition[];
  readonly from: ReadonlySet<Origin> | undefined;
  /** For an assignment: whether it also counts if data determines which field is set. */
  readonly keys?: boolean;
}
export interface SanitizerModel {
  readonly cleans: Bits;
  readonly places: readonly Place[];
  readonly when: readonly Condition[];
}
export interface GuardModel extends SanitizerModel {
  readonly proves: ModelFile['guards'][number]['proves'];
  readonly by: Place | undefined;
}
export interface PropagatorModel {
  readonly from: readonly Place[];
  readonly to: Place;
  readonly as: ModelFile['propagators'][number]['as'];
  readonly when: readonly Condition[];
}
export interface EntryModel {
  readonly places: readonly Place[];
  readonly params: readonly (string | null)[];
  readonly when: readonly Condition[];
  readonly isGuess: boolean;
  readonly fills: { readonly origin: Origin; readonly title: string } | undefined;
}
/** A call that is a defect regardless of the data. */
export interface MisuseModel {
  readonly defect: Defect;
  readonly when: readonly Condition[];
  readonly isOfAnswers: boolean;
}
/** For a class that others extend. */
export interface BaseModel {
  readonly methods: RegExp;
  readonly params: readonly (string | null)[];
  readonly fills: EntryModel['fills'];
}
export interface DecoratorModel {
  readonly params: readonly (string | null)[];
  readonly origin: Origin | undefined;
  readonly title: string;
}

/** Everything that is known about a name. */
export interface NameModel {
  readonly sources: SourceModel[];
  readonly sinks: SinkModel[];
  readonly assignments: SinkModel[];
  readonly sanitizers: SanitizerModel[];
  readonly guards: GuardModel[];
  readonly propagators: PropagatorModel[];
  readonly entries: EntryModel[];
  readonly decorators: DecoratorModel[];
  readonly bases: BaseModel[];
  readonly misuses: MisuseModel[];
  readonly collections: ModelFile['collections'][number]['does'][];
  returns: string | undefined;
  /** What comparing it with a trusted value proves about its object. */
  checks: Bits;
}

/** A language's models, by name. */
export class Models {
  readonly #byName = new Map<string, NameModel>();
  readonly #globals = new Set<string>();
  readonly #aliases = new Map<string, string>();
  /** The libraries with sources, by import name. */
  readonly #libraries = new Set<string>();

  /** The sources in a team's models: the last words of their names. */
  readonly #teamSources: RegExp | undefined;

  /** @param ofTeam the team's additional models: a language's word lists only cover the built-in sources */
  constructor(files: readonly ModelFile[], ofTeam: readonly ModelFile[] = []) {
    for (const file of [...files, ...ofTeam]) this.#add(file);
    const names = ofTeam.flatMap((one) => [...one.sources, ...one.entries, ...one.bases, ...one.decorators]);
    const words = new Set(names.flatMap(({ name }) => name.flatMap((one) => /\w+(?=\W*$)/.exec(one) ?? [])));
    if (words.size > 0) this.#teamSources = new RegExp(`(?<!\\w)(?:${[...words].join('|')})(?!\\w)`);
  }

  /** Whether a file may contain a source from a team's models. */
  hasTeamSource(source: string): boolean {
    return this.#teamSources?.test(source) ?? false;
  }

  /** What is known about a name; about any field of an object (`files.*`), or about what is reached from any of them (`files.*.save`). */
  of(name: string): NameModel | undefined {
    const exact = this.#byName.get(name);
    if (exact) return exact;
    const dot = name.lastIndexOf('.');
    const field = dot > 0 ? this.#byName.get(`${name.slice(0, dot)}.*`) : undefined;
    if (field) return field;
    const before = name.lastIndexOf('.', dot - 1);
    return before > 0 ? this.#byName.get(`${name.slice(0, before)}.*${name.slice(dot)}`) : undefined;
  }

  /** What is known about a method or property of an unknown object. */
  ofAny(property: string): NameModel | undefined {
    return this.#byName.get(`*.${property}`);
  }

  /** Whether models describe a name, or anything reached from it. */
  isKnown(name: string): boolean {
    return (this.#beginnings ??= beginningsOf([...this.#byName.keys(), ...this.#aliases.keys()])).has(name);
  }
  #beginnings: ReadonlySet<string> | undefined;

  isGlobal(name: string): boolean {
    return this.#globals.has(name);
  }

  /** The canonical name of a path in the models: `fs/promises.open` is `fs.promises.open`. */
  canonical(name: string): string {
    return this.#aliases.get(name) ?? name;
  }

  /** Matches a file that imports a library with sources. */
  get libraryPattern(): RegExp {
    const names = [...this.#libraries, ...this.#decorators].map(escaped);
    return (this.#pattern ??= new RegExp(`['"](?:node:)?(?:${names.join('|')})['"/]`));
  }
  #pattern: RegExp | undefined;

  /** The libraries, or types, that introduce data. */
  get libraries(): ReadonlySet<string> {
    return this.#libraries;
  }

  /** The libraries, or names, of the decorators that introduce data. */
  get decorators(): ReadonlySet<string> {
    return this.#decorators;
  }
  readonly #decorators = new Set<string>();

  /** The calls that can be defects regardless of the data. */
  get misused(): ReadonlySet<string> {
    return this.#misused;
  }
  readonly #misused = new Set<string>();

  /** Whether some calls are defects only while a request is answered. */
  asksForAnswers = false;

  /** Whether it is the type of some function's result. */
  isType(name: string): boolean {
    return this.#types.has(name);
  }
  readonly #types = new Set<string>();

  /** Whether models describe the library of a name. */
  isDescribed(name: string): boolean {
    return this.#globals.has(rootOf(name)) || this.#described.has(rootOf(name));
  }
  readonly #described = new Set<string>();

  #addLibrary(name: string, libraries = this.#libraries): void {
    const [library] = /^@?[\w$-]+(?:\/[\w$-]+)?/.exec(name) ?? [];
    if (library === undefined || this.#globals.has(library)) return;
    libraries.add(library);
    for (const [from, to] of this.#aliases)
      if (to === library || to.startsWith(`${library}.`) || to === `${library}()`)
        libraries.add(/^[^.()]+/.exec(from)?.[0] ?? from);
  }

  #model(name: string): NameModel {
    let model = this.#byName.get(name);
    if (!model) {
      this.#described.add(rootOf(name));
      model = {
        sources: [],
        sinks: [],
        assignments: [],
        sanitizers: [],
        guards: [],
        propagators: [],
        entries: [],
        decorators: [],
        bases: [],
        misuses: [],
        collections: [],
        returns: undefined,
        checks: 0,
      };
      this.#byName.set(name, model);
    }
    return model;
  }

  #add(file: ModelFile): void {
    for (const name of file.globals) this.#globals.add(name);
    for (const [from, to] of Object.entries(file.aliases)) this.#aliases.set(from, to);
    for (const { name, origin, title, never, callback, whole } of file.sources)
      for (const one of name) {
        const [argument, parameter] = (callback ?? '').split('.').map(Number);
        this.#model(one).sources.push({
          origin,
          title,
          never: maskOf(never ?? []),
          isWhole: whole,
          ...(argument !== undefined && parameter !== undefined && { callback: { argument, parameter } }),
        });
        if (bitsOfOrigin(origin) !== 0) this.#addLibrary(one);
      }
    for (const { name, defect, args, deep, weak, when, from } of file.sinks)
      for (const one of name) {
        this.#model(one).sinks.push({
          defect,
          places: args.map(placeOf),
          deep,
          isWeak: weak,
          when: conditionsOf(when),
          from: from && new Set(from),
        });
      }
    for (const { name, defect, deep, keys, from } of file.assignments)
      for (const one of name) {
        this.#model(one).assignments.push({
          ...(keys && { keys }),
          defect,
          places: [],
          deep,
          isWeak: false,
          when: [],
          from: from && new Set(from),
        });
      }
    for (const { name, cleans, args, when } of file.sanitizers)
      for (const one of name)
        this.#model(one).sanitizers.push({
          cleans: maskOf(cleans),
          places: args.map(placeOf),
          when: conditionsOf(when),
        });
    for (const { name, cleans, args, proves, by, when } of file.guards)
      for (const one of name)
        this.#model(one).guards.push({
          cleans: maskOf(cleans ?? []),
          places: args.map(placeOf),
          proves,
          by: by === undefined ? undefined : placeOf(by),
          when: conditionsOf(when),
        });
    for (const { name, from, to, as, when } of file.propagators)
      for (const one of name)
        this.#model(one).propagators.push({ from: from.map(placeOf), to: placeOf(to), as, when: conditionsOf(when) });
    for (const { returns } of file.types) this.#types.add(returns);
    for (const { name, cleans } of file.checks) for (const one of name) this.#model(one).checks |= maskOf(cleans);
    for (const { name, returns } of file.types) for (const one of name) this.#model(one).returns = returns;
    for (const { name, args, params, when, guess, fills } of file.entries)
      for (const one of name) {
        this.#model(one).entries.push({
          places: args.map(placeOf),
          params,
          when: conditionsOf(when),
          isGuess: guess,
          fills,
        });
        this.#addLibrary(one);
      }
    for (const { name, defect, when, answering } of file.misuses)
      for (const one of name) {
        this.#model(one).misuses.push({ defect, when: conditionsOf(when), isOfAnswers: answering });
        this.#misused.add(one);
        this.asksForAnswers ||= answering;
      }
    for (const { name, does } of file.collections) for (const one of name) this.#model(one).collections.push(does);
    for (const { name, methods, params, fills } of file.bases)
      for (const one of name) {
        this.#model(one).bases.push({ methods: new RegExp(`^(?:${methods})$`), params, fills });
        this.#addLibrary(one);
      }
    for (const { name, params, origin, title } of file.decorators)
      for (const one of name) {
        this.#model(one).decorators.push({ params: params ?? [], origin, title: title ?? one });
        this.#addLibrary(one, this.#decorators);
      }
  }
}

/** For `express().get`: `express`, `express()` and `express().get`. */
function beginningsOf(names: readonly string[]): Set<string> {
  const all = new Set(names);
  for (const name of names) for (const { index } of name.matchAll(/[.(/]/g)) all.add(name.slice(0, index));
  return all;
}

function escaped(text: string): string {
  return text.replace(/[$/.*+?^()|[\]{}\\]/g, '\\$&');
}

function placeOf(text: string): Place {
  const [head = '', ...path] = text.split('.');
  const isFrom = /^\d+\.\.(?:\.|$)/.test(text);
  if (isFrom)
    return { base: 'from', index: Number(head), parameter: 0, path: path.slice(1).filter((one) => one !== '') };
  if (head === 'this' || head === 'result') return { base: head, index: 0, parameter: 0, path };
  if (head === '*') return { base: 'all', index: 0, parameter: 0, path };
  if (head.startsWith('name:')) return { base: 'named', index: 0, parameter: 0, path: [head.slice(5), ...path] };
  if (head.startsWith('callback:') || head.startsWith('called:')) {
    const [parameter = '0', ...rest] = path;
    const [base, index] = head.split(':');
    return {
      base: base === 'called' ? 'called' : 'callback',
      index: Number(index),
      parameter: Number(parameter),
      path: rest,
    };
  }
  if (head.startsWith('return:')) return { base: 'return', index: Number(head.slice(7)), parameter: 0, path };
  return { base: 'argument', index: Number(head), parameter: 0, path };
}

function conditionsOf(when: ModelFile['sinks'][number]['when']): Condition[] {
  return (when ?? []).map(({ arg, is, matches, given, unknown }) => ({
    place: placeOf(arg),
    ...(is && { is: new Set<unknown>(is) }),
    ...(matches !== undefined && { matches: new RegExp(matches, 'i') }),
    ...(given !== undefined && { given }),
    unknown,
  }));
}

/** The library, or global, that a name starts with. */
function rootOf(name: string): string {
  return /^[^.()[\]]+/.exec(name)?.[0] ?? name;
}
