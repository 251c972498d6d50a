import { rm } from 'node:fs/promises';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { counted } from '../base/counted';
import { CodedError } from '../base/errors';
import { FileText } from '../base/fileText';
import type { Logger } from '../base/logger';
import { makeTempFolder } from '../base/tempFolder';
import type { ScanRequest } from '../client/scanClient';
import { syntaxErrors } from '../engines/patterns/syntax';
import {
  applyFixes,
  failedFixes,
  filesOf,
  fixable,
  isSafe,
  keyOf,
  type Applied,
  type Fixable,
  type Refused,
} from '../findings/applyFixes';
import { worstFirst } from '../findings/order';
import { titleOf } from '../findings/title';
import { isSuppressed, type Issue, type Report } from '../protocol';
import type { FixArgs } from './args/fix';
import { withoutCommands } from './actionsLog';
import { asGlob } from './changed';
import { Copies, type Unwritten } from './fixCopies';
import { endSignals } from './endSignals';
import { writeOutput, isFolder } from './output';
import { printable } from './progress';
import { endedJob, ownService, printGaps, type Service } from './scan';

/** Rounds of fixes; a fix that overlaps another waits for the next round. */
const maxRounds = 20;
/** Scans per round, each without the fixes that failed in the previous one. */
const maxTries = 6;

/** Fixes to try one by one if a file with all of them does not parse. */
const maxAlone = 100;

/** A scan that did not complete; the reason has been printed. */
class Ended extends Error {
  constructor(readonly exit: 3 | 130) {
    super('the scan did not complete');
  }
}

/**
 * Applies the fixes of a scan. They are tried on copies of the affected files, in a separate folder, until a scan of the copies finds
 * nothing wrong with them; only then is anything written, each file once.
 * @returns the exit code: 0 done, 3 a scan did not complete or a file could not be written, 130 interrupted, with nothing written
 * @throws CodedError USAGE when the folder cannot be scanned
 */
export async function fix(args: FixArgs, log: Logger, version: string): Promise<number> {
  if (!(await isFolder(args.path))) throw new CodedError('USAGE', `${args.path} is not a folder that can be read.`);
  if (/[\r\n]/.test(args.path))
    throw new CodedError('USAGE', 'A folder with a line break in its path cannot be scanned.');
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  for (const signal of endSignals) process.on(signal, onSignal);
  const scratch = makeTempFolder('fix');
  let service: Service | undefined;
  try {
    service = await ownService(args, [args.path, scratch], log, version);
    const { client } = service;
    const scan = async (request: ScanRequest, progress: 'auto' | 'none'): Promise<Report> => {
      const job = await endedJob(client, request, progress, log, interrupt.signal);
      if (typeof job === 'number') throw new Ended(job);
      return client.report(job.job_id);
    };
    const common = {
      ...(args.analyzers && { analyzers: args.analyzers }),
      ...(args.timeoutSec !== undefined && { timeoutSec: args.timeoutSec }),
    };
    const report = await scan(
      {
        source: { kind: 'path', path: args.path },
        ...common,
        ...(args.include && { include: args.include }),
        ...(args.exclude && { exclude: args.exclude }),
      },
      process.stderr.isTTY ? 'auto' : 'none',
    );
    const outcome = await tryFixes(
      report,
      args,
      scratch,
      (include) =>
        scan(
          { source: { kind: 'path', path: scratch }, rulesOf: args.path, ...common, ...(include && { include }) },
          'none',
        ),
      interrupt.signal,
    );
    if (args.dryRun) await writeOutput(withoutCommands(diffOfFixes(outcome)), undefined);
    const written = args.dryRun ? [] : await outcome.copies.writeBack();
    printOutcome(args, outcome, written);
    const gaps = report.meta.coverage?.gaps ?? [];
    if (gaps.length > 0) printGaps(gaps.length, gaps);
    return written.length > 0 ? 3 : 0;
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    if (error instanceof Ended) return error.exit;
    throw error;
  } finally {
    await service?.close();
    await rm(scratch, { recursive: true, force: true });
    for (const signal of endSignals) process.off(signal, onSignal);
  }
}

