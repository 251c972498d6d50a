import type { ClassValue, FunctionValue, Range } from '../ir/ir';
import { allBits } from '../models/defects';
import type { Models } from '../models/models';
import type { Assignments } from './assignments';
import type { Call, CallArgument, Host } from './host';
import {
  clean,
  HeapObject,
  objectValue,
  onlyConstant,
  Scope,
  undefinedValue,
  unknown,
  type Closure,
  type Value,
} from './value';

/** Workspace functions and classes as values, and instances of classes. */
export class Classes {
  readonly #instances = new Map<Closure, Value>();

  constructor(
    private readonly host: Host,
    private readonly assignments: Assignments,
  ) {}

  closure(code: FunctionValue, scope: Scope): Value {
    const statics = new HeapObject(false, this.host.state.trail);
    const closure: Closure = { code, scope, file: this.host.file, statics };
    if (!code.isArrow) statics.set('prototype', objectValue(new HeapObject(false, this.host.state.trail)));
    this.host.made.push(closure);
    return { taints: [], unknown: 0, closures: [closure] };
  }

  class(one: ClassValue, scope: Scope): Value {
    const mixins = (one.mixins ?? []).map((mixin) => this.host.evaluate(mixin, scope));
    const parent = one.superclass
      ? this.host.evaluate(one.superclass, scope)
      : mixins.find(({ name }) => name !== undefined);
    const statics = new HeapObject(false, this.host.state.trail);
    const prototype = new HeapObject(false, this.host.state.trail);
    const parentPrototype = parent?.closures?.[0]?.statics.fields.get('prototype')?.object;
    if (parentPrototype) prototype.proto = parentPrototype;
    if (parent?.closures?.[0]) statics.proto = parent.closures[0].statics;
    for (const { closures } of mixins)
      for (const [name, method] of closures?.[0]?.statics.fields.get('prototype')?.object?.fields ?? [])
        if (name !== 'constructor') prototype.set(name, method);
    const inner = new Scope(scope, false);
    if (parent) inner.declare('super', parentPrototype ? objectValue(parentPrototype) : parent);
    const constructor = one.methods.find(({ name, isStatic }) => name === 'constructor' && !isStatic);
    const code: FunctionValue = constructor?.value ?? {
      kind: 'function',
      name: 'constructor',
      params: [],
      body: [],
      isArrow: false,
      decorators: [],
      from: one.from,
      to: one.from,
    };
    const initialize = (self: Value) => {
      const own = new Scope(inner, true);
      own.declare('this', self);
      for (const field of one.fields) {
        if (field.isStatic || !self.object) continue;
        const value = field.value
          ? this.host.evaluate(field.value, own)
          : field.type === undefined
            ? undefined
            : unknown;
        if (value) this.host.setField(self.object, field.name, this.typed(value, field.type, scope));
      }
      for (const { isField, pattern, type } of code.params)
        if (isField === true && pattern.kind === 'name' && self.object)
          this.host.setField(self.object, pattern.name, this.typed(unknown, type, scope));
    };
    const closure: Closure = {
      code,
      scope: inner,
      file: this.host.file,
      statics,
      initialize,
      ...(parent && { parent }),
    };
    statics.set('prototype', objectValue(prototype));
    const value: Value = { taints: [], unknown: 0, closures: [closure] };
    prototype.set('constructor', value);
    for (const method of one.methods) {
      if (method.role === 'setter') continue;
      if (method.name === 'constructor' && !method.isStatic) {
        if (method !== constructor)
          closure.overloads = [
            ...(closure.overloads ?? []),
            { code: method.value, scope: inner, file: this.host.file, statics },
          ];
        continue;
      }
      const own: Closure = {
        code: method.value,
        scope: inner,
        file: this.host.file,
        statics: new HeapObject(false, this.host.state.trail),
      };
      const target = method.isStatic ? statics : prototype;
      if (method.role === 'getter') (target.getters ??= new Map<string, Closure>()).set(method.name, own);
      else {
        const [first] = target.fields.get(method.name)?.closures ?? [];
        if (first && first.scope === inner) first.overloads = [...(first.overloads ?? []), own];
        else target.set(method.name, { taints: [], unknown: 0, closures: [own] });
      }
    }
    for (const field of one.fields)
      if (field.isStatic && field.value) statics.set(field.name, this.host.evaluate(field.value, inner));
    this.host.madeClasses.push(value);
    return value;
  }

