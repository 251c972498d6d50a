import type { Statement } from '../ir/ir';
import { allBits } from '../models/defects';
import { bothUnknown, truthOf } from './conditions';
import { assume, either, factsOf, likeUnknown } from './facts';
import { returnFrom } from './frames';
import type { Host } from './host';
import type { Modules } from './modules';
import type { Objects } from './objects';
import { placeOf } from './places';
import { nothingDone, type Outcome } from './state';
import { HeapObject, onlyConstant, Slot, Scope, undefinedValue, unknown, type Fact } from './value';

/** Follows statements. Each method returns whether control continues after the statement. */
export class Statements {
  constructor(
    private readonly host: Host,
    private readonly objects: Objects,
    private readonly modules: Modules,
  ) {}

  run(body: readonly Statement[], scope: Scope): boolean {
    for (const one of body) if (!this.#statement(one, scope)) return false;
    return true;
  }

  #block(body: readonly Statement[], scope: Scope): boolean {
    return this.run(body, new Scope(scope, false));
  }

  #statement(one: Statement, scope: Scope): boolean {
    switch (one.kind) {
      case 'evaluate':
        this.host.evaluate(one.value, scope);
        return true;
      case 'declare': {
        const value = one.value ? this.host.evaluate(one.value, scope) : undefined;
        const typed = this.host.typed(value ?? undefinedValue, one.type, scope);
        this.host.declare(
          one.target,
          value ? typed : one.type === undefined ? undefinedValue : { ...typed, unknown: allBits },
          one.scope === 'function' ? scope.ofFunction : scope,
          scope,
        );
        return true;
      }
      case 'block':
        return this.#block(one.body, scope);
      case 'if': {
        const test = this.host.evaluate(one.test, scope);
        const { yes, no } = test.facts ?? bothUnknown;
        const truth = truthOf(test);
        const outcomes: Outcome[] = [];
        if (truth !== false && yes !== 'never')
          outcomes.push(this.host.state.branch(() => (assume(this.host.state, yes), this.#block(one.yes, scope))));
        if (truth !== true && no !== 'never')
          outcomes.push(this.host.state.branch(() => (assume(this.host.state, no), this.#block(one.no, scope))));
        return this.host.state.merge(outcomes);
      }
      case 'loop': {
        const inner = new Scope(scope, false);
        this.run(one.init, inner);
        return this.#loop((first) => {
          const test = one.test && (!first || !one.isPost) ? this.host.evaluate(one.test, inner) : undefined;
          const { yes, no } = test?.facts ?? bothUnknown;
          return {
            no,
            body: () => {
              assume(this.host.state, yes);
              const goesOn = this.#block(one.body, inner);
              if (goesOn && one.update) this.host.evaluate(one.update, inner);
              return goesOn;
            },
            always: one.body.length > 0 && (one.test === undefined || (test !== undefined && truthOf(test) === true)),
          };
        });
      }
      case 'forEach': {
        const collection = this.host.evaluate(one.collection, scope);
        const all = one.of === 'items' ? this.host.itemsOf(collection) : this.objects.keysOf(collection);
        const items =
          collection.name === undefined ? all : this.objects.readItems(collection.name, all, one.collection);
        return this.#loop(() => ({
          no: [],
          body: () => {
            const inner = new Scope(scope, false);
            const value = {
              ...items,
              taints: this.host.extend(items.taints, one.target, 'Taken out of the collection'),
            };
            if (one.target.kind === 'name' && !scope.find(one.target.name)) inner.declare(one.target.name, value);
            else if (
              one.target.kind === 'name' ||
              one.target.kind === 'objectPattern' ||
              one.target.kind === 'listPattern'
            )
              this.host.declare(one.target, value, inner, inner);
            else this.host.assign(one.target, value, scope);
            return this.#block(one.body, inner);
          },
          always: false,
        }));
      }
      case 'try': {
        const body = this.host.state.branch(() => this.#block(one.body, scope));
        const outcomes = [body];
        for (const { target, body: handler } of one.handlers)
          outcomes.push(
            this.host.state.branch(() => {
              // Anything in the body up to that point may have run.
              this.host.state.merge([{ ...body, completes: true }, nothingDone]);
              const inner = new Scope(scope, false);
              if (target) this.host.declare(target, unknown, inner, inner);
              return this.run(handler, inner);
            }),
          );
        const goesOn = this.host.state.merge(outcomes);
        return this.#block(one.last, scope) && goesOn;
      }
      case 'switch':
        return this.#switch(one, scope);
      case 'return': {
        const value = one.value ? this.host.evaluate(one.value, scope) : undefinedValue;
        const frame = this.host.frames.at(-1);
        if (frame) returnFrom(frame, value, this.host.state);
        return false;
      }
      case 'throw':
        this.host.evaluate(one.value, scope);
        return false;
      case 'break':
      case 'continue': {
        const loop = this.host.loops.at(-1);
        if (loop && one.kind === 'break') loop.breaks.push(this.host.state.since(loop.outside));
        else if (loop) loop.continues.push(this.host.state.since(loop.turn));
        return false;
      }
      case 'import':
        for (const { local, name } of one.bindings) {
          const slot = scope.declare(local, unknown);
          const { file } = this.host;
          slot.lazy = () =>
            one.among && name !== undefined
              ? this.modules.importedAmong(one.among, name, one, file)
              : this.modules.imported(one.module, name, file);
        }
        return true;
      case 'export':
        this.modules.export(one, scope);
        return true;
    }
  }

  /** Two iterations, so that values at the end of the body reach its start. */
  #loop(turn: (first: boolean) => { no: readonly Fact[] | 'never'; body: () => boolean; always: boolean }): boolean {
    const breaks: Outcome[] = [];
    let leaves: readonly Fact[] | 'never' = [];
    let isEndless = false;
    for (const first of [true, false]) {
      const [slots, writes] = [Slot.count, HeapObject.writes];
      const { no, body, always } = turn(first);
      leaves = no;
      isEndless = always;
      const continues: Outcome[] = [];
      const outside = this.host.state.trail;
      const outcome = this.host.state.branch(() => {
        this.host.loops.push({ outside, breaks, turn: outside, continues });
        try {
          const goesOn = body();
          return this.host.state.merge([{ after: new Map(), completes: goesOn }, ...continues]);
        } finally {
          this.host.loops.pop();
        }
      });
      const isDone = HeapObject.writes === writes && !this.host.state.isChangedBy(outcome, slots);
      this.host.state.merge([outcome, nothingDone]);
      if (isDone) break;
    }
    const left = this.host.state.branch(() => {
      assume(this.host.state, leaves);
      return !isEndless;
    });
    return this.host.state.merge([left, ...breaks]);
  }