/** Which findings of a folder to fix. */
export interface FixRequest extends Pick<FixArgs, 'path' | 'rules' | 'unsafe' | 'include' | 'exclude'> {
  /** Fingerprints of the findings; undefined: all. */
  readonly fingerprints?: ReadonlySet<string>;
}

/** The result of trying fixes. Nothing is written until `copies.writeBack`. */
export interface FixOutcome {
  /** The open findings to fix. */
  readonly open: readonly Issue[];
  /** The findings that offer a fix. */
  readonly offered: readonly Fixable[];
  readonly trial: Trial;
  readonly copies: Copies;
}

/**
 * Tries the fixes of a report on copies of the files.
 * @param scratch an empty folder for the copies
 * @param scan scans the scratch folder, or the part of it that the patterns include
 * @throws what `scan` throws; the signal's reason
 */
export async function tryFixes(
  report: Report,
  request: FixRequest,
  scratch: string,
  scan: (include?: string[]) => Promise<Report>,
  signal: AbortSignal,
): Promise<FixOutcome> {
  const { rules, fingerprints, unsafe } = request;
  const wanted = (issue: Issue) =>
    (rules === undefined || rules.includes(issue.rule_id)) &&
    (fingerprints === undefined || fingerprints.has(issue.fingerprint ?? ''));
  const open = issuesOf(report).filter((issue) => wanted(issue) && !isSuppressed(issue));
  const offered = fixable(open);
  const done = new Set<string>();
  // Once a finding is fixed, an identical line further down takes over its fingerprint.
  const allowed = (issue: Fixable) =>
    wanted(issue) && (unsafe || isSafe(issue)) && (fingerprints === undefined || !done.has(issue.fingerprint ?? ''));
  const expected = offered.filter(allowed);
  const copies = await Copies.of(request, scratch, expected, signal);
  const trial = new Trial(copies, expected, scan, allowed, signal, (issue) => done.add(issue.fingerprint ?? ''));
  if (copies.count > 0) await trial.run();
  signal.throwIfAborted();
  return { open, offered, trial, copies };
}

function issuesOf(report: Report): Issue[] {
  return report.files.flatMap(({ issues }) => issues);
}

/** Tries fixes on the copies, in rounds, and keeps those that work. */
class Trial {
  readonly fixed: Fixable[] = [];
  readonly refused: Refused[] = [];
  /** The fixes that the unchanged copies offer. */
  readonly offered = new Set<string>();
  readonly #refused = new Set<string>();

  /** @param expected the fixes that the copies should offer */
  constructor(
    private readonly copies: Copies,
    private readonly expected: readonly Fixable[],
    private readonly scan: (include?: string[]) => Promise<Report>,
    private readonly allowed: (issue: Fixable) => boolean,
    private readonly signal: AbortSignal,
    private readonly onFixed: (issue: Fixable) => void,
  ) {}

  async run(): Promise<void> {
    let state = await this.#scanned();
    for (let round = 0; round < maxRounds; round += 1) {
      const open = this.#open(state);
      if (open.length === 0) return;
      state = await this.#round(open, state);
    }
    this.#refuse(this.#open(state).map((issue) => ({ issue, why: 'too many fixes overlap' })));
  }

