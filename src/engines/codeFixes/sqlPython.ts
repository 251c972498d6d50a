import { parser } from '@lezer/python';
import type { SyntaxNode } from '@lezer/common';
import type { Replacement } from './codeFix';
import { areReassigned, argumentsOf, fString, definitionOf, operatorOf, partsOf, usesOf } from './pythonText';
import { withPlaceholders, type Style } from './sqlText';

/** Database driver modules and their placeholders: PEP 249's paramstyle, or PostgreSQL's own for asyncpg. */
const drivers: readonly (readonly [RegExp, 'qmark' | 'format' | 'numeric' | 'dollar'])[] = [
  [/^(?:sqlite3|aiosqlite|pysqlite3|sqlcipher3|pyodbc|aioodbc|duckdb|libsql|mariadb)\b/, 'qmark'],
  [
    /^(?:psycopg2?|psycopg_pool|pymysql|MySQLdb|mysql|aiomysql|asyncmy|aiopg|pymssql|pg8000|flask_mysqldb|flaskext\.mysql|snowflake|redshift_connector|vertica_python|django\.db)\b/,
    'format',
  ],
  [/^(?:cx_Oracle|oracledb)\b/, 'numeric'],
  [/^asyncpg\b/, 'dollar'],
];

const placeholders = {
  qmark: () => '?',
  format: () => '%s',
  numeric: (number: number) => `:${number}`,
  dollar: (number: number) => `$${number}`,
};

/** Passes the values in an SQL text as parameters of the call that executes it, if the file imports a known driver. */
export function parametersInPython(text: string, from: number, to: number): Replacement[] | undefined {
  const paramstyle = paramstyleOf(text);
  if (paramstyle === undefined) return undefined;
  const found = statementAt(text, from, to, paramstyle === 'dollar');
  if (!found) return undefined;
  const { statement, call } = found;
  const parts = partsOf(statement, text);
  if (!parts) return undefined;
  const style: Style = {
    placeholder: placeholders[paramstyle],
    doublesPercent: paramstyle === 'format',
    plus: ' + ',
    composed: fString,
  };
  const made = withPlaceholders(parts, style);
  if (!made) return undefined;
  const values = made.values.map((code) => code.trim());
  if (values.some((code) => /:=|#|\n|^\*|\byield\b|\bawait\b/.test(code))) return undefined;
  if (statement.to < call.from && areReassigned(values, text.slice(statement.to, call.from))) return undefined;
  const tuple = `(${values.join(', ')}${values.length === 1 ? ',' : ''})`;
  const given = paramstyle === 'dollar' ? values.join(', ') : tuple;
  const argument = argumentsOf(call)?.[0];
  if (!argument) return undefined;
  const edits = [...made.edits, ...withoutFormatting(statement, text, made.edits)];
  return [...edits, { start: argument.to, end: argument.to, text: `, ${given}` }].toSorted((a, b) => a.start - b.start);
}

function paramstyleOf(text: string): keyof typeof placeholders | undefined {
  const modules = [...text.matchAll(/^[ \t]*(?:import|from)[ \t]+([\w.]+(?:[ \t]*,[ \t]*[\w.]+)*)/gm)].flatMap(
    ([, list = '']) => list.split(/\s*,\s*/),
  );
  const styles = new Set(modules.flatMap((name) => drivers.find(([module]) => module.test(name))?.[1] ?? []));
  const [only] = styles;
  return styles.size === 1 ? only : undefined;
}

/** The expression that builds the statement's text, and the call that executes it. */
function statementAt(
  text: string,
  from: number,
  to: number,
  isAsyncpg: boolean,
): { statement: SyntaxNode; call: SyntaxNode } | undefined {
  const tree = parser.parse(text);
  let node: SyntaxNode | null = tree.resolveInner(from, 1);
  while (node && (node.to < to || node.from > from)) node = node.parent;
  if (!node) return undefined;
  const isExecute = (one: SyntaxNode) => executes(one, text, isAsyncpg);
  if (isExecute(node)) {
    const [argument] = argumentsOf(node) ?? [];
    if (!argument) return undefined;
    if (argument.name !== 'VariableName') return { statement: argument, call: node };
    const statement = definitionOf(argument, text);
    return statement && { statement, call: node };
  }
  const outer = node.parent;
  if (outer?.name === 'ArgList' && outer.parent && isExecute(outer.parent))
    return { statement: node, call: outer.parent };
  if (outer?.name !== 'AssignStatement') return undefined;
  const name = outer.firstChild;
  if (name?.name !== 'VariableName') return undefined;
  for (const use of usesOf(name, text)) {
    const call = use.parent?.parent;
    if (use.from === name.from || !call || use.parent?.name !== 'ArgList' || !isExecute(call)) continue;
    return definitionOf(use, text)?.from === node.from ? { statement: node, call } : undefined;
  }
  return undefined;
}

/** Whether the call executes its only argument. */
function executes(node: SyntaxNode, text: string, isAsyncpg: boolean): boolean {
  if (node.name !== 'CallExpression') return false;
  const callee = node.firstChild;
  if (callee?.name !== 'MemberExpression') return false;
  const method = text.slice(callee.lastChild?.from ?? 0, callee.lastChild?.to);
  return (
    (isAsyncpg ? /^(?:execute|fetch|fetchrow|fetchval)$/ : /^execute$/).test(method) && argumentsOf(node)?.length === 1
  );
}

/** The prefixes of f-strings, and operators that format a string. */
function withoutFormatting(statement: SyntaxNode, text: string, edits: readonly Replacement[]): Replacement[] {
  const found: Replacement[] = [];
  const isGone = (at: number) => edits.some(({ start, end }) => at >= start && at < end);
  statement.cursor().iterate(({ name, from, node }) => {
    if (name === 'FormatString') {
      const at = from + (/^\w*/.exec(text.slice(from, from + 3))?.[0] ?? '').search(/f/i);
      if (!isGone(at)) found.push({ start: at, end: at + 1, text: '' });
      return false;
    }
    if (name === 'BinaryExpression' && operatorOf(node, text) === '%' && node.firstChild)
      found.push({ start: node.firstChild.to, end: node.to, text: '' });
    if (name === 'CallExpression' && node.firstChild?.firstChild) {
      found.push({ start: node.firstChild.firstChild.to, end: node.to, text: '' });
      return true;
    }
    return !/^(?:ArgList|TupleExpression)$/.test(name);
  });
  return found;
}
