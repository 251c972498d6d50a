import type { Expression, FunctionValue, Module, Pattern, Statement } from '../ir/ir';
import { bitsOf } from '../models/defects';
import type { BaseModel, Models } from '../models/models';
import { changesOf } from './changes';
import type { CallArgument } from './host';
import { Interpreter } from './interpreter';
import type { Beginnings, FileIndex, Language } from './language';
import { limits, TooComplex } from './limits';
import { Sites, type Site } from './sites';
import { nothingDone } from './state';
import { HeapObject, objectValue, Scope, Slot, unknown, type Closure, type Value } from './value';

/** A workspace file that has been followed. */
interface Loaded {
  readonly scope: Scope;
  /** Contains the exports, or for CommonJS the value assigned to `module.exports`. */
  readonly module: HeapObject;
  readonly exports: HeapObject;
  isDone: boolean;
  made: readonly Closure[];
  classes: readonly Value[];
  /** Why it was abandoned. */
  failure: string | undefined;
}

/** What happened to a file. */
export type FileOutcome = 'followed' | 'too complex' | 'unreadable';

/** An entry point that was followed. */
interface Root {
  readonly closure: Closure;
  readonly self: Value | undefined;
  readonly args: readonly Value[];
  readonly isAnswering: boolean;
}

/** How often all entry points are followed again, if nothing may be missed; and at least as long as this changes anything. */
const [minPasses, maxPasses] = [3, 6];

/** Limits for a file; see also limits.ts. */
const maxFunctions = 3_000;

/** A workspace's files in one language, and their values. */
export class Project {
  readonly #loaded = new Map<string, Loaded>();
  readonly sites = new Sites();
  readonly #interpreter: Interpreter;
  readonly #index: FileIndex | undefined;
  /** Which files use what others declare, since {@link takeUses}. */
  #uses = new Map<string, Set<string>>();
  /** What has been done so far: expressions evaluated, and characters read. Either takes about a microsecond. */
  cost = 0;