  /** The unchanged copies. */
  async #scanned(): Promise<Report> {
    const alone = await this.scan();
    const found = new Set(fixable(issuesOf(alone)).map(keyOf));
    const missing = this.expected.filter((issue) => !found.has(keyOf(issue)));
    const isLinked = missing.length > 0 && (await this.copies.takeLinked(missing, this.signal));
    const state = isLinked ? await this.scan() : alone;
    for (const issue of fixable(issuesOf(state))) this.offered.add(keyOf(issue));
    return state;
  }

  #open(state: Report): Fixable[] {
    return fixable(issuesOf(state)).filter(
      (issue) => this.allowed(issue) && !this.#refused.has(keyOf(issue)) && this.copies.hasAll(filesOf(issue)),
    );
  }

  /** @returns the report of the copies in their current state */
  async #round(open: readonly Fixable[], before: Report): Promise<Report> {
    let wanted = open;
    for (let attempt = 1; ; attempt += 1) {
      const made = applyFixes(wanted, this.copies.now);
      this.#refuse(made.refused);
      if (made.applied.length === 0) return before;
      const changed = new Map([...made.files].map(([file, { content }]) => [file, content] as const));
      const errors = await this.#syntaxErrors(changed.keys());
      await this.copies.write(changed);
      const errorsNow = await this.#syntaxErrors(changed.keys());
      const after = await this.scan();
      const broken = new Set(
        [...errorsNow].flatMap(([file, count]) => (count > (errors.get(file) ?? Infinity) ? [file] : [])),
      );
      const unparsed = [
        ...(await this.#unparsed(before, after, made)),
        ...(await this.#breaking(broken, made, errors)),
      ];
      const failed = [
        ...unparsed.map((issue) => ({ issue, why: 'the file no longer parses' })),
        ...failedFixes(issuesOf(before), issuesOf(after), made),
      ];
      if (failed.length === 0) {
        this.copies.keep(changed);
        this.fixed.push(...made.applied);
        for (const issue of made.applied) this.onFixed(issue);
        return after;
      }
      await this.copies.restore(changed.keys());
      const bad = new Set(failed.map(({ issue }) => issue));
      this.#refuse(failed.filter(({ issue }, index) => failed.findIndex((one) => one.issue === issue) === index));
      wanted = made.applied.filter((issue) => !bad.has(issue));
      if (attempt === maxTries) {
        this.#refuse(wanted.map((issue) => ({ issue, why: 'it does not work together with other fixes' })));
        return before;
      }
    }
  }

  #refuse(refused: readonly Refused[]): void {
    this.refused.push(...refused);
    for (const { issue } of refused) this.#refused.add(keyOf(issue));
  }

  #syntaxErrors(files: Iterable<string>): Promise<Map<string, number>> {
    return syntaxErrors(__dirname, this.copies.scratch, [...files], this.signal);
  }

  /**
   * For files that do not parse with all of their fixes: the fixes that break the file on their own, or all of them if each is harmless on its own.
   */
  async #breaking(
    broken: ReadonlySet<string>,
    { applied }: Applied,
    errors: ReadonlyMap<string, number>,
  ): Promise<Fixable[]> {
    const suspects = applied.filter((issue) => filesOf(issue).some((file) => broken.has(file)));
    const found: Fixable[] = [];
    if (suspects.length > maxAlone) return suspects;
    for (const issue of suspects) {
      const { files } = applyFixes([issue], this.copies.now);
      await this.copies.write(new Map([...files].map(([file, { content }]) => [file, content])));
      const alone = await this.#syntaxErrors(files.keys());
      if ([...alone].some(([file, count]) => count > (errors.get(file) ?? Infinity))) found.push(issue);
      await this.copies.restore(files.keys());
    }
    return found.length > 0 ? found : suspects;
  }

  /** The fixes that make a file invalid in its language, according to an analyzer that could parse it before. */
  async #unparsed(before: Report, after: Report, { applied, files }: Applied): Promise<Fixable[]> {
    if (unparsedCount(after) <= unparsedCount(before)) return [];
    const known = unparsedFiles(before);
    const broken = new Set<string>();
    // A gap lists only some of its files.
    const changed = [...files.keys()];
    for (let start = 0; start < changed.length; start += gapExamples) {
      const some = changed.slice(start, start + gapExamples);
      for (const file of unparsedFiles(await this.scan(some.map(asGlob)))) if (!known.has(file)) broken.add(file);
    }
    return applied.filter((issue) => filesOf(issue).some((file) => broken.has(file)));
  }
}

