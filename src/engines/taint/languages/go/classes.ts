import type {
  Argument,
  ClassField,
  ClassValue,
  Expression,
  FunctionValue,
  Method,
  Range,
  Statement,
} from '../../ir/ir';
import { call, functionOf, member, nameAt, opaque, rangeOf, returned } from '../../ir/make';
import type { SourceFile } from '../shared/sourceFile';
import type { Functions } from './functions';
import type { Names } from './names';
import type { TypeInfo, Types } from './types';

/** Lowers types to classes. */
export class Classes {
  constructor(
    private readonly file: SourceFile,
    private readonly names: Names,
    private readonly types: Types,
    private readonly functions: Functions,
  ) {}

  classStatement(info: TypeInfo): Statement {
    const at = rangeOf(info.name);
    return {
      kind: 'declare',
      target: nameAt(info.local, at),
      value: this.#class(info),
      scope: 'block',
      ...at,
    };
  }

  #class(info: TypeInfo): ClassValue {
    const at = rangeOf(info.node);
    const fields: ClassField[] = [];
    const methods: Method[] = [];
    const embedded = info.fields.filter(({ isEmbedded }) => isEmbedded);
    const parent = embedded
      .map(({ type }) => this.types.type(type))
      .find((type) => type !== undefined && type !== 'number');
    // A conversion is a call that returns its value.
    methods.push({ name: 'constructor', value: passing(at), isStatic: false, role: 'method' });
    for (const { name, type } of info.fields) {
      const own = this.types.type(type);
      if (own !== undefined) fields.push({ name, type: own, isStatic: false });
    }
    for (const node of info.methods)
      methods.push({
        name: this.file.nameOf(node),
        value: this.functions.method(node),
        isStatic: false,
        role: 'method',
      });
    for (const { name, type } of embedded) {
      const inner = this.types.infos.get(this.types.lastName(type));
      if (!inner) continue;
      const self = member(nameAt('this', at), name, at);
      for (const [index, field] of inner.fields.entries())
        if (!info.fields.some((one) => one.name === field.name))
          methods.push({
            name: field.name,
            value: functionOf('', [], [returned(member(self, field.name, at), at)], {
              from: at.from + index + 1,
              to: at.to,
            }),
            isStatic: false,
            role: 'getter',
          });
    }
    if (info.node.type === 'interface_type') methods.push(...this.#delegates(info));
    return {
      kind: 'class',
      name: info.local,
      ...(parent !== undefined && { superclass: nameAt(parent, at) }),
      methods,
      fields,
      decorators: [],
      ...at,
    };
  }

  /** The methods of an interface: those of the types that implement it. */
  #delegates({ node, local }: TypeInfo): Method[] {
    const own = node.children.filter(({ type }) => type === 'method_elem');
    if (own.length === 0) return [];
    const names = own.map((one) => this.file.nameOf(one)).join(',');
    return own.map((one): Method => {
      const at = rangeOf(one);
      const all: Argument[] = [{ value: nameAt('$all', at), spread: 'list' }];
      const calls = [0, 1].map((index): Expression => {
        const type = this.names.imported('.', `${index}:${names}`, at, `${local}$${index}`).name;
        const self: Expression = { kind: 'typed', value: opaque([], at), type, ...at };
        return call(member(self, this.file.nameOf(one), at), all, at);
      });
      const [yes = opaque([], at), no = opaque([], at)] = calls;
      const value: Expression = { kind: 'conditional', test: opaque([], at), yes, no, ...at };
      return {
        name: this.file.nameOf(one),
        value: functionOf('', [{ pattern: nameAt('$all', at), rest: true }], [returned(value, at)], at),
        isStatic: false,
        role: 'method',
      };
    });
  }
}

/** A conversion, `T(x)`, as a constructor that returns its argument. */
function passing(at: Range): FunctionValue {
  return functionOf('', [{ pattern: nameAt('$value', at) }], [returned(nameAt('$value', at), at)], at);
}
