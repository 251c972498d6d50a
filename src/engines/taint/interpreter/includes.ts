import type { Expression, FunctionValue, Module, Statement } from '../ir/ir';
import type { Frame } from './frames';
import type { Host } from './host';
import { limits, TooComplex } from './limits';
import { join, unknown, type Scope, type Value } from './value';

/** Files that are included by one another. */
const maxIncluded = 6;
/** Paths that an `include` may lead to. */
const maxPaths = 8;

/** Files that run where they are included, with the variables of that scope. */
export class Includes {
  readonly #included: string[] = [];

  constructor(private readonly host: Host) {}

  /** Runs the files that an `include` leads to, in its own scope. */
  include(one: Expression & { kind: 'call' }, scope: Scope): Value {
    const { host } = this;
    const [path] = one.args;
    const found = (path ? this.#textsOf(path.value, scope) : [])
      .map((text) => host.readIncluded(text, host.file))
      .filter((file) => file !== undefined)
      .filter(({ path: own }) => own !== host.file && !this.#included.includes(own));
    if (found.length === 0) return unknown;
    // The others are followed as separate files, without the variables of this scope.
    if (this.#included.length >= maxIncluded) {
      host.wasCut = true;
      return unknown;
    }
    const values: Value[] = [];
    const { steps, stepLimit } = host;
    if (this.#included.length === 0) [host.steps, host.stepLimit] = [0, limits.included];
    try {
      host.state.merge(found.map((file) => host.state.branch(() => this.#run(file, scope.ofFunction, values))));
    } catch (error) {
      if (!(error instanceof TooComplex) || this.#included.length > 0) throw error;
      host.wasCut = true;
    } finally {
      if (this.#included.length === 0) [host.steps, host.stepLimit] = [steps, stepLimit];
    }
    return values.length > 0 ? join(values) : unknown;
  }

  #run({ path, code }: { path: string; code: Module }, scope: Scope, values: Value[]): boolean {
    const { host } = this;
    const { file, made, madeClasses, loops } = host;
    const frame: Frame = {
      code: includedCode,
      trail: host.state.trail,
      exits: [],
      params: [],
      opened: [],
      args: [],
      slots: 0,
      reads: undefined,
    };
    host.file = path;
    host.made = [];
    host.madeClasses = [];
    host.loops = [];
    this.#included.push(path);
    host.frames.push(frame);
    try {
      // Its functions and classes are those of the file itself, which are followed once for all files that include it.
      for (const one of code.body)
        if (one.kind === 'export' && one.name !== undefined && one.value?.kind === 'name') {
          const { name, value } = one;
          if (!scope.find(value.name))
            scope.declare(value.name, unknown).lazy = () => host.importModule(name, file) ?? unknown;
        }
      const isNew = (one: Statement) =>
        one.kind !== 'export' &&
        !(one.kind === 'import' && one.bindings.every(({ local }) => scope.find(local))) &&
        !(one.kind === 'declare' && (one.value?.kind === 'function' || one.value?.kind === 'class')) &&
        !(one.kind === 'declare' && one.from === one.to && one.target.kind === 'name' && scope.find(one.target.name));
      const outcome = host.state.branch(() => host.run(code.body.filter(isNew), scope));
      values.push(...frame.exits.map(({ value }) => value));
      return host.state.merge([outcome, ...frame.exits.map((exit) => exit.outcome)]);
    } finally {
      host.frames.pop();
      this.#included.pop();
      host.file = file;
      host.made = made;
      host.madeClasses = madeClasses;
      host.loops = loops;
    }
  }

  /** The possible texts of an expression whose parts are all known. */
  #textsOf(expression: Expression, scope: Scope): readonly string[] {
    const parts = expression.kind === 'text' ? expression.parts : [expression];
    let texts: readonly string[] = [''];
    for (const part of parts) {
      const { constants } = this.host.evaluate(part, scope);
      if (!constants) return [];
      if (constants.length * texts.length > maxPaths) {
        this.host.wasCut = true;
        return [];
      }
      texts = texts.flatMap((text) => constants.map((one) => text + String(one ?? '')));
    }
    return texts;
  }
}

/** The placeholder function in the frame of an included file. */
const includedCode: FunctionValue = {
  kind: 'function',
  name: '',
  params: [],
  body: [],
  isArrow: true,
  decorators: [],
  from: 0,
  to: 0,
};
