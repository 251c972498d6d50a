import type { Argument, Expression, FunctionValue, Module, Pattern, Statement } from './ir';

/** Prints IR for tests: one statement per line, blocks indented. */
export function print(module: Module): string {
  return lines(module.body, '').join('\n');
}

function lines(body: readonly Statement[], indent: string): string[] {
  return body.flatMap((one) =>
    statement(one).flatMap((part) => (typeof part === 'string' ? [indent + part] : lines(part, `${indent}  `))),
  );
}

type Parts = (string | readonly Statement[])[];

function statement(one: Statement): Parts {
  switch (one.kind) {
    case 'evaluate':
      return [text(one.value)];
    case 'declare':
      return [
        `${one.scope === 'function' ? 'var' : 'let'} ${pattern(one.target)}${one.type ? `: ${one.type}` : ''}${one.value ? ` = ${text(one.value)}` : ''}`,
      ];
    case 'block':
      return ['block', one.body];
    case 'if':
      return [`if ${text(one.test)}`, one.yes, ...(one.no.length > 0 ? ['else', one.no] : [])];
    case 'loop':
      return [
        ...one.init.flatMap(statement),
        `${one.isPost ? 'do while' : 'while'} ${one.test ? text(one.test) : 'true'}${one.update ? `; ${text(one.update)}` : ''}`,
        one.body,
      ];
    case 'forEach':
      return [`for ${pattern(one.target)} ${one.of === 'keys' ? 'in' : 'of'} ${text(one.collection)}`, one.body];
    case 'try':
      return [
        'try',
        one.body,
        ...one.handlers.flatMap((handler): Parts => [
          `catch${handler.target ? ` ${pattern(handler.target)}` : ''}`,
          handler.body,
        ]),
        ...(one.last.length > 0 ? ['finally', one.last] : []),
      ];
    case 'switch':
      return [
        `switch ${text(one.value)}`,
        ...one.cases.flatMap(({ tests, body }): Parts => [
          tests.length > 0 ? `case ${tests.map(text).join(', ')}` : 'default',
          body,
        ]),
      ];
    case 'return':
      return [`return${one.value ? ` ${text(one.value)}` : ''}`];
    case 'throw':
      return [`throw ${text(one.value)}`];
    case 'break':
    case 'continue':
      return [one.kind + (one.label ? ` ${one.label}` : '')];
    case 'import':
      return [
        `import ${one.bindings.map(({ local, name }) => `${name ?? '*'} as ${local}`).join(', ')} from ${one.module}`,
      ];
    case 'export':
      return [
        `export ${one.name ?? '*'}${one.value ? ` = ${text(one.value)}` : ''}${one.source ? ` from ${one.source.module}.${one.source.name ?? '*'}` : ''}`,
      ];
  }
}

function text(one: Expression): string {
  switch (one.kind) {
    case 'literal':
      return one.value === undefined ? 'undefined' : JSON.stringify(one.value);
    case 'regex':
      return `/${one.source}/${one.flags}`;
    case 'name':
      return one.name;
    case 'member':
      return `${text(one.object)}.${one.property}`;
    case 'index':
      return `${text(one.object)}[${text(one.index)}]`;
    case 'call':
      return `${one.isNew ? 'new ' : ''}${text(one.callee)}(${one.args.map(argument).join(', ')})`;
    case 'object':
      return `${one.type ?? ''}{${one.fields.map(({ key, value }) => (key === undefined ? `...${text(value)}` : `${typeof key === 'string' ? key : `[${text(key)}]`}: ${text(value)}`)).join(', ')}}`;
    case 'list':
      return `[${one.items.map(argument).join(', ')}]`;
    case 'text':
      return `text(${one.parts.map(text).join(', ')})`;
    case 'function':
      return functionText(one);
    case 'class':
      return `class ${one.name}${one.superclass ? ` extends ${text(one.superclass)}` : ''}${one.mixins ? ` with ${one.mixins.map(text).join(', ')}` : ''} {${[...one.fields.map(({ name, value }) => (value ? `${name} = ${text(value)}` : name)), ...one.methods.map(({ value }) => functionText(value))].join('; ')}}`;
    case 'await':
      return `await ${text(one.value)}`;
    case 'assign':
      return `${pattern(one.target)} ${one.operator ?? ''}= ${text(one.value)}`;
    case 'binary':
    case 'logical':
      return `(${text(one.left)} ${one.operator} ${text(one.right)})`;
    case 'unary':
      return `${one.operator} ${text(one.operand)}`;
    case 'conditional':
      return `(${text(one.test)} ? ${text(one.yes)} : ${text(one.no)})`;
    case 'sequence':
      return `(${one.values.map(text).join(', ')})`;
    case 'typed':
      return `${text(one.value)} as ${one.type}`;
    case 'opaque':
      return `opaque(${one.parts.map(text).join(', ')})`;
  }
}

function functionText({ name, params, body, isArrow }: FunctionValue): string {
  const list = params.map(
    (one) =>
      `${one.rest ? '...' : ''}${pattern(one.pattern)}${one.type ? `: ${one.type}` : ''}${one.fallback ? ` = ${text(one.fallback)}` : ''}`,
  );
  return `${isArrow ? 'arrow' : 'function'} ${name}(${list.join(', ')}) { ${lines(body, '')
    .map((line) => line.trim())
    .join('; ')} }`;
}

function argument({ value, name, spread }: Argument): string {
  return `${name ? `${name}: ` : ''}${spread ? '...' : ''}${text(value)}`;
}

function pattern(one: Pattern): string {
  if (one.kind === 'objectPattern')
    return `{${[...one.fields.map(({ key, target }) => `${typeof key === 'string' ? key : `[${text(key)}]`}: ${pattern(target)}`), ...(one.rest ? [`...${pattern(one.rest)}`] : [])].join(', ')}}`;
  if (one.kind === 'listPattern')
    return `[${[...one.items.map((item) => (item ? pattern(item.target) : '')), ...(one.rest ? [`...${pattern(one.rest)}`] : [])].join(', ')}]`;
  return text(one);
}