/** The files that a gap lists. */
const gapExamples = 5;

function unparsedCount({ meta }: Report): number {
  return (meta.coverage?.gaps ?? []).reduce((sum, { kind, files }) => sum + (kind === 'unparsed' ? files : 0), 0);
}

function unparsedFiles({ meta }: Report): Set<string> {
  return new Set((meta.coverage?.gaps ?? []).flatMap(({ kind, examples }) => (kind === 'unparsed' ? examples : [])));
}

/** The changes of the fixes, as a unified diff. */
export function diffOfFixes({ copies }: FixOutcome): string {
  let text = '';
  for (const { file, before, after } of copies.changed()) {
    const [old, now] = [new FileText(before).text, new FileText(after).text];
    text += createTwoFilesPatch(`a/${file}`, `b/${file}`, old, now, undefined, undefined, {
      headerOptions: FILE_HEADERS_ONLY,
    });
  }
  return text;
}

/** Why some offered fixes were not applied: a clause for each, in addition to those that the trial reverted. */
export function* notApplied(
  { offered, trial, copies }: FixOutcome,
  unsafe: boolean,
): Generator<{ issue: Issue; why: string }> {
  for (const issue of offered) {
    if (!unsafe && !isSafe(issue)) continue;
    const [file, why] = [...copies.barred].find(([path]) => filesOf(issue).includes(path)) ?? [];
    if (file !== undefined) yield { issue, why: `${file} cannot be changed: ${why}` };
    else if (copies.hasAll(filesOf(issue)) && !trial.offered.has(keyOf(issue)))
      yield { issue, why: 'a scan of a copy of the files does not report this finding, so its fix could not be tried' };
  }
}

/** The fixes that work; they are in the files if these were written. */
export function madeFixes({ trial, copies }: FixOutcome): Fixable[] {
  const changed = new Set([...copies.changed()].map(({ file }) => file));
  return trial.fixed.filter((issue) => filesOf(issue).every((file) => changed.has(file)));
}

/** Reports on stderr what was fixed, what was not, and why. */
function printOutcome(args: FixArgs, outcome: FixOutcome, failures: readonly Unwritten[]): void {
  const { open, offered, trial, copies } = outcome;
  const line = (text: string) => process.stderr.write(`${printable(text)}\n`);
  const place = (issue: Issue) => `${issue.file}:${issue.line} ${issue.rule_id} (${titleOf(issue)})`;
  const fixed = madeFixes(outcome);
  const files = counted([...copies.changed()].length, 'file');
  line(
    args.dryRun
      ? `Would fix ${counted(fixed.length, 'finding')} in ${files}; nothing was written.`
      : `Fixed ${counted(fixed.length, 'finding')} in ${files}.`,
  );
  for (const { file, why } of failures) line(`${file} was not written: ${why}.`);
  for (const { issue, why } of [...trial.refused].sort((a, b) => worstFirst(a.issue, b.issue)))
    line(`Reverted: ${place(issue)}: ${why}.`);
  const unsafe = args.unsafe ? [] : offered.filter((issue) => !isSafe(issue));
  for (const { issue, why } of notApplied(outcome, args.unsafe)) line(`Not fixed: ${place(issue)}: ${why}.`);
  if (unsafe.length > 0)
    line(`${counted(unsafe.length, 'fix', 'fixes')} may change what correct code does; --unsafe applies them as well.`);
  const without = open.length - offered.length;
  if (without > 0) line(`${counted(without, 'finding')} offered no fix.`);
  const updates = new Set(fixed.flatMap(({ type, suggestion }) => (type === 'dependency' ? (suggestion ?? []) : [])));
  for (const update of updates) line(update);
}
