import { summarize, type Report, type ReportAnalyzer, type FoundIssue } from '../../protocol';
import { abortReason } from '../../base/abort';
import { counted } from '../../base/counted';
import { CodedError } from '../../base/errors';
import type { Analyzer } from '../../engines/engine/engine';
import type { FilePurpose } from '../../engines/engine/filePurpose';
import type { JobRequest } from '../job/jobRequest';
import type { Limits } from '../../base/limits';
import { runAnalyzer } from './analyze';
import { EtaClock } from './eta';
import { bytesOf } from '../../sources/sourceFile';
import { takeInventory, type Inventory } from '../../sources/inventory';
import { gapLine, Gaps } from '../../findings/coverage';
import type { RulePackFolder } from '../../findings/policy/customFiles';
import { now, type JobHandle } from '../job/jobHandle';
import { mergeIssues, readLines } from '../../findings/merge';
import { maskSecrets } from '../../findings/secrets/maskSecrets';
import type { Speeds } from './speeds';
import {
  analyzersBy,
  rateAndSuppress,
  filesFor,
  openPolicy,
  scopeOf,
  policyNotApplied,
  warnAboutNested,
  type ScanPolicy,
} from './policy';
import { noCustomRules, readCustomRules, type CustomRead } from './customRules';
import { missingTools } from './suggest';

/** Prepares the files of a job's source, and adds what is left out to `gaps`. @returns the folder to scan */
export type OpenSource = (request: JobRequest, job: JobHandle, signal: AbortSignal, gaps: Gaps) => Promise<string>;

export interface PipelineOptions {
  readonly job: JobHandle;
  readonly request: JobRequest;
  readonly analyzers: readonly Analyzer[];
  /** The ids of all analyzers of the service. */
  readonly analyzerIds: readonly string[];
  /** Other analyzers, which the job did not select. */
  readonly others: readonly Analyzer[];
  /** Rule sets by analyzer id. */
  readonly rulesets: Readonly<Record<string, readonly string[]>>;
  readonly openSource: OpenSource;
  readonly saveReport: (report: Report) => Promise<void>;
  readonly limits: Limits;
  readonly speeds: Speeds;
  /** Missing or damaged parts of this installation, one sentence each. */
  readonly damage: readonly string[];
  /** The IDs of the built-in rules; undefined if unknown. */
  readonly ruleIds: ReadonlySet<string> | undefined;
  /** Folders with rules and models for every scan. */
  readonly rulePacks: readonly RulePackFolder[];
  readonly signal: AbortSignal;
}

const firstMessage = { path: 'Collecting files', git: 'Cloning repository', zip: 'Unpacking files' } as const;

/** A path that only analyzers of arbitrary text files handle. */
const noKind = 'file.no-known-kind';

/** The number of files to name as examples. */
const maxExamples = 5;

/** What a run has collected, so that a canceled job still gets a partial report. */
class Gathered {
  readonly found: FoundIssue[] = [];
  readonly analyzers: ReportAnalyzer[] = [];
  readonly gaps = new Gaps();
  /** The files whose findings are rated lower, by their purpose. */
  readonly lowered = new Map<FilePurpose, string[]>();
  policy: ScanPolicy = policyNotApplied;
  own: CustomRead = noCustomRules;
  inventory: Inventory | undefined;
  root: string | undefined;
  readonly started = performance.now();
}

/**
 * Runs one job from start to end: source, inventory, analyzers in parallel, merge, write.
 * When the signal fires, a partial report is written before the signal's reason is thrown.
 * @returns the report, which is on disk
 * @throws CodedError that says why the job failed; the signal's reason
 */
export async function runPipeline(options: PipelineOptions): Promise<Report> {
  const gathered = new Gathered();
  try {
    return await run(options, gathered);
  } catch (error) {
    if (gathered.inventory) await options.saveReport(await makeReport(options, gathered, true));
    throw options.signal.aborted ? abortReason(options.signal) : error;
  }
}

