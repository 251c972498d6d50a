import { join } from 'node:path';
import { devDependencies } from '../../../package.json';
import { errorCode, errorMessage } from '../../base/errors';
import type { FoundIssue } from '../../protocol';
import { FileEngine } from '../engine/embeddedEngine';
import type { AnalyzerRun } from '../engine/engine';
import {
  judged,
  redosResult,
  type Expression,
  type Found,
  type JudgeTask,
  type RedosResult,
  type Slow,
} from './messages';

/** How many expressions are checked together; most take a millisecond. */
const groupSize = 50;
/** Timeouts of a group, and of each of its expressions when retried alone, in ms. */
const patience = { group: 10_000, single: 2_000 };

/** What is slow about each expression, by {@link keyOf}; null if it is safe or took too long. */
type Verdicts = Map<string, Slow | null>;

/** Finds regular expressions that a crafted input can keep busy, using scslre's analysis. */
export class Redos extends FileEngine<RedosResult> {
  readonly id = 'redos';
  readonly title = 'Regular expressions that hang (scslre)';
  protected readonly version = devDependencies.scslre;
  protected readonly action = 'searched for regular expressions';
  protected readonly result = redosResult;
  /** Each expression is checked once per run. */
  readonly #verdicts = new WeakMap<AnalyzerRun, Verdicts>();

  /** @param assets holds redosWorker.js */
  constructor(
    assets: string,
    private readonly patienceMs = patience,
  ) {
    super(join(assets, 'redosWorker.js'));
  }

  handles(path: string): boolean {
    return /\.(?:[cm]?[jt]s|[jt]sx|pyw?)$/i.test(path);
  }

  protected async report({ hits }: RedosResult, run: AnalyzerRun): Promise<void> {
    const verdicts = this.#verdicts.get(run) ?? new Map<string, Slow | null>();
    this.#verdicts.set(run, verdicts);
    await this.#judge(hits, verdicts, run);
    run.issues(hits.flatMap((hit) => toIssue(hit, verdicts.get(keyOf(hit.expression)))));
  }

  /** Checks the expressions that have not been checked yet, in groups, and one by one where a group takes too long. */
  async #judge(found: readonly Found[], verdicts: Verdicts, run: AnalyzerRun): Promise<void> {
    const pending = new Map(found.map(({ expression }) => [keyOf(expression), expression]));
    for (const key of verdicts.keys()) pending.delete(key);
    const list = [...pending];
    for (let at = 0; at < list.length; at += groupSize) {
      const group = list.slice(at, at + groupSize);
      const parts = await this.#ask(group, this.patienceMs.group, run);
      for (const [index, entry] of group.entries()) {
        const part = parts ? parts[index] : (await this.#ask([entry], this.patienceMs.single, run))?.[0];
        if (part === undefined) {
          run.log('info', `Took too long to check: /${entry[1].source.slice(0, 200)}/`);
          const files = found.filter(({ expression }) => keyOf(expression) === entry[0]).map(({ file }) => file);
          run.gap('unfinished', 'Regular expressions that took too long to check were skipped.', [...new Set(files)]);
        }
        verdicts.set(entry[0], part ?? null);
      }
    }
  }

  /** @returns undefined if it timed out */
  async #ask(
    group: readonly (readonly [string, Expression])[],
    ms: number,
    { signal }: AnalyzerRun,
  ): Promise<(Slow | null)[] | undefined> {
    const task: JudgeTask = { expressions: group.map(([, expression]) => expression) };
    try {
      return judged.parse(await this.workers.run('judge', task, signal, ms));
    } catch (error) {
      if (!signal.aborted && errorCode(error) === 'TIMEOUT') return undefined;
      throw error instanceof Error ? error : new Error(errorMessage(error));
    }
  }
}

function keyOf({ source, flags }: Expression): string {
  return `${flags}/${source}`;
}

function toIssue(found: Found, slow: Slow | null | undefined): FoundIssue[] {
  if (!slow) return [];
  const { file, line, column, endLine, endColumn, snippet } = found;
  const short = slow.part.length > 60 ? `${slow.part.slice(0, 60)}…` : slow.part;
  return [
    {
      tool: 'redos',
      type: 'security',
      ...textsOf(slow.growth, short),
      file,
      line,
      column,
      end_line: endLine,
      end_column: endColumn,
      cwe: ['CWE-1333'],
      owasp: ['A04:2021'],
      help_url: 'https://owasp.org/www-community/attacks/Regular_expression_Denial_of_Service_-_ReDoS',
      snippet,
    },
  ];
}

function textsOf(
  growth: Slow['growth'],
  part: string,
): Pick<FoundIssue, 'rule_id' | 'title' | 'message' | 'severity' | 'confidence' | 'suggestion'> {
  if (growth === 'exponential')
    return {
      rule_id: 'redos-exponential',
      title: 'Regular expression that hangs',
      message: `An input of a few dozen characters can keep this regular expression busy for hours: there are exponentially many ways in which ${part} can match it.`,
      severity: 'high',
      confidence: 'high',
      suggestion:
        'Rewrite it so that every input can match in only one way (no nested repetition), or limit the length of the input first.',
    };
  return {
    rule_id: 'redos-polynomial',
    title: 'Regular expression that is slow for long inputs',
    message: `The time that this regular expression takes grows at least with the square of the input's length: an input of 100,000 characters that ${part} can match in many ways keeps it busy for seconds.`,
    severity: 'low',
    confidence: 'medium',
    suggestion:
      'Limit the length of the input first, or rewrite it so that every input can match in only one way, or without it: trim() instead of a replacement.',
  };
}
