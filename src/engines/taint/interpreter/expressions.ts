import type { Expression, Range } from '../ir/ir';
import { allBits } from '../models/defects';
import type { Calls } from './calls';
import { changedProperty, isOutside, rootName, settled } from './changes';
import type { Classes } from './classes';
import {
  bothFacts,
  bothUnknown,
  boundOf,
  comparison,
  decidedFacts,
  equal,
  ownerOf,
  positionOf,
  truthOf,
} from './conditions';
import { noteRead } from './frames';
import { assume, both, either, factsOf, likeUnknown, negated } from './facts';
import type { Host } from './host';
import { TooComplex } from './limits';
import { knownOf, placeOf, rootOf } from './places';
import { nothingDone, type Outcome } from './state';
import { textOf } from './text';
import {
  clean,
  constant,
  HeapObject,
  join,
  joinTaints,
  objectValue,
  onlyConstant,
  Scope,
  undefinedValue,
  unknown,
  type Fact,
  type Slot,
  type Taint,
  type Value,
} from './value';

/** Evaluates expressions. */
export class Expressions {
  constructor(
    private readonly host: Host,
    private readonly calls: Calls,
    private readonly classes: Classes,
  ) {}

  evaluate(one: Expression, scope: Scope): Value {
    if (++this.host.steps > this.host.stepLimit) throw new TooComplex();
    switch (one.kind) {
      case 'literal':
        return constant(one.value);
      case 'regex':
        return { taints: [], unknown: 0, regex: one };
      case 'name':
        return this.variable(one.name, one, scope);
      case 'member': {
        const object = this.evaluate(one.object, scope);
        const known = knownOf(one, scope, this.host);
        return known ?? this.#settledProperty(one, one.property, this.host.property(object, one.property, one), scope);
      }
      case 'index':
        return this.#index(one, scope);
      case 'call':
        return this.calls.call(one, scope);
      case 'object':
        return this.#object(one, scope);
      case 'list': {
        const object = new HeapObject(true, this.host.state.trail, true);
        const args = this.calls.argumentsOf(one.items, scope);
        for (const [index, { value, isRest }] of args.entries())
          if (isRest) object.rest = object.rest ? join([object.rest, value]) : value;
          else object.set(String(index), value);
        const last = one.isResults === true ? args.at(-1)?.value : undefined;
        return last ? { ...objectValue(object), facts: decidedFacts(last) } : objectValue(object);
      }
      case 'text': {
        const value = textOf(one.parts.map((part) => this.evaluate(part, scope)));
        this.host.sites.note(this.host.file, one, value, true);
        return value.taints.length > 0
          ? { ...value, taints: this.host.extend(value.taints, one, 'Becomes part of a string') }
          : value;
      }
      case 'function':
        return this.classes.closure(one, scope);
      case 'class':
        return this.classes.class(one, scope);
      case 'await':
        return this.evaluate(one.value, scope);
      case 'assign': {
        if (one.operator === undefined) {
          const value = this.evaluate(one.value, scope);
          this.host.assign(one.target, value, scope);
          return value;
        }
        const old =
          one.target.kind === 'name' || one.target.kind === 'member' || one.target.kind === 'index'
            ? this.evaluate(one.target, scope)
            : unknown;
        const fresh = this.host.state.branch(() => {
          this.host.assign(one.target, this.evaluate(one.value, scope), scope);
          return true;
        });
        this.host.state.merge([fresh, nothingDone]);
        return one.target.kind === 'name' || one.target.kind === 'member' ? this.evaluate(one.target, scope) : old;
      }
      case 'binary':
        return this.#binary(one, scope);
      case 'logical':
        return this.#logical(one, scope);
      case 'unary':
        return this.#unary(one, scope);
      case 'conditional': {
        const test = this.evaluate(one.test, scope);
        const { yes, no } = test.facts ?? bothUnknown;
        const truth = truthOf(test);
        const values: Value[] = [];
        const outcomes: Outcome[] = [];
        if (truth !== false && yes !== 'never')
          outcomes.push(
            this.host.state.branch(
              () => (assume(this.host.state, yes), values.push(this.evaluate(one.yes, scope)), true),
            ),
          );
        if (truth !== true && no !== 'never')
          outcomes.push(
            this.host.state.branch(
              () => (assume(this.host.state, no), values.push(this.evaluate(one.no, scope)), true),
            ),
          );
        this.host.state.merge(outcomes);
        return join(values);
      }
      case 'sequence':
        return this.#sequence(one, scope);
      case 'typed':
        return this.host.typed(this.evaluate(one.value, scope), one.type, scope);
      case 'opaque':
        return { ...unknown, taints: joinTaints(one.parts.map((part) => this.evaluate(part, scope).taints)) };
    }
  }