async function run(asked: PipelineOptions, gathered: Gathered): Promise<Report> {
  const { job, request, signal } = asked;
  const check = () => {
    if (signal.aborted) throw abortReason(signal);
  };

  job.dispatch({
    type: 'phase',
    phase: 'clone',
    status: 'running',
    at: now(),
    message: firstMessage[request.input.kind],
  });
  gathered.root = await asked.openSource(request, job, signal, gathered.gaps);
  gathered.policy = await openPolicy(gathered.root, request, gathered.gaps);
  gathered.own = await readCustomRules(request.rulesOf ?? gathered.root, {
    ...{ analyzers: [...asked.analyzers, ...asked.others], packs: asked.rulePacks, ruleIds: asked.ruleIds },
    ...{ policy: request.policy, gaps: gathered.gaps, signal },
    place: { folder: ownFolderOf(request, gathered.root), rulesets: [] },
  });
  const options = { ...asked, ...analyzersOf(asked, gathered.policy) };
  const scope = scopeOf(gathered.policy);
  // git's own progress is the first part of the clone phase, the inventory is the rest.
  const already = job.job.phases.find((phase) => phase.phase === 'clone')?.percent ?? 0;
  const inventory = await takeInventory(gathered.root, {
    include: request.include,
    exclude: [...scope.exclude, ...request.exclude],
    within: scope.within,
    // A zip is unpacked in our own storage, which may itself be inside a repository.
    askGit: request.input.kind !== 'zip',
    limits: options.limits,
    isCode: (path) => options.analyzers.some((one) => one.handles(path) && !one.handles(noKind)),
    signal,
    onProgress: (done, total) => {
      const percent = already + ((100 - already) * done) / Math.max(1, total);
      job.dispatch({ type: 'progress', phase: 'clone', percent, message: 'Collecting files' });
    },
  });
  check();
  gathered.inventory = inventory;
  gathered.policy = warnAboutNested(gathered.policy, inventory.files);
  for (const sentence of options.damage) gathered.gaps.add('damaged_installation', null, sentence);
  for (const { kind, reason, files } of inventory.gaps) gathered.gaps.add(kind, null, reason, files);
  const left = Object.entries(inventory.skipped).map(([reason, count]) => `${count} ${reason}`);
  job.log('info', null, `${counted(inventory.files.length, 'file')} to scan; left out: ${left.join(', ') || 'none'}.`);
  job.dispatch({ type: 'phase', phase: 'clone', status: 'completed', at: now() });

  await analyzeAll(options, gathered, gathered.root, inventory);
  check();
  checkReadable(inventory, gathered.gaps);
  const ran = gathered.analyzers;
  if (ran.length > 0 && ran.every((analyzer) => analyzer.status === 'failed'))
    throw new CodedError(
      'ANALYZERS',
      `Every analyzer failed: ${ran.map((a) => `${a.id}: ${a.reason ?? ''}`).join(' ')}`,
    );

  job.dispatch({ type: 'phase', phase: 'merge', status: 'running', at: now(), message: 'Merging findings' });
  const report = await makeReport(options, gathered, false);
  check();
  job.dispatch({ type: 'phase', phase: 'merge', status: 'completed', at: now() });
  job.dispatch({ type: 'phase', phase: 'write', status: 'running', at: now(), message: 'Writing the report' });
  await options.saveReport(report);
  check();
  job.dispatch({ type: 'phase', phase: 'write', status: 'completed', at: now() });
  const { critical, high, medium, low } = report.summary;
  job.log('info', null, `Report written: ${critical} critical, ${high} high, ${medium} medium, ${low} low.`);
  return report;
}

/** The analyzers that remain after applying the configuration, with their phases. */
function analyzersOf(
  { job, analyzers, others }: PipelineOptions,
  policy: ScanPolicy,
): Pick<PipelineOptions, 'analyzers' | 'others'> {
  const { off, on, ...chosen } = analyzersBy(policy, analyzers, others);
  for (const { id } of off) job.dispatch({ type: 'drop', phase: `analyze:${id}` });
  for (const { id } of on) job.dispatch({ type: 'add', phase: `analyze:${id}` });
  const by = policy.policy.config?.file ?? '';
  if (off.length > 0) job.log('info', null, `Turned off by ${by}: ${off.map(({ id }) => id).join(', ')}.`);
  if (on.length > 0) job.log('info', null, `Turned on by ${by}: ${on.map(({ id }) => id).join(', ')}.`);
  return { ...chosen, others: others.filter((one) => !on.includes(one)) };
}

/** @throws CodedError UNREADABLE when no file could be read, so that an empty report would be misleading */
function checkReadable(inventory: Inventory, gaps: Gaps): void {
  const unreadable = gaps.filesOf('unreadable');
  if (unreadable.size > 0 && inventory.files.every(({ path }) => unreadable.has(path))) {
    const files = unreadable.size === 1 ? 'the only file' : `all ${unreadable.size} files`;
    const advice = 'Check the permissions and that the folder still exists.';
    throw new CodedError('UNREADABLE', `No file could be read: ${files} could not be opened. ${advice}`);
  }
  const [first] = gaps.coverage.gaps.filter(({ files }) => files > 0);
  if (inventory.files.length === 0 && first)
    throw new CodedError('UNREADABLE', `Nothing could be scanned. ${first.reason}`);
}

/** The scanned folder, if it is the user's own and not temporary. */
function ownFolderOf({ input, temporary }: JobRequest, root: string): string | undefined {
  return input.kind === 'path' && temporary !== true ? root : undefined;
}