  #switch(one: Statement & { kind: 'switch' }, scope: Scope): boolean {
    const value = this.host.evaluate(one.value, scope);
    const slot = placeOf(one.value, scope);
    const breaks: Outcome[] = [];
    let falls: Outcome | undefined;
    let hasDefault = false;
    const inner = new Scope(scope, false);
    const outside = this.host.state.trail;
    const loop = this.host.loops.at(-1);
    const around = { turn: loop?.turn ?? outside, continues: loop?.continues ?? [] };
    const cases = one.cases.map(({ tests, body }) => {
      const values = tests.map((test) => this.host.evaluate(test, scope));
      const constants = values.flatMap((test) => (test.constants?.length === 1 ? test.constants : []));
      return { tests, body, values, constants };
    });
    // `switch (true)` tests each case as a condition.
    const isTrue = onlyConstant(value) === true;
    const possible = isTrue ? undefined : value.constants;
    const isSure = possible?.length === 1 && cases.some(({ constants }) => constants.includes(possible[0]));
    for (const { tests, body, values, constants } of cases) {
      hasDefault ||= tests.length === 0;
      const isEntered =
        tests.length === 0
          ? !isSure
          : possible === undefined ||
            constants.length < tests.length ||
            possible.some((one) => constants.includes(one));
      if (!isEntered && !falls) continue;
      const facts = isTrue
        ? values.map((test): readonly Fact[] | 'never' => test.facts?.yes ?? []).reduce(either, 'never')
        : tests.length > 0 && values.every(({ taints }) => taints.length === 0)
          ? likeUnknown(
              factsOf(slot, value, allBits, constants.length === values.length ? constants : undefined),
              values.reduce((bits, test) => bits | test.unknown, 0),
            )
          : [];
      const outcome = this.host.state.branch(() => {
        this.host.loops.push({ outside, breaks, ...around });
        try {
          const starts = this.host.state.branch(() => (assume(this.host.state, facts), isEntered));
          this.host.state.merge(falls ? [starts, falls] : [starts]);
          return this.run(body, inner);
        } finally {
          this.host.loops.pop();
        }
      });
      falls = outcome.completes ? outcome : undefined;
    }
    const rest: Outcome[] = hasDefault || isSure ? [] : [nothingDone];
    return this.host.state.merge([...breaks, ...(falls ? [falls] : []), ...rest]);
  }
}
