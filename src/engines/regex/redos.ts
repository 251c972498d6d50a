import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, errorMessage } from '../../base/errors';
import { devDependencies } from '../../../package.json';
import type { Analyzer, AnalyzerRun, Availability } from '../engine/engine';
import type { FoundIssue } from '../../protocol';
import type { SourceFile } from '../../sources/sourceFile';
import { inBatches } from '../engine/batches';
import { tellFailed } from '../engine/failedFiles';
import { WorkerPool } from '../engine/workerPool';
import { collected, judged, type Expression, type Found, type RedosOrder } from './messages';

/** Expressions that are judged together; a usual one takes a millisecond. */
const atOnce = 50;
/** How long those may take, and one alone when they took longer, in ms. */
const patience = { group: 10_000, single: 2_000 };

/** Finds regular expressions that a text can make take exponential time, by scslre's proofs. */
export class Redos implements Analyzer {
  readonly id = 'redos';
  readonly title = 'Regular expressions that hang (scslre)';
  readonly kind = 'embedded';
  readonly scope = 'file';
  readonly #file: string;
  readonly #workers: WorkerPool<RedosOrder>;

  /** @param assets holds redosWorker.js */
  constructor(
    assets: string,
    private readonly patienceMs = patience,
  ) {
    this.#file = join(assets, 'redosWorker.js');
    this.#workers = new WorkerPool(this.#file, 'Judging regular expressions');
  }

  handles(path: string): boolean {
    return /\.(?:[cm]?[jt]s|[jt]sx|pyw?)$/i.test(path);
  }

  async availability(): Promise<Availability> {
    try {
      await access(this.#file);
    } catch {
      return {
        available: false,
        reason: 'The program that judges regular expressions is missing from this installation.',
      };
    }
    return { available: true, version: devDependencies.scslre };
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    run.signal.throwIfAborted();
    const known = new Map<string, string | null>();
    const collect = async (files: readonly SourceFile[], ms: number) => {
      const order = { task: 'collect', root: run.root, files: files.map(({ path }) => path) } as const;
      return collected.parse(await this.#workers.run('collect', order, run.signal, ms));
    };
    for await (const { found, failed } of inBatches(run, 'searched for regular expressions', collect)) {
      tellFailed(run, failed);
      await this.#judge(found, known, run);
      run.issues(found.flatMap((one) => toIssue(one, known.get(keyOf(one.expression)))));
    }
  }

  prepare(): void {
    this.#workers.prepare();
  }

  close(): Promise<void> {
    return this.#workers.close();
  }

  /** Judges what is not known yet, a group at a time, and one by one where a group takes too long. */
  async #judge(found: readonly Found[], known: Map<string, string | null>, run: AnalyzerRun): Promise<void> {
    const open = new Map(found.map(({ expression }) => [keyOf(expression), expression]));
    for (const key of known.keys()) open.delete(key);
    const list = [...open];
    for (let at = 0; at < list.length; at += atOnce) {
      const group = list.slice(at, at + atOnce);
      const parts = await this.#ask(group, this.patienceMs.group, run);
      for (const [index, entry] of group.entries()) {
        const part = parts ? parts[index] : (await this.#ask([entry], this.patienceMs.single, run))?.[0];
        if (part === undefined) {
          run.log('info', `Not judged, since it took too long: /${entry[1].source.slice(0, 200)}/`);
          const files = found.filter(({ expression }) => keyOf(expression) === entry[0]).map(({ file }) => file);
          run.gap('unfinished', 'Regular expressions that took too long to judge were left out.', [...new Set(files)]);
        }
        known.set(entry[0], part ?? null);
      }
    }
  }

  /** @returns undefined when the time was up */
  async #ask(
    group: readonly (readonly [string, Expression])[],
    ms: number,
    { signal }: AnalyzerRun,
  ): Promise<(string | null)[] | undefined> {
    const order = { task: 'judge', expressions: group.map(([, expression]) => expression) } as const;
    try {
      return judged.parse(await this.#workers.run('judge', order, signal, ms));
    } catch (error) {
      if (!signal.aborted && errorCode(error) === 'TIMEOUT') return undefined;
      throw error instanceof Error ? error : new Error(errorMessage(error));
    }
  }
}

function keyOf({ source, flags }: Expression): string {
  return `${flags}/${source}`;
}

function toIssue(found: Found, part: string | null | undefined): FoundIssue[] {
  if (part === null || part === undefined) return [];
  const { file, line, column, endLine, endColumn, snippet } = found;
  const short = part.length > 60 ? `${part.slice(0, 60)}…` : part;
  return [
    {
      tool: 'redos',
      type: 'security',
      message: `A text of a few dozen characters can keep this regular expression busy for hours: there are exponentially many ways in which ${short} can fit it.`,
      severity: 'high',
      confidence: 'high',
      file,
      line,
      column,
      end_line: endLine,
      end_column: endColumn,
      rule_id: 'redos-exponential',
      suggestion:
        'Write it so that each text fits in one way only (no repetition of what repeats itself), or limit the length of the text first.',
      cwe: ['CWE-1333'],
      owasp: ['A04:2021'],
      help_url: 'https://owasp.org/www-community/attacks/Regular_expression_Denial_of_Service_-_ReDoS',
      snippet,
    },
  ];
}
