import { rm } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Fix, FoundIssue, ToolSettings } from '../../protocol';
import { abortReason } from '../../base/abort';
import { readTextBounded } from '../../base/boundedFile';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import type { Analyzer, AnalyzerRun, Availability, RunPlace } from '../engine/engine';
import { proxyEnvironment } from '../../base/http';
import { runProcess, type ProcessEnd } from '../../base/process';
import { makeTempFolder } from '../../base/tempFolder';
import { titleOf } from '../../findings/title';
import { locate, type Program } from '../engine/locate';
import { brief, type ReportedIssue, type Tool, type ToolCall, type ToolJob } from './tool';

/** Limit on the result of one call, in characters. */
const maxOutput = 64_000_000;
/** How many of the problems that a tool reports become gaps of their own. */
const maxProblems = 20;
/** How many lines of a tool's standard error are logged. */
const maxLogLines = 10;
/**
 * Timeout for getting a tool's version, in ms. Python tools take two seconds on a cold disk, and much longer on a busy machine.
 */
const versionTimeout = 120_000;

/**
 * The environment of every tool, in addition to the minimal one. `GIT_DIR` is not a repository, so that git, if the tool runs it, does not read the
 * scanned repository's configuration, which can name programs. Go must neither download toolchains or modules nor call a C compiler.
 */
const toolEnv: Readonly<Record<string, string>> = {
  GIT_DIR: devNull,
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: devNull,
  NoDefaultCurrentDirectoryInExePath: '1',
  PYTHONSAFEPATH: '1',
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONIOENCODING: 'utf-8',
  NO_COLOR: '1',
  GOTOOLCHAIN: 'local',
  GOPROXY: 'off',
  GOFLAGS: '-buildvcs=false',
  CGO_ENABLED: '0',
};

/** Runs an installed program according to its description. */
export class ExternalTool implements Analyzer {
  readonly id: string;
  readonly title: string;
  readonly kind = 'external';
  readonly scope = 'project';
  readonly takesRulesets: boolean;
  #version: { program: Program; text: string } | undefined;

  constructor(
    private readonly tool: Tool,
    private readonly settings: ToolSettings,
    private readonly versionMs = versionTimeout,
  ) {
    this.id = tool.id;
    this.title = tool.title;
    this.takesRulesets = tool.takesRulesets ?? false;
  }

  handles(path: string): boolean {
    return this.tool.reads(path);
  }

