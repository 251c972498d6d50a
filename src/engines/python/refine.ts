import { looksLikePassword } from '../../findings/secrets/values';
import type { RuffDiagnostic } from './messages';

/** A call whose only argument is a plain string. */
const constantCall = /^[\w.]+\(\s*[rRbBuU]?("[^"\\]*"|'[^'\\]*')\s*\)$/;
/** How many lines below a query its execution is searched for. */
const linesToSink = 40;
const runsQuery = String.raw`(?:execute|executemany|executescript|execute_query|fetch|fetchrow|fetchall|fetchone|raw|read_sql|read_sql_query|exec_driver_sql|mogrify|query|copy_expert)`;

/**
 * Keeps only those of ruff's diagnostics that are worth someone's time.
 * @param lines the file's lines, without line breaks
 * @returns the diagnostic, which may be moved to the line where the defect occurs; undefined to leave it out
 */
export function refine(found: RuffDiagnostic, lines: readonly string[]): RuffDiagnostic | undefined {
  const { start_location: start, end_location: end } = found;
  const line = lines[start.row - 1] ?? '';
  const text = start.row === end.row ? line.slice(start.column - 1, end.column - 1) : line.slice(start.column - 1);
  switch (found.code) {
    case 'S102': {
      // The range covers only the name, so the call is taken from the line.
      return constantCall.test(
        line
          .slice(start.column - 1)
          .replace(/#.*$/, '')
          .trim(),
      )
        ? undefined
        : found;
    }
    case 'S307':
      return constantCall.test(text) ? undefined : found;
    case 'S104':
      return /\b(run|bind|serve|listen|host|HOST)\b/.test(line) ? found : undefined;
    case 'S105':
    case 'S106':
    case 'S107': {
      const name = /"([^"]*)"$/.exec(found.message)?.[1] ?? '';
      const value = /^[rRbBuU]{0,2}(["'])(.*)\1$/.exec(text)?.[2] ?? '';
      return looksLikePassword(name, value) ? found : undefined;
    }
    case 'S602':
    case 'S605':
      return found.message.includes('seems safe') ? undefined : found;
    case 'S608':
      return isFixed(found, lines) ? undefined : atExecution(found, lines);
    case 'S321':
      // The encrypting class.
      return /FTP_TLS\b/.test(line) ? undefined : found;
    case 'S702':
      return /default_filters\s*=/.test(line) ? undefined : found;
    default:
      return found;
  }
}

/** Whether a query is built only from literals and constants: `"SELECT * FROM " + TABLE`. */
function isFixed({ start_location: start, end_location: end }: RuffDiagnostic, lines: readonly string[]): boolean {
  const range = lines.slice(start.row - 1, end.row);
  const last = range.length - 1;
  const text = range
    .map((line, index) => line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined))
    .join('\n');
  const literal = /([rRbBuUfF]{0,2})("{3}[\s\S]*?"{3}|'{3}[\s\S]*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/g;
  const values: string[] = [];
  const rest = text.replace(literal, (_, prefix: string, body: string) => {
    if (/f/i.test(prefix)) for (const part of body.matchAll(/\{([^{}!:]*)/g)) values.push(part[1] ?? '');
    return '';
  });
  const names = [...values, rest].join(' ').match(/[A-Za-z_][\w.]*/g) ?? [];
  const numbers = numberNames(lines.slice(0, start.row));
  const fixed = /^(?:self\.|cls\.|[a-z_]+\.)?_*[A-Z][A-Z0-9_]*$|^(?:str|int|len|format|\.?format)$/;
  return names.length > 0 && names.every((name) => fixed.test(name) || numbers.has(name));
}

/** The parameters of the function around the last line whose types cannot contain text. */
function numberNames(lines: readonly string[]): Set<string> {
  const row = lines.findLastIndex((line) => /^\s*(?:async\s+)?def\s/.test(line));
  const names = new Set<string>();
  if (row < 0) return names;
  const [head = ''] = lines
    .slice(row, row + linesToSink)
    .join(' ')
    .split(/\)\s*(?:->[^:]+)?:/);
  const typed =
    /[(,]\s*(\w+)\s*:\s*(?:Optional\[)?(?:int|float|bool|UUID|uuid\.UUID|Decimal)\]?(?:\s*\|\s*None)?\s*(?=[,=)]|$)/g;
  for (const [, name] of head.matchAll(typed)) if (name !== undefined) names.add(name);
  return names;
}

/** A built query matters where it is executed; one that is not executed nearby (a log line, a helper) is left out. */
function atExecution(found: RuffDiagnostic, lines: readonly string[]): RuffDiagnostic | undefined {
  const row = found.start_location.row;
  const before = `${lines[row - 2] ?? ''} ${(lines[row - 1] ?? '').slice(0, found.start_location.column - 1)}`;
  if (new RegExp(String.raw`\b${runsQuery}\(\s*(?:(?:sqlalchemy\.|sa\.)?text\(\s*)?[frbFRB]*$`).test(before))
    return found;
  const name = /(?:^|\s)([A-Za-z_]\w*)\s*(?::\s*\w+\s*)?\+?=\s*\(?\s*$/.exec(before)?.[1];
  if (name === undefined) return undefined;
  const run = new RegExp(String.raw`\b${runsQuery}\(\s*(?:(?:sqlalchemy\.|sa\.)?text\(\s*)?${name}\b`);
  const indent = /^\s*/.exec(lines[row - 1] ?? '')?.[0].length ?? 0;
  for (let index = row; index < Math.min(lines.length, found.end_location.row + linesToSink); index += 1) {
    const line = lines[index] ?? '';
    // A `def` that is indented less starts another function.
    if (/^\s*(async\s+)?def\s/.test(line) && (/^\s*/.exec(line)?.[0].length ?? 0) < indent) return undefined;
    const match = run.exec(line);
    if (match) {
      const start = { row: index + 1, column: match.index + 1 };
      return {
        ...found,
        start_location: start,
        end_location: { row: index + 1, column: match.index + 1 + match[0].length },
      };
    }
  }
  return undefined;
}
