import { issue as issueSchema, type GapKind, type ReportAnalyzer, type FoundIssue } from '../../protocol';
import { abortReason } from '../../base/abort';
import { counted } from '../../base/counted';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import type { Analyzer, RunPlace, SavedRun } from '../../engines/engine/engine';
import type { SourceFile } from '../../sources/sourceFile';
import { filePurpose, type FilePurpose } from '../../engines/engine/filePurpose';
import type { Limits } from '../../base/limits';
import type { Gaps } from '../../findings/coverage';
import { now, type JobHandle } from '../job/jobHandle';

export interface AnalyzeOptions {
  readonly job: Pick<JobHandle, 'dispatch' | 'log' | 'findings'>;
  readonly root: string;
  readonly place: RunPlace;
  readonly files: readonly SourceFile[];
  readonly signal: AbortSignal;
  readonly limits: Limits;
  readonly gaps: Gaps;
  readonly unkept?: boolean;
  /** See {@link SavedRun}. */
  readonly saved?: SavedRun | undefined;
  /** A finding in this file is rated lower because of what the file is. */
  readonly lowered?: (purpose: FilePurpose, file: string) => void;
  /** An analyzer's phase has processed `bytes` so far. */
  readonly onBytes: (phase: string, bytes: number) => void;
}

/** The outcome of one analyzer. `found` includes what it found before a failure. */
export interface AnalyzerOutcome {
  /** Undefined if it had no files to read, and so is not reported. */
  readonly summary: ReportAnalyzer | undefined;
  readonly found: readonly FoundIssue[];
  readonly bytesDone: number;
}

const rulesetsIgnored = 'This analyzer does not support the rule sets configured for it, so it used its own rules.';

/**
 * Runs one analyzer. Nothing is thrown: a failure becomes part of its outcome, and only fails its own phase. An analyzer that does not stop
 * when gapReasons to is abandoned after {@link Limits.stopGrace}.
 */
export async function runAnalyzer(analyzer: Analyzer, options: AnalyzeOptions): Promise<AnalyzerOutcome> {
  const { job, signal } = options;
  const phase = `analyze:${analyzer.id}`;
  const started = performance.now();
  const state = new Collector(analyzer, options);
  let version: string | null = null;
  const end = (status: ReportAnalyzer['status'], reason: string | null): AnalyzerOutcome => {
    state.close();
    job.dispatch({ type: 'phase', phase, status, at: now(), ...(reason !== null && { reason }) });
    const duration_ms = Math.round(performance.now() - started);
    if (reason !== null) job.log(status === 'failed' ? 'error' : 'info', analyzer.id, reason);
    if (status === 'completed')
      job.log(
        'info',
        analyzer.id,
        `Done: ${state.found.length} ${state.found.length === 1 ? 'finding' : 'findings'} in ${(duration_ms / 1000).toFixed(1)} s.`,
      );
    return {
      summary: { id: analyzer.id, version, status, reason, findings: state.found.length, duration_ms },
      found: state.found,
      bytesDone: state.bytesDone,
    };
  };

  const files = options.files.filter((file) => analyzer.handles(file.path));
  const missed = (kind: GapKind, reason: string) => {
    const paths = files.map((file) => file.path);
    options.gaps.add(kind, analyzer.id, reason, paths);
  };
  const nothingToRead = (): AnalyzerOutcome => {
    state.close();
    job.dispatch({ type: 'drop', phase });
    return { summary: undefined, found: [], bytesDone: 0 };
  };
  if (files.length === 0) return nothingToRead();

  try {
    const availability = await settled(analyzer.availability(signal, options.place), signal, options.limits.stopGrace);
    if (!availability.available) {
      const { reason, installHint, turnedOff } = availability;
      if (installHint !== undefined) job.log('info', analyzer.id, `To install it: ${installHint}`);
      if (!turnedOff) missed('analyzer_unavailable', reason);
      return end('skipped', reason);
    }
    if (options.place.rulesets.length > 0 && !analyzer.takesRulesets)
      options.gaps.add('rules_ignored', analyzer.id, rulesetsIgnored);
    version = availability.version;
    job.dispatch({ type: 'phase', phase, status: 'running', at: now(), message: 'Analyzing' });
    job.log('info', analyzer.id, `Reading ${counted(files.length, 'file')} (version ${version}).`);
    await state.run(files, signal);
    return end('completed', null);
  } catch (error) {
    if (signal.aborted) {
      const why = abortReason(signal);
      if (errorCode(why) === 'TIMEOUT') missed('timed_out', errorMessage(why));
      else missed('unfinished', 'The scan was canceled before this analyzer had finished.');
      return end('canceled', errorMessage(why));
    }
    const reason = errorMessage(error).slice(0, 500);
    switch (errorCode(error)) {
      case 'NOTHING_TO_READ':
        return nothingToRead();
      case 'SKIPPED':
        // The analyzer's own gap names the files.
        if (!state.gapReasons.has(reason)) missed('lookup_failed', reason);
        return end('skipped', reason);
      case 'TIMEOUT':
        missed('timed_out', reason);
        return end('failed', reason);
      case 'TOO_MANY_FINDINGS':
        options.gaps.add('findings_left_out', analyzer.id, reason);
        return end('completed', reason);
      default:
        missed('analyzer_failed', reason);
        return end('failed', reason);
    }
  }
}