  /**
   * @param paths the workspace's files in this language
   * @param read returns the text of any file.
   * @throws if it cannot be read
   * @param declared where to find what files declare for all others
   * @param lower lowers a file, as the language does
   */
  constructor(
    private readonly language: Language,
    private readonly models: Models,
    private readonly paths: ReadonlySet<string>,
    private readonly read: (path: string) => string,
    private readonly declared: DeclaredNames = nothingDeclared,
    private readonly lower: Language['lower'] = (path, source) => language.lower(path, source),
  ) {
    this.#index = language.index?.(paths, read);
    this.#interpreter = new Interpreter(
      language,
      models,
      this.sites,
      (specifier, file, name) => this.#import(specifier, file, name),
      (specifier, file) => this.#included(specifier, file),
    );
  }

  /**
   * Distinguishes all calls with different knowledge about their arguments, however deep, and keeps what is known about texts: to prove
   * that something is harmless.
   */
  useExactCalls(): void {
    this.#interpreter.isExact = true;
    this.sites.keepTexts();
  }

  /**
   * Follows a file: its top-level code, then each function that nobody calls.
   * @param isWhole whether to include functions without data
   * @param isEnough whether enough is known, so that the rest need not be followed
   */
  follow(path: string, isWhole = true, isEnough: () => boolean = () => false): FileOutcome {
    const file = this.#load(path);
    if (file.failure !== undefined && file.failure !== 'too complex') return 'unreadable';
    let isTooComplex = file.failure === 'too complex';
    const { called } = this.#interpreter;
    const beginningOf: Beginnings = isWhole ? () => 'root' : this.#beginningsOf(path);
    this.#interpreter.bringsData =
      isWhole || !this.language.beginnings
        ? undefined
        : ({ code, file: at }) => this.#beginningsOf(at)(code) !== undefined;
    let left = limits.stepsOfFile;
    this.#roots = [];
    this.#isChanged = false;
    const attempt = (body: () => void) => {
      if (isEnough()) return;
      this.#interpreter.renew(Math.min(limits.steps, Math.max(left / 4, limits.stepsAtLeast)));
      try {
        body();
      } catch (error) {
        if (!(error instanceof TooComplex) && !(error instanceof RangeError)) throw error;
        isTooComplex = true;
      }
      left -= this.#interpreter.steps;
      this.cost += this.#interpreter.steps;
      if (this.#interpreter.wasCut) isTooComplex = true;
    };
    this.#interpreter.isolated(path, () => {
      this.#interpreter.made = [...file.made];
      this.#interpreter.madeClasses = [...file.classes];
      for (const kind of ['root', 'callee'] as const) {
        const begins = (code: FunctionValue) => beginningOf(code) === kind;
        for (let at = 0; at < this.#interpreter.madeClasses.length; at++) {
          const value = this.#interpreter.madeClasses[at];
          if (value) attempt(() => this.#followClass(value, begins));
        }
        for (let at = 0; at < this.#interpreter.made.length && at < maxFunctions; at++) {
          const closure = this.#interpreter.made[at];
          if (!closure || !begins(closure.code)) continue;
          attempt(() => {
            if (!called.has(closure.code) || this.#isEntry(closure)) this.#followFunction(closure, undefined);
          });
        }
        if (isWhole || !this.language.beginnings) break;
      }
      if (this.#interpreter.made.length > maxFunctions) isTooComplex = true;
      // Entry points can run in any order, so repeat until there are no new results.
      for (let pass = 2; this.#interpreter.isExact && this.#isChanged && !isTooComplex && !isEnough(); pass++) {
        const { changes } = this.sites;
        this.#isChanged = false;
        for (const root of [...this.#roots]) attempt(() => this.#enter(root));
        if (pass >= minPasses && this.sites.changes === changes) break;
        if (pass === maxPasses || left <= 0) isTooComplex = true;
      }
    });
    return isTooComplex ? 'too complex' : 'followed';
  }

  /** Looks for defects in a file that show without following it; those of a followed file are found too. */
  inspect(path: string): FileOutcome {
    if (this.#loaded.has(path)) return 'followed';
    try {
      this.#codeOf(path);
      return 'followed';
    } catch (error) {
      return error instanceof RangeError ? 'too complex' : 'unreadable';
    }
  }

  #detect(path: string, source: string, code: Module): void {
    for (const detector of this.language.detectors ?? []) {
      if (!detector.mayFind(source)) continue;
      const { defect, title } = detector;
      for (const { at, source: from } of detector.find(code)) {
        const step = { file: path, from: from.from, to: from.to, message: title, length: 1 };
        const taint = { origin: 'parameter', open: bitsOf(defect), confidence: 1, source: step, last: step } as const;
        this.sites.add(path, at, defect, taint, 0);
      }
    }
  }

  /** The functions of a file through which data enters. */
  #beginningsOf(path: string): Beginnings {
    const known = this.#beginnings.get(path);
    if (known) return known;
    const source = this.read(path);
    const all: Beginnings = () => 'root';
    const begins = this.models.hasTeamSource(source) ? all : (this.language.beginnings?.(source, this.models) ?? all);
    this.#beginnings.set(path, begins);
    return begins;
  }
  /** The functions of the current file that were followed as entry points. */
  #roots: Root[] = [];
  readonly #beginnings = new Map<string, Beginnings>();

  /** The sites that were found since the last call, in any file. */
  take(): Site[] {
    return this.sites.take();
  }

  /** For each file, the files that it depends on, as far as they were found since the last call. */
  takeUses(): Map<string, Set<string>> {
    const uses = this.#uses;
    this.#uses = new Map();
    return uses;
  }

  #use(from: string, path: string): void {
    const used = this.#uses.get(from);
    if (used) used.add(path);
    else this.#uses.set(from, new Set([path]));
  }

  #followClass(value: Value, begins: (code: FunctionValue) => boolean): void {
    const [closure] = value.closures ?? [];
    const prototype = closure?.statics.fields.get('prototype')?.object;
    if (!closure || !prototype) return;
    const methods = [...prototype.fields]
      .filter(([name]) => name !== 'constructor')
      .flatMap(([, { closures = [] }]) => closures)
      .flatMap((one) => [one, ...(one.overloads ?? [])]);
    const statics = [...closure.statics.fields]
      .filter(([name]) => name !== 'prototype')
      .flatMap(([, { closures = [] }]) => closures)
      .flatMap((one) => [one, ...(one.overloads ?? [])]);
    // A function that a framework calls may also be called by the program.
    const bases = this.#basesOf(closure);
    const entryOf = (one: Closure) => bases.find((base) => base.methods.test(one.code.name));
    const isOpen = (one: Closure) =>
      !this.#interpreter.called.has(one.code) || this.#isEntry(one) || entryOf(one) !== undefined;
    const open = [...methods, ...statics].filter((one) => isOpen(one) && begins(one.code));
    if (open.length === 0) return;
    const self = this.#interpreter.instanceOf(value, closure);
    for (const method of open) if (isOpen(method)) this.#followFunction(method, self, entryOf(method));
  }

  /** The library classes that a class extends, with what is known about them. */
  #basesOf({ parent }: Closure, depth = 0): readonly BaseModel[] {
    if (!parent || depth > 12) return [];
    const own = parent.name === undefined ? [] : (this.models.of(this.models.canonical(parent.name))?.bases ?? []);
    return [...own, ...(parent.closures ?? []).flatMap((closure) => this.#basesOf(closure, depth + 1))];
  }

  /** Whether its decorators, or those of its parameters, introduce data. */
  #isEntry({ code, scope }: Closure): boolean {
    const all = [...code.decorators, ...code.params.flatMap(({ decorators }) => decorators ?? [])];
    return all.some((one) => this.#decorator(one, scope) !== undefined);
  }

  #followFunction(closure: Closure, self: Value | undefined, entry?: BaseModel): void {
    const { code, scope } = closure;
    const shape = this.language.entryShape?.(
      code.params.map(({ pattern }) => membersUsed(code, pattern)),
      code.params.map(({ pattern }) => (pattern.kind === 'name' ? pattern.name : undefined)),
    );
    const own = code.decorators.flatMap((one) => this.#decorator(one, scope) ?? []);
    const decorated = [...own.flatMap(({ params }) => params), ...(entry?.params ?? [])];
    const filling = own.find(({ origin }) => origin);
    const whole = filling?.origin ? { origin: filling.origin, title: filling.title } : entry?.fills;
    const args = code.params.map(({ type, decorators, fallback }, index): Value => {
      for (const one of decorators ?? []) {
        const model = this.#decorator(one, scope);
        if (model?.origin) return this.#interpreter.sourceOf(model.origin, model.title, one);
      }
      // A default value created by a library shows what the framework passes.
      if (fallback?.kind === 'call' && whole) {
        const made = this.#interpreter.evaluate(fallback, scope);
        if (made.name !== undefined || made.object || made.taints.length > 0) return made;
      }
      const declared = type === undefined ? unknown : this.#interpreter.typed(unknown, type, scope);
      // A framework fills all parameters whose types are not its own.
      const isLibrary = declared.name !== undefined && !declared.object;
      const isGiven = typeof decorated[index] === 'string';
      if (whole && !isGiven && !isLibrary && declared.unknown + (declared.object ? 1 : 0) > 0)
        return this.#interpreter.sourceOf(whole.origin, whole.title, code.params[index]?.pattern ?? code);
      if (declared.name !== undefined || declared.object) return declared;
      const name = decorated[index] ?? shape?.[index];
      if (typeof name !== 'string') return declared;
      const guess = { ...unknown, name, isGuess: true };
      return this.#interpreter.read(name, guess, code.params[index]?.pattern ?? code);
    });
    const { isAnswering } = this.#interpreter;
    this.#interpreter.isAnswering =
      whole?.origin === 'request' || shape !== undefined || args.some(({ name }) => isRequest(name));
    const root = { closure, self: self ?? closure.self, args, isAnswering: this.#interpreter.isAnswering };
    this.#enter(root);
    if (this.#interpreter.isExact) this.#roots.push(root);
    this.#interpreter.isAnswering = isAnswering;
  }

  #enter({ closure, self, args, isAnswering }: Root): void {
    const { state, isExact } = this.#interpreter;
    const given = args.map((value, index): CallArgument => {
      const { rest, restNamed } = closure.code.params[index] ?? {};
      return rest === true || restNamed === true ? { value, isRest: true } : { value };
    });
    this.#interpreter.isAnswering = isAnswering;
    if (!isExact) {
      this.#interpreter.enter(closure, self, given, undefined);
      return;
    }
    // This may or may not happen, so the earlier value remains possible.
    const [slots, objects] = [Slot.count, HeapObject.count];
    HeapObject.oldestChanged = Infinity;
    const outcome = state.branch(() => {
      this.#interpreter.enter(closure, self, given, undefined);
      return true;
    });
    if (HeapObject.oldestChanged < objects || state.isChangedBy(outcome, slots)) this.#isChanged = true;
    state.merge([outcome, nothingDone]);
  }
  #isChanged = false;

  #decorator(one: Expression, scope: Scope) {
    const callee = one.kind === 'call' ? one.callee : one;
    const { name } = this.#interpreter.evaluate(callee, scope);
    // For an object that is created elsewhere, such as a parameter, and for a workspace function, only the name is known.
    const model =
      name !== undefined
        ? this.models.of(name)
        : callee.kind === 'member'
          ? this.models.ofAny(callee.property)
          : callee.kind === 'name'
            ? this.models.ofAny(callee.name)
            : undefined;
    return model?.decorators[0];
  }

  #import(specifier: string, file: string, name: string | undefined): Value | undefined {
    if (this.#index) return this.#importName(this.#index.find(file, specifier, name), name, file);
    const path = this.language.resolve(file, specifier, (one) => this.paths.has(one));
    if (path === undefined) return this.language.declaredIn ? this.#declaredAt(specifier, file) : undefined;
    // A file in another language, such as JSON.
    if (!this.language.handles(path)) return unknown;
    this.#use(file, path);
    const { module, exports } = this.#load(path);
    return module.fields.get('exports') ?? objectValue(exports);
  }

  /** What a file declares under one of a specifier's names. */
  #declaredAt(specifier: string, from: string): Value | undefined {
    const [kind = '', ...names] = specifier.toLowerCase().split(' ');
    for (const one of names) {
      const name = `${kind} ${one}`;
      const paths = this.declared.filesOf(name).filter((path) => path !== from);
      for (const path of nearestFirst(paths, from).slice(0, 2)) {
        this.#use(from, path);
        const value = this.#load(path).exports.fields.get(name);
        if (value) return value;
      }
    }
    return undefined;
  }

  readonly #codes = new Map<string, Module>();

  /** @throws if it cannot be read or parsed */
  #codeOf(path: string): Module {
    const known = this.#codes.get(path);
    if (known) return known;
    const source = this.read(path);
    this.cost += source.length;
    const code = this.lower(path, source);
    this.#interpreter.changesOf.set(path, changesOf(code));
    this.#detect(path, source, code);
    // Only included files run more than once.
    if (this.language.includeFunctions) this.#codes.set(path, code);
    return code;
  }

  #included(specifier: string, from: string) {
    const path = this.language.resolve(from, specifier, (one) => this.paths.has(one));
    if (path === undefined || !this.language.handles(path)) return undefined;
    this.#use(from, path);
    try {
      const code = this.#codeOf(path);
      // A file that only declares things is found by their names.
      return code.body.some(hasOtherStatements) ? { path, code } : undefined;
    } catch {
      return undefined; // It gets a gap when it is followed itself.
    }
  }

  #importName(found: ReturnType<FileIndex['find']>, name: string | undefined, from: string): Value | undefined {
    if (found === undefined) return undefined;
    if (found === 'none' || name === undefined) return unknown;
    this.#use(from, found.path);
    const { exports } = this.#load(found.path);
    if (found.name === name) return objectValue(exports);
    const renamed = new HeapObject(false, undefined);
    const value = exports.fields.get(found.name);
    if (value) renamed.set(name, value);
    return objectValue(renamed);
  }

  #load(path: string): Loaded {
    const known = this.#loaded.get(path);
    if (known) return known;
    const scope = new Scope(undefined, true);
    const exports = new HeapObject(false, undefined);
    const module = new HeapObject(false, undefined);
    module.set('exports', objectValue(exports));
    const file: Loaded = { scope, module, exports, isDone: false, made: [], classes: [], failure: undefined };
    this.#loaded.set(path, file);
    const { exports: exportsName, module: moduleName } = this.language.exportNames;
    if (exportsName !== undefined) scope.declare(exportsName, objectValue(exports));
    if (moduleName !== undefined) scope.declare(moduleName, objectValue(module));
    let code: Module;
    try {
      code = this.#codeOf(path);
    } catch (error) {
      file.failure = error instanceof RangeError ? 'too complex' : String(error);
      return file;
    }
    this.#interpreter.isolated(path, () => {
      const outer = this.#interpreter.exports;
      this.#interpreter.exports = exports;
      try {
        this.#interpreter.run(code.body, scope);
        if (this.#interpreter.wasCut) file.failure = 'too complex';
      } catch (error) {
        if (!(error instanceof TooComplex) && !(error instanceof RangeError)) throw error;
        file.failure = 'too complex';
      } finally {
        this.#interpreter.exports = outer;
        file.made = this.#interpreter.made;
        file.classes = this.#interpreter.madeClasses;
        file.isDone = true;
      }
    });
    for (const part of this.#index?.partsOf(path) ?? []) {
      this.#use(path, part);
      this.#load(part);
    }
    return file;
  }
}

