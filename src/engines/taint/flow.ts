import { createHash } from 'node:crypto';
import { devDependencies } from '../../../package.json';
import type { Analyzer, AnalyzerRun, Availability } from '../engine/engine';
import type { FoundIssue } from '../../protocol';
import type { SourceFile } from '../../sources/sourceFile';
import { inBatches } from '../engine/batches';
import { tellFailed } from '../engine/failedFiles';
import type { FlowWorker } from './flowWorker';
import { maxHits, type FlowHit } from './messages';
import { flowRules } from './rules';

/** Whether it reads a file. */
export function isFollowed(path: string): boolean {
  return /\.pyw?$/i.test(path);
}

/** Follows what requests bring through the code of a Python file to where it does harm. */
export class Flow implements Analyzer {
  readonly id = 'flow';
  readonly title = 'Data flow from requests (Python)';
  readonly kind = 'embedded';
  readonly scope = 'file';

  constructor(private readonly worker: FlowWorker) {}

  handles(path: string): boolean {
    return isFollowed(path);
  }

  async availability(): Promise<Availability> {
    if (await this.worker.exists())
      return { available: true, version: `${devDependencies['@lezer/python']} (rules ${rulesVersion})` };
    return { available: false, reason: 'The program that follows data is missing from this installation.' };
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    run.signal.throwIfAborted();
    const follow = async (batch: readonly SourceFile[], ms: number) =>
      this.worker.ask({ root: run.root, files: batch.map(({ path }) => ({ path, questions: [] })) }, run.signal, ms);
    for await (const { files, failed } of inBatches(run, 'followed', follow)) {
      tellFailed(run, failed);
      const tooMuch = files.flatMap(({ path, isKnown }) => (isKnown ? [] : [path]));
      if (tooMuch.length > 0) run.gap('unfinished', 'Files that are too much work were not followed.', tooMuch);
      const full = files.flatMap(({ path, hits }) => (hits.length >= maxHits ? [path] : []));
      if (full.length > 0)
        run.gap('findings_left_out', `Of a file, ${maxHits} findings are told; the rest is left out.`, full);
      run.issues(files.flatMap(({ path, hits }) => hits.map((hit) => toIssue(path, hit))));
    }
  }

  prepare(): void {
    this.worker.prepare();
  }

  close(): Promise<void> {
    return this.worker.close();
  }
}

const rulesVersion = createHash('sha256').update(JSON.stringify(flowRules)).digest('hex').slice(0, 8);

function toIssue(file: string, hit: FlowHit): FoundIssue {
  const rule = flowRules[hit.defect];
  return {
    tool: 'flow',
    type: 'security',
    message: rule.message,
    severity: rule.severity,
    confidence: 'medium',
    file,
    line: hit.line,
    column: hit.column,
    end_line: hit.endLine,
    end_column: hit.endColumn,
    rule_id: `py-flow-${hit.defect}`,
    suggestion: rule.suggestion,
    cwe: [`CWE-${rule.cwe[0]}`],
    owasp: [rule.owasp],
    help_url: rule.help,
    snippet: hit.snippet,
  };
}