/** Collects and validates what an analyzer reports, until the run is over. */
class Collector {
  readonly found: FoundIssue[] = [];
  /** Reasons of the gaps that the analyzer reported. */
  readonly gapReasons = new Set<string>();
  filesDone = 0;
  bytesDone = 0;
  #open = true;
  #dropped = 0;
  readonly #stop = new AbortController();

  constructor(
    private readonly analyzer: Analyzer,
    private readonly options: AnalyzeOptions,
  ) {}

  async run(files: readonly SourceFile[], signal: AbortSignal): Promise<void> {
    const { limits, job, root, place, unkept = false, saved } = this.options;
    const phase = `analyze:${this.analyzer.id}`;
    const known = saved?.all ?? new Set(files.map((file) => file.path));
    // By default, those of the first `done` files.
    const bytesUpTo = [0];
    for (const { size } of files) bytesUpTo.push((bytesUpTo.at(-1) ?? 0) + size);
    const allBytes = bytesUpTo.at(-1) ?? 0;
    const stop = () => this.#stop.abort(abortReason(signal));
    const timer = setTimeout(() => {
      this.#stop.abort(new CodedError('TIMEOUT', `Timed out after ${Math.round(limits.analyzerTimeout / 1000)} s.`));
    }, limits.analyzerTimeout);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    try {
      const work = this.analyzer.analyze({
        root,
        files,
        place,
        unkept,
        ...(saved && { saved }),
        signal: this.#stop.signal,
        issues: (issues) => this.#take(issues, known),
        progress: (done, bytes) => {
          if (!this.#open) return;
          this.filesDone = Math.max(this.filesDone, Math.min(done, files.length));
          this.bytesDone = Math.max(this.bytesDone, Math.min(bytes ?? bytesUpTo[this.filesDone] ?? 0, allBytes));
          this.options.onBytes(phase, this.bytesDone);
          job.dispatch({
            type: 'progress',
            phase,
            // Empty files count equally.
            percent: allBytes > 0 ? (100 * this.bytesDone) / allBytes : (100 * this.filesDone) / files.length,
            filesDone: this.filesDone,
            filesTotal: files.length,
          });
        },
        gap: (kind, reason, paths) => {
          if (!this.#open) return;
          this.gapReasons.add(reason);
          // Unreadable files are the same for all analyzers: one gap for the scan, rather than one for each of them.
          this.options.gaps.add(kind, kind === 'unreadable' ? null : this.analyzer.id, reason, paths);
        },
        log: (level, message) => {
          if (this.#open) job.log(level, this.analyzer.id, message);
        },
      });
      await settled(work, this.#stop.signal, limits.stopGrace);
      this.filesDone = files.length;
      this.bytesDone = allBytes;
      if (this.#stop.signal.aborted) throw abortReason(this.#stop.signal);
    } catch (error) {
      // Why it was stopped matters more than its own error.
      throw this.#stop.signal.aborted ? abortReason(this.#stop.signal) : error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      if (this.#dropped > 0)
        this.options.gaps.add('findings_left_out', this.analyzer.id, 'Malformed findings were left out.');
    }
  }

  close(): void {
    this.#open = false;
  }

  #take(issues: readonly FoundIssue[], known: ReadonlySet<string>): void {
    // A stopped analyzer still reports what it has found so far.
    if (!this.#open || errorCode(this.#stop.signal.reason) === 'TOO_MANY_FINDINGS') return;
    const good: FoundIssue[] = [];
    for (const raw of issues) {
      const parsed = issueSchema.safeParse(raw);
      if (parsed.success && known.has(parsed.data.file))
        good.push(this.#rated({ ...parsed.data, tool: this.analyzer.id }));
      else this.#dropped += 1;
    }
    const room = this.options.limits.maxFindings - this.found.length;
    if (good.length > room) {
      good.length = room;
      const text = `Stopped after ${this.options.limits.maxFindings} findings, which are too many to be useful.`;
      this.#stop.abort(new CodedError('TOO_MANY_FINDINGS', text));
    }
    this.found.push(...good);
    this.options.job.dispatch({ type: 'found', phase: `analyze:${this.analyzer.id}`, count: good.length });
    if (good.length > 0) this.options.job.findings(good);
  }

  /** Tests, examples and documentation do not run in production: severity is at most medium in tests, and low in the others. */
  #rated(issue: FoundIssue): FoundIssue {
    const purpose = this.analyzer.scope === 'file' ? filePurpose(issue.file) : undefined;
    if (purpose === undefined) return issue;
    const grave = issue.severity === 'critical' || issue.severity === 'high';
    // The engine knows better what a secret is, and has already rated it.
    const isSecret = issue.type === 'secret';
    const inTests = grave ? 'medium' : issue.severity;
    const severity = isSecret || purpose === 'translation' ? issue.severity : purpose === 'test' ? inTests : 'low';
    if (severity !== issue.severity || (isSecret && severity === 'low')) this.options.lowered?.(purpose, issue.file);
    return { ...issue, severity };
  }
}

/** Waits for `work`, but only `grace` milliseconds after the signal has fired. */
function settled<T>(work: Promise<T>, signal: AbortSignal, grace: number): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = () => (timer = setTimeout(() => reject(abortReason(signal)), grace));
    const done = (settle: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(
      (value) => done(() => resolve(value)),
      (error: unknown) => done(() => reject(error instanceof Error ? error : new Error(String(error)))),
    );
  });
}