/** Whether it is a request type. */
function isRequest(name: string | undefined): boolean {
  return name !== undefined && /Request\(\)$/.test(name);
}

/** Whether a file has statements other than declarations of functions, classes and variables without a value. */
function hasOtherStatements(one: Statement): boolean {
  if (one.kind === 'import' || one.kind === 'export') return false;
  return one.kind !== 'declare' || (one.from < one.to && one.value?.kind !== 'function' && one.value?.kind !== 'class');
}

/** Finds the files that declare something for all others, by its specifier. */
export interface DeclaredNames {
  filesOf(specifier: string): readonly string[];
}

const nothingDeclared: DeclaredNames = { filesOf: () => [] };

function nearestFirst(paths: readonly string[], from: string): readonly string[] {
  if (paths.length < 2) return paths;
  const shared = (path: string) => {
    const [a, b] = [path.split('/'), from.split('/')];
    const end = a.findIndex((part, index) => part !== b[index]);
    return end < 0 ? a.length : end;
  };
  return paths.toSorted((a, b) => shared(b) - shared(a) || a.length - b.length);
}

/** The members of a parameter that a function uses; for a pattern, its fields. */
function membersUsed(code: FunctionValue, pattern: Pattern): ReadonlySet<string> {
  const used = new Set<string>();
  if (pattern.kind === 'objectPattern')
    for (const { key } of pattern.fields) if (typeof key === 'string') used.add(key);
  if (pattern.kind !== 'name') return used;
  const visit = (node: unknown) => {
    if (Array.isArray(node)) for (const one of node) visit(one);
    else if (typeof node === 'object' && node !== null) {
      const { kind, object, property, target, value } = node as {
        kind?: string;
        object?: Partial<Expression & { kind: 'name' }>;
        property?: string;
        target?: Partial<Pattern & { kind: 'objectPattern' }>;
        value?: Partial<Expression & { kind: 'name' }>;
      };
      if (kind === 'member' && object?.kind === 'name' && object.name === pattern.name && property !== undefined)
        used.add(property);
      // `event['body']`, and `event.get('body')`.
      const { index, callee, args } = node as {
        index?: Partial<Expression & { kind: 'literal' }>;
        callee?: { kind?: string; property?: string; object?: Partial<Expression & { kind: 'name' }> };
        args?: readonly { value?: Partial<Expression & { kind: 'literal' }> }[];
      };
      if (
        kind === 'index' &&
        object?.kind === 'name' &&
        object.name === pattern.name &&
        typeof index?.value === 'string'
      )
        used.add(index.value);
      const [key] = args ?? [];
      const isOf = callee?.property === 'get' && callee.object?.kind === 'name' && callee.object.name === pattern.name;
      if (kind === 'call' && isOf && typeof key?.value?.value === 'string') used.add(key.value.value);
      // `const { body } = request`.
      if (
        kind === 'declare' &&
        target?.kind === 'objectPattern' &&
        value?.kind === 'name' &&
        value.name === pattern.name
      )
        for (const { key } of target.fields ?? []) if (typeof key === 'string') used.add(key);
      for (const one of Object.values(node)) if (typeof one === 'object') visit(one);
    }
  };
  visit(code.body);
  return used;
}
