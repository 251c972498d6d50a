import type { Expression, Pattern, Range } from '../ir/ir';
import type { Host } from './host';
import type { Objects } from './objects';
import { placeOf, rootOf } from './places';
import { checkSink } from './sinks';
import { join, onlyConstant, unknown, type Scope, type Value } from './value';

/** Declares and assigns variables and properties, individually or by destructuring. */
export class Assignments {
  constructor(
    private readonly host: Host,
    private readonly objects: Objects,
  ) {}

  declare(target: Pattern, value: Value, scope: Scope, evaluateIn: Scope): void {
    switch (target.kind) {
      case 'name': {
        const taints = this.host.extend(value.taints, target, `Assigned to ${target.name}`);
        scope.declare(target.name, taints === value.taints ? value : { ...value, taints });
        return;
      }
      case 'objectPattern': {
        const taken = new Set<string>();
        for (const { key, target: inner, fallback } of target.fields) {
          const name = typeof key === 'string' ? key : onlyConstant(this.host.evaluate(key, evaluateIn));
          const field = typeof name === 'string' ? this.host.property(value, name, inner) : this.host.itemsOf(value);
          if (typeof name === 'string') taken.add(name);
          this.declare(inner, fallback ? this.#orElse(field, fallback, evaluateIn) : field, scope, evaluateIn);
        }
        if (target.rest) this.declare(target.rest, this.objects.without(value, taken), scope, evaluateIn);
        return;
      }
      case 'listPattern': {
        target.items.forEach((item, index) => {
          if (!item) return;
          const field = this.#itemAt(target, value, index);
          this.declare(
            item.target,
            item.fallback ? this.#orElse(field, item.fallback, evaluateIn) : field,
            scope,
            evaluateIn,
          );
        });
        if (target.rest) this.declare(target.rest, value, scope, evaluateIn);
        return;
      }
      default:
        this.assign(target, value, evaluateIn);
    }
  }

  #itemAt({ isResults, items }: Pattern & { kind: 'listPattern' }, value: Value, index: number): Value {
    const at = items[index]?.target ?? { from: 0, to: 0 };
    if (isResults !== true)
      return value.object ? this.host.property(value, String(index), at) : this.host.itemsOf(value);
    const { facts, ...plain } = value;
    const isLast = index > 0 && index === items.length - 1;
    const field =
      value.object?.isList === true
        ? this.host.property(plain, String(index), at)
        : index === 0
          ? plain
          : value.name === undefined
            ? unknown
            : this.host.property({ ...plain, taints: [] }, String(index), at);
    return isLast && facts ? { ...field, facts } : field;
  }

  #orElse(value: Value, fallback: Expression, scope: Scope): Value {
    const isUndefined = onlyConstant(value) === undefined;
    const other = this.host.evaluate(fallback, scope);
    return isUndefined ? other : join([value, other]);
  }

  assign(target: Pattern, value: Value, scope: Scope): void {
    switch (target.kind) {
      case 'name': {
        const slot = scope.find(target.name);
        if (slot) {
          const taints = this.host.extend(value.taints, target, `Assigned to ${target.name}`);
          this.host.state.assign(slot, taints === value.taints ? value : { ...value, taints });
        } else if (this.host.models.isGlobal(target.name))
          this.assigned(target.name, target.name, value, target, undefined);
        return;
      }
      case 'member':
      case 'index': {
        const object = this.host.evaluate(target.object, scope);
        const index = target.kind === 'member' ? undefined : this.host.evaluate(target.index, scope);
        const key = target.kind === 'member' ? target.property : index && onlyConstant(index);
        const field = typeof key === 'string' || typeof key === 'number' ? String(key) : undefined;
        if (field !== undefined) {
          const name =
            object.name === undefined
              ? undefined
              : this.host.models.canonical(
                  this.host.language.globalObjects.has(object.name) ? field : `${object.name}.${field}`,
                );
          this.assigned(name, field, value, target, object);
        } else if (index && object.name !== undefined) {
          // Data determines which field is set.
          const all = this.host.models.of(this.host.models.canonical(`${object.name}.*`));
          for (const sink of all?.assignments ?? [])
            if (sink.keys) checkSink(this.host, sink, index, target, object.proven ?? 0);
        }
        const taints = this.host.extend(
          value.taints,
          target,
          field === undefined ? 'Stored in a collection' : `Stored in ${field}`,
        );
        const stored = taints === value.taints ? value : { ...value, taints };
        this.host.store(object, field, stored);
        const place = placeOf(target, scope, false);
        const root = rootOf(target, scope);
        if (place) this.host.state.change(place, undefined, root);
        // Nothing is known about the object itself: remember the value by the variable.
        if (!object.object && !object.closures) {
          const slot = placeOf(target, scope);
          if (slot && field !== undefined) this.host.state.change(slot, stored, root);
        }
        return;
      }
      case 'opaque':
        for (const part of target.parts) this.host.evaluate(part, scope);
        return;
      default:
        this.#destructure(target, value, scope);
    }
  }

  #destructure(target: Pattern & { kind: 'objectPattern' | 'listPattern' }, value: Value, scope: Scope): void {
    const assign = (inner: Pattern, field: Value, fallback: Expression | undefined) =>
      this.assign(inner, fallback ? this.#orElse(field, fallback, scope) : field, scope);
    if (target.kind === 'listPattern')
      target.items.forEach(
        (item, index) => item && assign(item.target, this.#itemAt(target, value, index), item.fallback),
      );
    else
      for (const { key, target: inner, fallback } of target.fields) {
        const name = typeof key === 'string' ? key : onlyConstant(this.host.evaluate(key, scope));
        assign(
          inner,
          typeof name === 'string' ? this.host.property(value, name, inner) : this.host.itemsOf(value),
          fallback,
        );
      }
    if (target.rest) this.assign(target.rest, value, scope);
  }

  /** Properties that are sinks. */
  assigned(name: string | undefined, property: string, value: Value, at: Range, object: Value | undefined): void {
    const model =
      (name === undefined ? undefined : this.host.models.of(name)) ??
      (object?.object ? undefined : this.host.models.ofAny(property));
    for (const sink of model?.assignments ?? []) checkSink(this.host, sink, value, at, object?.proven ?? 0);
  }
}
