import type { Range } from '../../ir/ir';
import { rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import { parentsFirst } from '../shared/parentsFirst';
import type { SourceFile } from '../shared/sourceFile';
import { modifiers } from './names';
import { candidates, keyOf, membersOf } from './syntax';

/** A class or module, combined from all places in the file that add to it. */
export interface Declared {
  readonly name: string;
  readonly isModule: boolean;
  superclass: SyntaxNode | undefined;
  readonly at: Range;
  readonly members: SyntaxNode[];
  readonly methods: Set<string>;
  /** Class methods. */
  readonly statics: Set<string>;
  /** Methods that only read or write an instance variable. */
  readonly attributes: Set<string>;
  readonly mixins: SyntaxNode[];
  /** Whether a module's methods are also its own. */
  isOwn: boolean;
  /** Methods that a framework calls before others. */
  readonly callbacks: Callback[];
}

/** A method that is called before others: all of them, or some. */
interface Callback {
  readonly method: string;
  readonly only: ReadonlySet<string> | undefined;
  readonly except: ReadonlySet<string>;
}

/** Methods that register such callbacks. */
const callbackNames = /^(?:(?:prepend_|append_)?before_(?:action|filter)|around_(?:action|filter)|before)$/;

/** The file's declarations, which are known before any of it is lowered. */
export class Declarations {
  readonly classes = new Map<string, Declared>();
  readonly constants = new Map<string, SyntaxNode>();
  readonly functions = new Map<string, SyntaxNode>();

  constructor(private readonly file: SourceFile) {}

  /** Finds the classes and modules with their members, and the methods and constants outside of them. */
  collect(nodes: readonly SyntaxNode[], inside: string, owner: Declared | undefined, isStatic = false): void {
    for (const node of nodes)
      switch (node.type) {
        case 'class':
        case 'module': {
          const name = childOf(node, 'name');
          if (!name) break;
          const text = this.file.text(name);
          const full = text.startsWith('::') || inside === '' ? text.replace(/^::/, '') : `${inside}::${text}`;
          const declared = this.#declared(full, node.type === 'module', rangeOf(node));
          declared.superclass ??= childOf(node, 'superclass')?.children[0];
          const members = membersOf(node);
          declared.members.push(...members);
          this.collect(members, full, declared);
          break;
        }
        case 'singleton_class':
          this.collect(membersOf(node), inside, owner, true);
          break;
        case 'method': {
          const name = this.file.nameOf(node);
          if (!owner) this.functions.set(name, node);
          else if (isStatic) owner.statics.add(name);
          else owner.methods.add(name);
          break;
        }
        case 'singleton_method':
          if (owner) owner.statics.add(this.file.nameOf(node));
          else if (childOf(node, 'object')?.type === 'self') this.functions.set(this.file.nameOf(node), node);
          break;
        case 'assignment': {
          const left = childOf(node, 'left');
          const right = childOf(node, 'right');
          if (left?.type === 'constant' && right) {
            const name = inside === '' ? this.file.text(left) : `${inside}::${this.file.text(left)}`;
            this.constants.set(name, right);
            const made = right.type === 'call' ? this.#madeClass(name, right) : undefined;
            if (made) this.collect(made.members, name, made);
          }
          break;
        }
        case 'call': {
          const name = this.file.textOf(node, 'method');
          const args = childOf(node, 'arguments')?.children ?? [];
          if (owner && /^attr(?:_reader|_writer|_accessor)?$|^class_attribute$|^mattr_|^cattr_/.test(name))
            for (const one of args) owner.attributes.add(this.file.text(one).replace(/^:/, ''));
          if (owner && /^(?:include|prepend)$/.test(name)) owner.mixins.push(...args);
          if (owner && name === 'extend' && args.some(({ type }) => type === 'self')) owner.isOwn = true;
          if (owner && name === 'define_method' && args[0])
            owner.methods.add(this.file.text(args[0]).replace(/^:/, ''));
          if (owner && name === 'scope' && args[0]) owner.statics.add(this.file.text(args[0]).replace(/^:/, ''));
          if (owner && callbackNames.test(name)) owner.callbacks.push(...this.#callbacksOf(node, args));
          if (modifiers.test(name)) this.collect(args, inside, owner, isStatic);
          const body = childOf(node, 'block');
          if (body) this.collect(membersOf(body), inside, owner, name === 'class_methods');
          break;
        }
        case 'identifier':
          if (owner && this.file.text(node) === 'module_function') owner.isOwn = true;
          break;
        default:
          if (node.children.length > 0 && node.type !== 'lambda') this.collect(node.children, inside, owner, isStatic);
      }
  }

  /** `before_action :load, only: %i[show edit]`. */
  #callbacksOf(node: SyntaxNode, args: readonly SyntaxNode[]): Callback[] {
    const listed = (key: string): Set<string> | undefined => {
      const pair = args.find((one) => one.type === 'pair' && this.file.textOf(one, 'key') === key);
      const value = pair && childOf(pair, 'value');
      return value && new Set(this.file.text(value).match(/(?!%[iIwW])\b\w+[?!]?/g));
    };
    const methods = args.filter(({ type }) => type === 'simple_symbol').map((one) => this.file.text(one).slice(1));
    if (childOf(node, 'block')) methods.push(keyOf(this.file.textOf(node, 'method'), node));
    return methods.map((method) => ({ method, only: listed('only'), except: listed('except') ?? new Set<string>() }));
  }

  #declared(name: string, isModule: boolean, at: Range): Declared {
    const known = this.classes.get(name);
    if (known) return known;
    const made: Declared = {
      name,
      isModule,
      superclass: undefined,
      at,
      members: [],
      methods: new Set(),
      statics: new Set(),
      attributes: new Set(),
      mixins: [],
      isOwn: false,
      callbacks: [],
    };
    this.classes.set(name, made);
    return made;
  }

  /** `X = Class.new(Y) do … end`, `X = Struct.new(:a) do … end`. */
  #madeClass(name: string, node: SyntaxNode): Declared | undefined {
    const receiver = childOf(node, 'receiver');
    const how = receiver && /^(?:new|define)$/.test(this.file.textOf(node, 'method')) ? this.file.text(receiver) : '';
    if (!/^(?:Class|Module|Struct|Data)$/.test(how)) return undefined;
    const declared = this.#declared(name, how === 'Module', rangeOf(node));
    const args = childOf(node, 'arguments')?.children ?? [];
    const body = childOf(node, 'block');
    if (body) declared.members.push(...membersOf(body));
    if (how === 'Class') declared.superclass ??= args[0];
    else if (how !== 'Module') {
      for (const one of args) if (one.type === 'simple_symbol') declared.attributes.add(this.file.text(one).slice(1));
      // Its constructor takes its fields.
      declared.members.push({ ...node, type: '$struct' });
    }
    return declared;
  }

  parentsFirst(): Declared[] {
    return parentsFirst(this.classes.values(), (one) =>
      [...(one.superclass ? [one.superclass] : []), ...one.mixins].map((node) =>
        this.#inFile(this.file.text(node), one.name),
      ),
    );
  }

  /** The class in the file that a name refers to from inside another. */
  #inFile(text: string, inside: string): Declared | undefined {
    return candidates(text, inside)
      .map((name) => this.classes.get(name))
      .find((one) => one !== undefined);
  }

  /** Whether a class has a method, according to this file. */
  has(one: Declared, name: string, isStatic: boolean, depth = 0): boolean {
    if ((isStatic ? one.statics : one.methods).has(name) || (isStatic && one.isOwn && one.methods.has(name)))
      return true;
    if (!isStatic && one.attributes.has(name)) return true;
    if (depth > 8) return false;
    const parents = [...(one.superclass ? [one.superclass] : []), ...(isStatic ? [] : one.mixins)];
    return parents.some((node) => {
      const parent = this.#inFile(this.file.text(node), one.name);
      return parent !== undefined && parent !== one && this.has(parent, name, isStatic, depth + 1);
    });
  }
}
