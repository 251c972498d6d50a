// The process in which ruff runs: having V8 compile WebAssembly with its fast baseline compiler takes a flag that worker threads reject.
import { join } from 'node:path';
import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs';
import { errorCode, errorMessage } from '../../base/errors';
import { readSource } from '../engine/readSource';
import { scanTask, type ScanTask } from '../engine/scanMessages';
import { refine } from './refine';
import { ruffDiagnostics, type RuffHit, type RuffResult } from './messages';
import { ruffRules } from './rules';
import { worthChecking } from './worthChecking';

const workspace = new Workspace({ lint: { select: Object.keys(ruffRules) } }, PositionEncoding.Utf16);

function check(file: string, source: string): RuffHit[] {
  if (!worthChecking(source)) return [];
  const diagnostics = ruffDiagnostics.parse(workspace.check(withoutDecisions(source)));
  const syntax = diagnostics.find(({ code }) => code === 'invalid-syntax');
  if (syntax) throw new SyntaxError(`line ${syntax.start_location.row} is not Python 3: ${syntax.message}`);
  if (diagnostics.length === 0) return [];
  const lines = source.split(/\r\n|\r|\n/);
  return diagnostics.flatMap((diagnostic) => {
    const found = refine(diagnostic, lines);
    if (!found?.code) return [];
    const { start_location: start, end_location: end } = found;
    return {
      file,
      code: found.code,
      line: start.row,
      column: start.column,
      endLine: end.row,
      endColumn: end.column,
      text: lines[start.row - 1] ?? '',
    };
  });
}

/**
 * A source in which ruff sees no suppression comments, with all positions unchanged: src/findings/policy decides what such a comment hides,
 * for all analyzers alike, and keeps it in the report.
 */
function withoutDecisions(source: string): string {
  return source.replace(/\bnoqa\b/gi, 'noqb').replace(/(#\s*)ruff(?=:)/gi, '$1rufg');
}

function checkAll({ root, files }: ScanTask): RuffResult {
  const result: RuffResult = { hits: [], failed: [], unparsed: [] };
  for (const file of files) {
    try {
      result.hits.push(...check(file, readSource(join(root, file))));
    } catch (error) {
      if (error instanceof SyntaxError) result.unparsed.push(file);
      // Deep nesting overflows ruff's stack; the instance is fine afterwards.
      else {
        const reason =
          error instanceof RangeError ? 'it is nested too deeply' : (errorCode(error) ?? errorMessage(error));
        result.failed.push({ file, reason });
      }
    }
  }
  return result;
}

process.on('message', (message) => {
  process.send?.(checkAll(scanTask.parse(message)));
});
// The runner is gone.
process.on('disconnect', () => process.exit(0));
