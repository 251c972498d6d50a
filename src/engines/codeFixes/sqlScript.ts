import type { SyntaxNode } from '@lezer/common';
import type { Replacement } from './codeFix';
import { areReassigned, argumentsOf, templateLiteral, definitionOf, partsOf, scripts } from './scriptText';
import { withPlaceholders, type Style } from './sqlText';

/** Database driver modules, which of their methods take a list of values after the statement, and whether their placeholders are numbered. */
const drivers: readonly { readonly module: RegExp; readonly methods: RegExp; readonly isNumbered: boolean }[] = [
  { module: /^(?:mysql2?(?:\/promise)?|promise-mysql|mariadb)$/, methods: /^(?:query|execute)$/, isNumbered: false },
  { module: /^(?:sqlite3|sqlite)$/, methods: /^(?:run|all|get|each)$/, isNumbered: false },
  { module: /^(?:pg|@neondatabase\/serverless|@vercel\/postgres)$/, methods: /^query$/, isNumbered: true },
  {
    module: /^pg-promise$/,
    methods: /^(?:query|any|one|none|many|oneOrNone|manyOrNone)$/,
    isNumbered: true,
  },
];

type Driver = (typeof drivers)[number];

/** Passes the values in an SQL text as a list of parameters to the call that executes it, if the file imports a known driver. */
export function parametersInScript(text: string, from: number, to: number): Replacement[] | undefined {
  const driver = driverOf(text);
  const found = driver && statementAt(text, from, to, driver);
  if (!found) return undefined;
  const { statement, call, argument } = found;
  const parts = partsOf(statement, text);
  if (!parts) return undefined;
  const style: Style = {
    placeholder: (number) => (driver.isNumbered ? `$${number}` : '?'),
    doublesPercent: false,
    plus: ' + ',
    composed: templateLiteral,
  };
  const made = withPlaceholders(parts, style);
  if (!made) return undefined;
  const values = made.values.map((code) => code.trim());
  if (values.some((code) => /\/[/*]|\n|\byield\b|\bawait\b|=>|(?<![=!<>])=(?!=)/.test(code))) return undefined;
  if (statement.to < call.from && areReassigned(values, text.slice(statement.to, call.from))) return undefined;
  const edits = [...made.edits, { start: argument.to, end: argument.to, text: `, [${values.join(', ')}]` }];
  return edits.toSorted((a, b) => a.start - b.start);
}

function driverOf(text: string): Driver | undefined {
  const modules = [...text.matchAll(/\b(?:from|require\s*\(|import)\s*['"]([^'"\n]+)['"]/g)].map(
    ([, name = '']) => name,
  );
  const known = new Set(modules.flatMap((name) => drivers.find(({ module }) => module.test(name)) ?? []));
  const [only] = known;
  return known.size === 1 ? only : undefined;
}

interface Found {
  readonly statement: SyntaxNode;
  readonly call: SyntaxNode;
  /** The call's first argument. */
  readonly argument: SyntaxNode;
}

function statementAt(text: string, from: number, to: number, driver: Driver): Found | undefined {
  let node: SyntaxNode | null = scripts.parse(text).resolveInner(from, 1);
  while (node && (node.to < to || node.from > from || node.name !== 'CallExpression' || !executes(node, text, driver)))
    node = node.to > to ? null : node.parent;
  const argument = node ? argumentsOf(node)[0] : undefined;
  if (!node || !argument) return undefined;
  const statement = argument.name === 'VariableName' ? definitionOf(argument, text) : argument;
  return statement && { statement, call: node, argument };
}

/** Whether it executes a statement without parameters. */
function executes(node: SyntaxNode, text: string, { methods }: Driver): boolean {
  const property = node.firstChild?.name === 'MemberExpression' ? node.firstChild.lastChild : null;
  const [statement, callback, ...more] = argumentsOf(node);
  if (!property || !statement || more.length > 0 || !methods.test(text.slice(property.from, property.to))) return false;
  if (!callback || /^(?:ArrowFunction|FunctionExpression)$/.test(callback.name)) return true;
  return /^(?:cb|callback|done|next|fn|handler)$/.test(text.slice(callback.from, callback.to));
}