  async automatic(place: RunPlace): Promise<'yes' | 'no' | 'missing'> {
    const { tool, settings } = this;
    if (!settings.external || !settings.automatic || tool.sends !== undefined) return 'no';
    if (!(await this.#locate(place))) return 'missing';
    return tool.needs?.(place.rulesets) === undefined ? 'yes' : 'no';
  }

  async availability(signal: AbortSignal, place: RunPlace): Promise<Availability> {
    const { tool, settings } = this;
    const missing = (reason: string): Availability => ({
      available: false,
      reason,
      ...(tool.install !== undefined && { installHint: tool.install }),
    });
    if (!settings.external) return { available: false, reason: `${tool.title} cannot run in an untrusted workspace.` };
    const program = await this.#locate(place);
    const set = settings.paths[tool.id];
    if (!program)
      return missing(set === undefined ? `${tool.title} is not installed.` : `${tool.title} was not found at ${set}.`);
    const needed = tool.needs?.(place.rulesets);
    if (needed !== undefined) return { available: false, reason: needed };
    try {
      return { available: true, version: await this.#askVersion(program, signal) };
    } catch (error) {
      signal.throwIfAborted();
      // The machine may just be busy. The scan has a timeout of its own.
      if (errorCode(error) === 'TIMEOUT') return { available: true, version: 'unknown' };
      return missing(`Cannot get the version of ${tool.title}: ${program.path} ${errorMessage(error)}.`);
    }
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    const { tool, settings } = this;
    const program = await this.#locate(run.place);
    if (!program) throw new CodedError('START_FAILED', `${tool.title} is no longer installed.`);
    const ends = performance.now() + settings.timeoutSec * 1000;
    const scratch = makeTempFolder('tool');
    const { root, files, signal } = run;
    const { rulesets } = run.place;
    let base = root;
    const job: ToolJob = {
      root,
      files,
      scratch,
      rulesets,
      settings,
      signal,
      log: (level, message) => run.log(level, message),
      gap: (kind, reason, paths = []) =>
        run.gap(
          kind,
          reason,
          paths.flatMap((path) => below(resolve(base, path), base)),
        ),
    };
    try {
      for await (const call of tool.calls(job)) {
        const left = ends - performance.now();
        if (left <= 0) throw this.#timedOut();
        base = call.base ?? root;
        const text = await this.#run(program, call, run, left);
        run.issues(this.#issuesInInventory(await this.#read(text, job), call, run));
        run.progress(call.files);
      }
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  #locate(place: RunPlace): Promise<Program | undefined> {
    return locate(this.tool.program, this.settings.paths[this.tool.id], this.settings, place.folder);
  }

  #timedOut(): CodedError {
    return new CodedError('TIMEOUT', `${this.tool.title} timed out after ${this.settings.timeoutSec} s.`);
  }

  /** @returns the call's output */
  async #run(program: Program, call: ToolCall, run: AnalyzerRun, timeoutMs: number): Promise<string> {
    const { tool } = this;
    const { signal } = run;
    const lines: string[] = [];
    let end: ProcessEnd;
    try {
      end = await runProcess({
        command: program.path,
        args: call.args,
        cwd: call.cwd,
        env: { ...toolEnv, ...certificates(), ...proxyEnvironment(), ...tool.env },
        signal,
        timeoutMs,
        maxOutput,
        onLine: (line) => lines.push(line),
      });
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      if (error instanceof CodedError && error.code === 'TIMEOUT') throw this.#timedOut();
      throw new CodedError('TOOL_FAILED', `${tool.title} was stopped: it ${errorMessage(error)}.`, { cause: error });
    }
    if (end.exitCode === null || !tool.exitCodes.includes(end.exitCode)) {
      const said = end.stderr || lines.slice(-5).join(' ');
      const exitText = end.exitCode === null ? 'a signal' : `exit code ${end.exitCode}`;
      throw new CodedError('TOOL_FAILED', `${tool.title} ended with ${exitText}${said ? `: ${endOf(said)}` : '.'}`);
    }
    for (const problem of problemsIn(end.stderr, tool.problems, call.base ?? run.root))
      run.gap('unfinished', `${tool.title} did not check everything: ${problem}`, []);
    for (const line of end.stderr.split('\n').slice(-maxLogLines)) if (line.trim() !== '') run.log('info', brief(line));
    return call.output === undefined ? lines.join('\n') : this.#readOutput(call.output);
  }

  async #readOutput(file: string): Promise<string> {
    try {
      return await readTextBounded(file, { maxBytes: maxOutput });
    } catch (error) {
      const text = `The result of ${this.tool.title} cannot be read: ${errorMessage(error)}.`;
      throw new CodedError('BAD_OUTPUT', text, { cause: error });
    }
  }

  async #read(text: string, job: ToolJob): Promise<ReportedIssue[]> {
    try {
      return await this.tool.read(text, job);
    } catch (error) {
      const said = text.trim() === '' ? 'nothing' : `"${brief(text, 120)}"`;
      throw new CodedError('BAD_OUTPUT', `${this.tool.title} wrote an unexpected result: ${said}`, {
        cause: error,
      });
    }
  }

  /** The findings in files of the inventory, with their paths below the root. */
  #issuesInInventory(reported: readonly ReportedIssue[], call: ToolCall, run: AnalyzerRun): FoundIssue[] {
    const known = new Set(run.files.map((file) => file.path));
    const base = call.base ?? run.root;
    let outside = 0;
    const place = (name: string) => below(resolve(call.cwd, name), base)[0];
    const placed = reported.flatMap((issue): FoundIssue[] => {
      const file = place(issue.file);
      if (file === undefined) outside += 1;
      if (file === undefined || !known.has(file)) return [];
      const { fix, flow, ...rest } = bounded(issue);
      const steps = (flow ?? []).flatMap((step) => {
        const at = place(step.file);
        return at === undefined ? [] : [{ ...step, file: at }];
      });
      const fixed = fix && placedFix(fix, place);
      return [
        {
          suggestion: null,
          ...rest,
          ...(fixed && { fix: fixed }),
          ...(steps.length > 0 && { flow: steps }),
          title: titleOf(rest),
          tool: this.id,
          file,
        },
      ];
    });
    if (outside > 0) {
      const count = `${outside} ${outside === 1 ? 'finding' : 'findings'}`;
      run.gap('unread_report', `${count} in files outside the scanned folder left out.`, []);
    }
    const others = reported.length - placed.length - outside;
    if (others > 0) run.log('info', `Left out ${others} findings in files that are not part of this scan.`);
    return placed;
  }