  #sequence({ own = [], values }: Expression & { kind: 'sequence' }, scope: Scope): Value {
    const inner = own.length > 0 ? new Scope(scope, false) : scope;
    for (const name of own) inner.declare(name, undefinedValue);
    return values.map((value) => this.evaluate(value, inner)).at(-1) ?? clean;
  }

  variable(name: string, at: Range, scope: Scope): Value {
    const slot = scope.find(name);
    if (slot) {
      noteRead(this.host.frames, slot);
      if (slot.lazy) {
        const { lazy } = slot;
        const value = lazy();
        slot.value = value;
        // A module that is still being followed does not have all of its exports yet.
        if (!value.object || value.object !== this.host.exports) slot.lazy = undefined;
        return value;
      }
      const value = slot.value ?? unknown;
      if (isOutside(slot, this.host.frames) && mayDiffer(slot, value)) this.host.dependences++;
      return settled(value, isOutside(slot, this.host.frames) && this.host.changes.has(name));
    }
    if (this.host.language.globalObjects.has(name)) return { ...unknown, name };
    return this.host.models.isGlobal(name) ? this.host.read(name, { ...unknown, name }, at) : unknown;
  }

  #settledProperty(one: Expression & { kind: 'member' | 'index' }, key: string, value: Value, scope: Scope): Value {
    const { changes, frames } = this.host;
    if (!value.constants || changes.size === 0 || !isOutside(rootOf(one, scope), frames)) return value;
    const root = rootName(one) ?? '';
    return settled(value, changes.has(changedProperty(root, key)) || changes.has(changedProperty(root, '*')));
  }

  #index(one: Expression & { kind: 'index' }, scope: Scope): Value {
    const object = this.evaluate(one.object, scope);
    const index = this.evaluate(one.index, scope);
    const key = onlyConstant(index);
    if (typeof key === 'string' || typeof key === 'number')
      return (
        knownOf(one, scope, this.host) ??
        this.#settledProperty(one, String(key), this.host.property(object, String(key), one), scope)
      );
    const value = !object.object
      ? { taints: object.taints, unknown: object.unknown }
      : object.object.isList
        ? this.host.itemsOf(object)
        : join([this.host.itemsOf(object), undefinedValue]);
    // A key of a constant table, or a property that proves something about another value, such as a URL's host.
    if (object.object?.isClosed && object.taints.length === 0) {
      const isOpen = index.taints.length > 0 || index.unknown !== 0;
      const facts = isOpen ? factsOf(placeOf(one.index, scope), index, allBits) : [];
      const all = [...facts, ...ownerOf(this.host, one.index, scope)];
      if (all.length > 0 || isOpen) return { ...value, facts: { yes: keysOf(object.object, all), no: [] } };
    }
    return value;
  }

  #object(one: Expression & { kind: 'object' }, scope: Scope): Value {
    const object = new HeapObject(true, this.host.state.trail);
    let taints: readonly Taint[] = [];
    for (const { key, value } of one.fields) {
      const own = this.evaluate(value, scope);
      if (key === undefined) {
        if (own.object) {
          for (const [name, field] of own.object.fields) object.set(name, field);
          if (own.object.rest) object.rest = own.object.rest;
          if (!own.object.isClosed) object.isClosed = false;
        } else if (own.constants === undefined) object.isClosed = false;
        taints = joinTaints([taints, own.taints]);
        continue;
      }
      const name = typeof key === 'string' ? key : onlyConstant(this.evaluate(key, scope));
      if (typeof name === 'string' || typeof name === 'number') object.set(String(name), own);
      else object.rest = object.rest ? join([object.rest, own]) : own;
    }
    return {
      ...(one.type === undefined ? objectValue(object) : this.classes.literal(one.type, object, one, scope)),
      taints,
    };
  }

  #logical(one: Expression & { kind: 'logical' }, scope: Scope): Value {
    const left = this.evaluate(one.left, scope);
    const leftFacts = left.facts ?? bothUnknown;
    const truth = one.operator === '??' ? undefined : truthOf(left);
    if (truth !== undefined && truth === (one.operator === '||')) return left;
    const enters = one.operator === '&&' ? leftFacts.yes : one.operator === '||' ? leftFacts.no : [];
    if (enters === 'never') return left;
    let right: Value = clean;
    const outcome = this.host.state.branch(() => {
      assume(this.host.state, enters);
      right = this.evaluate(one.right, scope);
      return true;
    });
    this.host.state.merge([outcome, nothingDone]);
    const rightFacts = right.facts ?? bothUnknown;
    if (truth !== undefined) return right;
    if (one.operator === '&&') {
      const { constants: _, ...value } = right;
      return { ...value, facts: { yes: both(leftFacts.yes, rightFacts.yes), no: either(leftFacts.no, rightFacts.no) } };
    }
    const value = join([left, right]);
    if (one.operator === '??') return value;
    return { ...value, facts: { yes: either(leftFacts.yes, rightFacts.yes), no: both(leftFacts.no, rightFacts.no) } };
  }

  #unary(one: Expression & { kind: 'unary' }, scope: Scope): Value {
    const operand = this.evaluate(one.operand, scope);
    const value = onlyConstant(operand);
    switch (one.operator) {
      case '!': {
        const truth = truthOf(operand);
        return {
          ...clean,
          ...(truth !== undefined && { constants: [!truth] }),
          ...(operand.facts && { facts: negated(operand.facts) }),
        };
      }
      case '-':
        return typeof value === 'number' ? constant(-value) : clean;
      case '~':
        // `~x.indexOf(y)`.
        return operand.found ? { ...clean, facts: { yes: operand.found.yes, no: operand.found.no } } : clean;
      case 'void':
        return undefinedValue;
      default:
        return clean;
    }
  }

  #binary(one: Expression & { kind: 'binary' }, scope: Scope): Value {
    const { operator } = one;
    const left = this.evaluate(one.left, scope);
    const right = this.evaluate(one.right, scope);
    switch (operator) {
      case '==':
      case '===':
      case '!=':
      case '!==': {
        const facts = bothFacts(
          equal(this.host, one.left, left, one.right, right, scope),
          equal(this.host, one.right, right, one.left, left, scope),
        );
        const isEqual = operator === '==' || operator === '===';
        const [a, b] = [onlyConstant(left), onlyConstant(right)];
        const constants = typeof a === 'symbol' || typeof b === 'symbol' ? undefined : [(a === b) === isEqual];
        return { ...clean, facts: isEqual ? facts : negated(facts), ...(constants && { constants }) };
      }
      case 'in': {
        const isTable = right.taints.length === 0 && right.object?.isClosed === true;
        return {
          ...clean,
          facts: {
            yes: isTable
              ? keysOf(right.object, [
                  ...factsOf(placeOf(one.left, scope), left, allBits),
                  ...ownerOf(this.host, one.left, scope),
                ])
              : [],
            no: [],
          },
        };
      }
      case '<':
      case '>':
      case '<=':
      case '>=':
        return {
          ...clean,
          facts: bothFacts(
            positionOf(operator, left, right),
            boundOf(operator, [placeOf(one.left, scope), left], [placeOf(one.right, scope), right]),
          ),
          ...comparison(operator, left, right),
        };
      case 'instanceof':
        return clean;
      default: {
        const [a, b] = [onlyConstant(left), onlyConstant(right)];
        if (typeof a === 'number' && typeof b === 'number') {
          const value =
            operator === '-'
              ? a - b
              : operator === '*'
                ? a * b
                : operator === '/'
                  ? a / b
                  : operator === '%'
                    ? a % b
                    : undefined;
          if (value !== undefined) return constant(value);
        }
        return clean;
      }
    }
  }
}

/** Whether a variable, or the list or map in it, has changed since it was declared. */
function mayDiffer({ isAssigned }: Slot, { object }: Value): boolean {
  return isAssigned || ((object?.isClosed === true || object?.isList === true) && object.version > 0);
}

/** What is known about a value that is a key of a table. */
function keysOf(table: HeapObject | undefined, facts: readonly Fact[]): readonly Fact[] {
  return likeUnknown(facts, table?.rest ? allBits : 0);
}
