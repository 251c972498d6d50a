import { posix } from 'node:path';
import type { Argument, Call, Expression, Member, Name, Range } from '../../ir/ir';
import { call, literal, member, nameAt, opaque, rangeOf } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import type { Declarations } from './declared';
import { changing, kernel, sinatraMethods } from './names';
import { constantSpecifier, methodSpecifier } from './resolve';
import type { Script } from './script';
import { candidates, localName } from './syntax';

/** Constants that every program has; models know them by name. */
const standardGlobals: ReadonlySet<string> = new Set(['ARGV', 'ARGF', 'STDIN', 'STDOUT', 'STDERR', 'ENV', 'DATA']);

/** Names of the request in objects that get it from a mixin. */
const requestVariables: Readonly<Record<string, string>> = {
  '@cgi': 'CGI',
  '@request': 'Rack::Request',
  '@req': 'Rack::Request',
};

/** Resolves names: variables, constants, methods of the file, of another or of a library. */
export class References {
  readonly imports = new Map<string, string>();
  readonly globals = new Set<string>();

  constructor(
    private readonly file: SourceFile,
    private readonly script: Script,
    private readonly declarations: Declarations,
    private readonly context: Context,
  ) {}

  /** A constant, which is imported unless the file declares it. */
  constant(text: string, at: Range): Name {
    const names = candidates(text, this.context.place.declared?.name ?? '');
    const own = names.find((name) => this.declarations.classes.has(name) || this.declarations.constants.has(name));
    if (own !== undefined) return nameAt(`::${own}`, at);
    if (standardGlobals.has(text)) return nameAt(text, at);
    const local = `::${names[0] ?? text}`;
    if (!this.imports.has(local)) this.imports.set(local, constantSpecifier(names));
    return nameAt(local, at);
  }

  /** The local name of a constant of a library. */
  library(name: string): string {
    const local = `::${name}`;
    if (!this.imports.has(local)) this.imports.set(local, constantSpecifier([name]));
    return local;
  }

  kernel(method: string, args: readonly Argument[], at: Range): Call {
    return call(member(nameAt(this.library('Kernel'), at), method, at), args, at);
  }

  /** The receiver of a call without one. */
  this(at: Range): Expression {
    const { declared, isStatic } = this.context.place;
    return declared && isStatic ? nameAt(`::${declared.name}`, at) : nameAt('this', at);
  }

  /** Resolves a method without a receiver. */
  callee(name: string, at: Range, args = 0): Expression {
    const { declared, isStatic } = this.context.place;
    if (declared && this.declarations.has(declared, name, isStatic)) return member(this.this(at), name, at);
    if (this.declarations.functions.has(name)) return nameAt(`def ${name}`, at);
    // A route's path helper.
    if (args > 0 && /_(?:path|url)$/.test(name)) return member(nameAt(this.library('Rails'), at), 'route', at);
    if (kernel.has(name)) {
      const opensAddresses = name === 'open' && /['"]open-uri['"]/.test(this.file.source);
      return member(nameAt(this.library('Kernel'), at), opensAddresses ? 'open_uri' : name, at);
    }
    // Other methods of a Sinatra script may be declared in a file that it requires.
    const isScript =
      !declared &&
      this.script.self !== 'ActionView::Base' &&
      this.script.template === undefined &&
      !sinatraMethods.test(name);
    if (declared || (this.script.self !== undefined && !isScript)) return member(this.this(at), name, at);
    const local = `def ${name}`;
    if (!this.imports.has(local)) this.imports.set(local, methodSpecifier(name));
    return nameAt(local, at);
  }

  identifier(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const name = this.file.text(node);
    if (this.context.isLocal(name)) return nameAt(localName(name), at);
    if (name === 'block_given?') {
      this.context.frameOfMethod.takesBlock.isUsed = true;
      return opaque([], at);
    }
    const known = {
      __FILE__: `/${this.file.path}`,
      __dir__: `/${posix.dirname(this.file.path)}`,
      __method__: '',
      __LINE__: 0,
    }[name];
    if (known !== undefined) return literal(known, at);
    return this.read(this.callee(name, at), name, at);
  }

  /** A call without arguments, which may also be a field access. */
  read(callee: Expression, name: string, at: Range): Call {
    return { ...call(callee, [], at), ...(callee.kind === 'member' && !changing.test(name) && { isRead: true }) };
  }

  /** `@x`: the field `x`, if the class has no method with that name. */
  variable(text: string, at: Range): Member {
    const name = text.slice(1);
    const { declared } = this.context.place;
    const isAttribute = declared?.attributes.has(name) === true && !declared.methods.has(name);
    return member(this.this(at), isAttribute ? name : text, at);
  }

  /** The value of `@x`. */
  valueOfVariable(text: string, at: Range): Expression {
    const type = requestVariables[text];
    const mayBeRequest = !this.context.place.declared?.superclass && this.script.template === undefined;
    return type !== undefined && mayBeRequest && !this.#isSet(text)
      ? { ...call(nameAt(this.library(type), at), [], at), isNew: true }
      : this.variable(text, at);
  }

  #isSet(variable: string): boolean {
    return new RegExp(
      String.raw`${variable}\s*(?:\|\|)?=(?!=)|attr_(?:accessor|writer)\b.*:${variable.slice(1)}\b`,
    ).test(this.file.source);
  }

  global(text: string, at: Range): Expression {
    if (/^\$(?:[1-9&~]|LAST_MATCH_INFO)$/.test(text)) {
      this.context.assigns('$~');
      return { kind: 'index', object: nameAt('$~', at), index: opaque([], at), ...at };
    }
    const standard = { $stdin: 'STDIN', $stdout: 'STDOUT', $stderr: 'STDERR', '$*': 'ARGV', '$<': 'ARGF' }[text];
    if (standard !== undefined) return nameAt(standard, at);
    this.globals.add(text);
    // Others set it as well.
    return { kind: 'logical', operator: '??', left: nameAt(text, at), right: opaque([], at), ...at };
  }
}