  /** A value with a declared type: from a library, or a workspace class. */
  typed(value: Value, type: string | undefined, scope: Scope): Value {
    if (type === undefined || value.object || value.closures) return value;
    const { hasCheckedTypes } = this.host.language;
    const isNull = hasCheckedTypes && (onlyConstant(value) ?? null) === null;
    if (value.constants && !isNull) return value;
    if (value.name !== undefined && (!hasCheckedTypes || this.host.models.isType(value.name))) return value;
    if (/^(?:number|boolean|Date|bigint)$/.test(type))
      return hasCheckedTypes ? clean : value.taints.length > 0 ? value : { ...value, unknown: 0 };
    const [first = '', ...rest] = type.split('.');
    const slot = scope.find(first);
    if (!slot)
      return this.host.models.isGlobal(type) ? { ...value, name: this.host.models.canonical(`${type}()`) } : value;
    const found = rest.reduce(
      (object, key) => this.host.property(object, key, { from: 0, to: 0 }),
      this.host.variable(first, { from: 0, to: 0 }, scope),
    );
    const [closure] = found.closures ?? [];
    if (closure?.initialize) return { ...this.instanceOf(found, closure), taints: value.taints };
    if (found.name === undefined) return value;
    const { constants: _, ...known } = value;
    return { ...known, ...(isNull && { unknown: allBits }), name: this.host.models.canonical(`${found.name}()`) };
  }

  /** An instance of a class, as a framework would create it. */
  instanceOf(type: Value, closure: Closure): Value {
    const known = this.#instances.get(closure);
    if (known) return known;
    // An instance that stands for all others keeps what any method stores.
    const object = new HeapObject(false, this.host.isExact ? this.host.state.trail : undefined);
    const self = asLibrary(objectValue(object), closure, this.host.models);
    this.#instances.set(closure, self);
    const prototype = closure.statics.fields.get('prototype')?.object;
    if (prototype) object.proto = prototype;
    this.#construct(
      type,
      closure,
      self,
      closure.code.params.map((one) => ({ value: this.typed(unknown, one.type, closure.scope) })),
      undefined,
    );
    return self;
  }

  new(target: Value, closure: Closure, call: Call): Value {
    const object = new HeapObject(false, this.host.state.trail);
    const prototype = closure.statics.fields.get('prototype')?.object;
    if (prototype) object.proto = prototype;
    const own = asLibrary(objectValue(object), closure, this.host.models);
    this.#construct(target, closure, own, call.args, call.at);
    return own;
  }

  /** An object literal with a class: a workspace class, with its methods and the initial values of its other fields, or a library class. */
  literal(type: string, given: HeapObject, at: Range, scope: Scope): Value {
    const found = scope.find(type) ? this.host.variable(type, at, scope) : unknown;
    const [closure] = found.closures ?? [];
    if (!closure?.initialize) {
      if (found.name === undefined) return objectValue(given);
      const name = this.host.models.canonical(`${found.name}()`);
      const value: Value = { ...objectValue(given), name };
      for (const [key, field] of given.fields) this.assignments.assigned(`${name}.${key}`, key, field, at, value);
      return value;
    }
    const object = new HeapObject(false, this.host.state.trail);
    const prototype = closure.statics.fields.get('prototype')?.object;
    if (prototype) object.proto = prototype;
    const value = objectValue(object);
    const [parent] = closure.parent?.closures ?? [];
    parent?.initialize?.(value);
    closure.initialize(value);
    for (const [key, field] of given.fields) object.set(key, field);
    if (given.rest) object.rest = given.rest;
    return closure.parent?.name === undefined ? value : { ...value, name: `${closure.parent.name}()` };
  }

  super(args: readonly CallArgument[], at: Range, scope: Scope): Value {
    const self = scope.find('this')?.value;
    const parent = scope.find('super')?.value;
    const constructor = parent?.object?.fields.get('constructor') ?? parent;
    const [closure] = constructor?.closures ?? [];
    if (closure && self && constructor) this.#construct(constructor, closure, self, args, at);
    return undefinedValue;
  }

  #construct(type: Value, closure: Closure, self: Value, args: readonly CallArgument[], at: Range | undefined): void {
    const [parent] = closure.parent?.closures ?? [];
    if (closure.initialize && parent && closure.code.body.length === 0 && closure.code.from === closure.code.to)
      this.#construct(type, parent, self, args, at);
    else if (parent?.initialize) parent.initialize(self);
    closure.initialize?.(self);
    for (const [index, { isField, pattern }] of closure.code.params.entries())
      if (isField === true && pattern.kind === 'name' && self.object && args[index])
        this.host.setField(self.object, pattern.name, args[index].value);
    this.host.enter(closure, self, args, at);
  }
}

/** An instance of a class that extends a library class is an instance of that, too. */
function asLibrary(self: Value, closure: Closure, models: Models): Value {
  const name = libraryOf(closure);
  return name === undefined ? self : { ...self, name: models.canonical(`${name}()`) };
}

/** The library class that a class extends. */
function libraryOf({ parent }: Closure, depth = 0): string | undefined {
  if (!parent || depth > 12) return undefined;
  if (parent.name !== undefined) return parent.name;
  const [closure] = parent.closures ?? [];
  return closure && libraryOf(closure, depth + 1);
}