  async #askVersion(program: Program, signal: AbortSignal): Promise<string> {
    const known = this.#version;
    if (this.tool.versionArgs.length === 0) return 'unknown';
    if (known?.program.path === program.path && known.program.stamp === program.stamp) return known.text;
    const lines: string[] = [];
    const end = await runProcess({
      command: program.path,
      args: this.tool.versionArgs,
      cwd: tmpdir(),
      env: { ...toolEnv, ...this.tool.env },
      signal,
      timeoutMs: this.versionMs,
      urgent: true,
      maxOutput: 1_000_000,
      onLine: (line) => lines.push(line),
    });
    if (end.exitCode !== 0) throw new CodedError('TOOL_FAILED', `ended with ${end.exitCode ?? 'a signal'}`);
    const text = /\bv?(\d+\.\d+[\w.+-]*)/.exec(`${lines.join('\n')}\n${end.stderr}`)?.[1]?.slice(0, 40) ?? 'unknown';
    this.#version = { program, text };
    return text;
  }
}

/** The path relative to `base`, '/'-separated; none if it is outside. */
function below(path: string, base: string): string[] {
  const inside = relative(base, path);
  return inside.startsWith('..') || isAbsolute(inside) ? [] : [inside.split(sep).join('/')];
}

/** The fix with paths below the root. Undefined if one of its edits is outside the folder, since a partial fix is useless. */
function placedFix({ edits, ...fix }: Fix, place: (name: string) => string | undefined): Fix | undefined {
  const placed = edits.flatMap(({ file, ...edit }) => {
    if (file === undefined) return [edit];
    const at = place(file);
    return at === undefined ? [] : [{ ...edit, file: at }];
  });
  return placed.length === edits.length ? { ...fix, edits: placed } : undefined;
}

/** The distinct problems that a tool reports. @param base removed from the paths in them */
function problemsIn(stderr: string, pattern: RegExp | undefined, base: string): string[] {
  if (!pattern) return [];
  const reported = stripVTControlCharacters(stderr)
    .split(/\r?\n/)
    .flatMap((line) => pattern.exec(line)?.groups?.['what'] ?? [])
    .map((what) => brief(what.replaceAll(`${base}${sep}`, '')));
  const [...each] = new Set(reported);
  if (each.length <= maxProblems) return each;
  return [...each.slice(0, maxProblems), `${each.length - maxProblems} more problems.`];
}

/** Bounds the message, and drops links that do not lead to a web page. */
function bounded({ help_url, ...issue }: ReportedIssue): ReportedIssue {
  const message = brief(issue.message, 2_000);
  return { ...issue, message, ...(help_url !== undefined && /^https?:\/\//.test(help_url) && { help_url }) };
}

/** Python tools have certificate authorities of their own, and ignore the variable that all others read. */
function certificates(): Record<string, string> {
  const bundle = process.env['REQUESTS_CA_BUNDLE'] ?? process.env['SSL_CERT_FILE'];
  return bundle === undefined ? {} : { REQUESTS_CA_BUNDLE: bundle };
}

/** The end of a tool's output, which usually says what went wrong. */
function endOf(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `…${line.slice(-300)}` : line;
}
