import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { devDependencies } from '../../../package.json';
import type { FoundIssue } from '../../protocol';
import type { SourceFile } from '../../sources/sourceFile';
import { FileEngine } from '../engine/embeddedEngine';
import type { AnalyzerRun } from '../engine/engine';
import { WorkerPool } from '../engine/workerPool';
import { flowResult, maxHits, type FlowHit, type FlowOrder, type FlowResult } from './messages';
import { flowRules } from './rules';

/** Whether the flow engine reads a file. */
export function isFlowLanguage(path: string): boolean {
  return /\.pyw?$/i.test(path);
}

/** Follows data from requests through a Python file to the sinks where it does harm. */
export class Flow extends FileEngine<FlowResult> {
  readonly id = 'flow';
  readonly title = 'Data flow from requests (Python)';
  protected readonly version = `${devDependencies['@lezer/python']} (rules ${rulesVersion})`;
  protected readonly action = 'analyzed for data flow';
  protected readonly result = flowResult;

  /** @param assets contains flowWorker.js */
  constructor(assets: string) {
    const script = join(assets, 'flowWorker.js');
    // A single thread, so that its cached results serve both the engine and the filter.
    super(script, new WorkerPool(script, { maxThreads: 1 }));
  }

  handles(path: string): boolean {
    return isFlowLanguage(path);
  }

  /**
   * Finds out which findings of other engines the data flow disproves.
   * @throws CodedError TIMEOUT or TOOL_FAILED; the signal's reason
   */
  async ask(order: FlowOrder, signal: AbortSignal, ms?: number): Promise<FlowResult> {
    return flowResult.parse(await this.workers.run('scan', order, signal, ms));
  }

  protected override orderFor(root: string, files: readonly SourceFile[]): FlowOrder {
    return { root, files: files.map(({ path }) => ({ path, questions: [] })) };
  }

  protected report({ files }: FlowResult, run: AnalyzerRun): void {
    const tooComplex = files.flatMap(({ path, isKnown }) => (isKnown ? [] : [path]));
    if (tooComplex.length > 0)
      run.gap('unfinished', 'Files that are too complex were not analyzed for data flow.', tooComplex);
    const full = files.flatMap(({ path, hits }) => (hits.length >= maxHits ? [path] : []));
    if (full.length > 0)
      run.gap('findings_left_out', `Only the first ${maxHits} data flow findings in a file are reported.`, full);
    run.issues(files.flatMap(({ path, hits }) => hits.map((hit) => toIssue(path, hit))));
  }
}

const rulesVersion = createHash('sha256').update(JSON.stringify(flowRules)).digest('hex').slice(0, 8);

function toIssue(file: string, hit: FlowHit): FoundIssue {
  const rule = flowRules[hit.defect];
  return {
    tool: 'flow',
    type: 'security',
    title: rule.title,
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
    ...(hit.steps.length > 0 && {
      flow: hit.steps.map(({ endLine, endColumn, ...step }) => ({
        ...step,
        file,
        end_line: endLine,
        end_column: endColumn,
      })),
    }),
  };
}