async function analyzeAll(
  options: PipelineOptions,
  gathered: Gathered,
  root: string,
  inventory: Inventory,
): Promise<void> {
  const { job, request, analyzers, rulesets, speeds } = options;
  const folder = ownFolderOf(request, root);
  if (request.include.length === 0) {
    const missing = await missingTools(options.others, inventory.files, folder, options.signal);
    if (missing !== undefined) job.log('info', null, missing);
  }
  const plan = analyzers.map((analyzer) => {
    const files = filesFor(gathered.policy, analyzer.id, inventory.files);
    const bytes = bytesOf(files.filter((file) => analyzer.handles(file.path)));
    const work = speeds.workOf(analyzer.id, bytes);
    return { phase: `analyze:${analyzer.id}`, bytes, work };
  });
  const weights = Object.fromEntries(plan.map(({ phase, work }) => [phase, Math.max(0.001, work)]));
  job.dispatch({ type: 'plan', weights, filesTotal: inventory.files.length });
  const eta = new EtaClock(job, plan);
  try {
    const outcomes = await Promise.all(
      analyzers.map(async (analyzer) => {
        const place = { folder, rulesets: rulesets[analyzer.id] ?? [], own: gathered.own.rules };
        const { gaps } = gathered;
        const onBytes = (phase: string, bytes: number) => eta.done(phase, bytes);
        const lowered = (purpose: FilePurpose, file: string) => {
          const files = gathered.lowered.get(purpose);
          if (files) files.push(file);
          else gathered.lowered.set(purpose, [file]);
        };
        const outcome = await runAnalyzer(analyzer, {
          ...options,
          root,
          place,
          files: filesFor(gathered.policy, analyzer.id, inventory.files),
          gaps,
          onBytes,
          lowered,
        });
        gathered.found.push(...outcome.found);
        if (outcome.summary) gathered.analyzers.push(outcome.summary);
        return outcome;
      }),
    );
    await speeds.learn(
      outcomes.flatMap(({ summary, bytesDone }) =>
        summary?.status === 'completed' ? [{ id: summary.id, bytes: bytesDone, ms: summary.duration_ms }] : [],
      ),
    );
  } finally {
    eta.dispose();
  }
}

async function makeReport(options: PipelineOptions, gathered: Gathered, partial: boolean): Promise<Report> {
  const { job } = options.job;
  const { root, inventory } = gathered;
  const unquoted = gathered.found.filter((issue) => issue.snippet === undefined).map((issue) => issue.file);
  const textOf = root === undefined || partial ? () => '' : await readLines(root, unquoted);
  // A fingerprint computed from a password would allow guessing it.
  const lineOf = (file: string, line: number) => maskSecrets(textOf(file, line));
  const merged = mergeIssues(gathered.found, lineOf, gathered.own.rules?.ids);
  const { ruleIds, analyzerIds } = options;
  const completed = new Set(gathered.analyzers.flatMap(({ id, status }) => (status === 'completed' ? [id] : [])));
  const external = options.analyzers.some(({ id, kind }) => kind === 'external' && completed.has(id));
  const decided = {
    root: root ?? '',
    scan: gathered.policy,
    own: gathered.own,
    ruleIds,
    analyzers: analyzerIds,
    external,
  };
  const { files, policy } = await rateAndSuppress(merged, decided);
  for (const { level, file, line, message } of policy.problems)
    if (level === 'warning') options.job.log('warning', null, `${file}:${line}: ${message}`);
  const { complete, gaps } = gathered.gaps.coverage;
  for (const gap of gaps) options.job.log('warning', gap.analyzer, gapLine({ ...gap, analyzer: null }));
  const lowered = [...gathered.lowered].map(([purpose, paths]) => ({
    purpose,
    findings: paths.length,
    examples: [...new Set(paths)].sort().slice(0, maxExamples),
  }));
  for (const { purpose, findings, examples } of lowered)
    options.job.log(
      'info',
      null,
      `${counted(findings, 'finding')} rated lower (${purpose} files, such as ${examples.join(', ')}).`,
    );
  const order = new Map(options.analyzers.map((analyzer, index) => [analyzer.id, index]));
  const analyzers = gathered.analyzers.toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
  return {
    job_id: job.job_id,
    meta: {
      tools: analyzers.filter((analyzer) => analyzer.status === 'completed').map((analyzer) => analyzer.id),
      repo: {
        source: job.source.kind,
        url: job.source.url,
        ref: job.source.ref,
        commit: job.source.commit,
      },
      generated_at: now(),
      duration_ms: Math.round(performance.now() - gathered.started),
      labels: job.labels,
      analyzers,
      files_scanned: inventory?.files.length ?? 0,
      files_skipped: Object.fromEntries(
        Object.entries(inventory?.skipped ?? {}).map(([reason, count]) => [reason, count]),
      ),
      coverage: { complete: complete && !partial, gaps },
      ...(lowered.length > 0 && { lowered }),
      policy,
      ...(partial && { partial: true }),
    },
    summary: summarize(files.flatMap((file) => file.issues)),
    files,
  };
}
