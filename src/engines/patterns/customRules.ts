import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorMessage } from '../../base/errors';
import { matcher } from '../../base/globs';
import { runProcess } from '../../base/process';
import { makeTempFolder } from '../../base/tempFolder';
import type { CustomFile } from '../../findings/policy/customFiles';
import type { PolicyProblem } from '../../protocol';
import type { CustomExample, CustomPart, CustomReading } from '../engine/engine';
import { WorkerPool } from '../engine/workerPool';
import type { Compiled } from './compile.mjs';
import { writeConfiguration } from './languageRules';
import { compiled, readRules } from './customMessages';
import { findProgram, type Program } from './program';
import { ruleError } from './ruleError.mjs';
import { languageSuffix, type CustomRuleSource } from './ruleSchema.mjs';

/** How long reading a file and compiling all rules may take, in ms; a thousandth of it is usual. */
const readingMs = 10_000;
/** How long ast-grep may take to load rules, in ms. */
const loadingMs = 30_000;
/** Rule sets to remember, since most scans use the same one as the scan before. */
const maxKnown = 8;

/** A team's rule, with the names that ast-grep and people use for it. */
export interface CustomRule {
  readonly key: string;
  readonly id: string;
  readonly file: string;
  readonly line: number;
  /** Whether the rule itself excludes a file. */
  readonly isWanted: (path: string) => boolean;
}

/** A team's compiled rules. */
export class CustomPatterns {
  constructor(
    readonly version: string,
    readonly compiled: Compiled,
    /** By ast-grep's IDs, which do not collide with those of the built-in rules. */
    readonly rules: ReadonlyMap<string, CustomRule>,
  ) {}

  /** The rule that an ast-grep ID belongs to. */
  ruleOf(id: string): CustomRule | undefined {
    return this.rules.get(id.replace(/\..*$/, ''));
  }
}

interface Read extends CustomRule {
  readonly source: CustomRuleSource;
  readonly text: string;
  readonly exampleLines: readonly number[];
}

/** Problems with rules. */
interface Outcome {
  readonly problems: PolicyProblem[];
  /** False if reading again may have another result: this time it failed, or timed out. */
  isLasting: boolean;
}

/** Reads the rules of teams. A rule that ast-grep would reject is found and reported, since ast-grep would reject all others along with it. */
export class CustomRuleReader {
  readonly #workers: WorkerPool;
  readonly #known = new Map<string, CustomPart>();

  /** @param folder contains the built-in rules and ast-grep; customRulesWorker.js is next to it */
  constructor(private readonly folder: string) {
    this.#workers = new WorkerPool(join(dirname(folder), 'customRulesWorker.js'), { maxThreads: 1 });
  }

  close(): Promise<void> {
    return this.#workers.close();
  }

  /** @throws the signal's reason */
  async read(all: readonly CustomFile[], { place, signal, isTaken }: CustomReading): Promise<CustomPart> {
    const files = all.filter(({ kind }) => kind === 'rule');
    if (files.length === 0) return { part: undefined, ids: [], problems: [], examples: [] };
    const program = await findProgram(this.folder, place, signal);
    const version = hashOf([program?.version, files]);
    const known = this.#known.get(version);
    if (known) return known;
    const outcome: Outcome = { problems: [], isLasting: true };
    const rules = await this.#readAll(files, isTaken, outcome, signal);
    const acceptedRules = program ? await this.#load(rules, program, outcome, signal) : undefined;
    const examples = rules.flatMap((rule) => examplesOf(rule));
    const loaded = acceptedRules && acceptedRules.rules.length > 0 ? acceptedRules : undefined;
    const read: CustomPart = {
      part:
        loaded &&
        new CustomPatterns(version, loaded.compiled, new Map(loaded.rules.map((rule) => [rule.key, bare(rule)]))),
      ids: (loaded?.rules ?? []).map(({ id }) => id),
      problems: outcome.problems,
      examples: examples.filter(({ about }) => loaded?.rules.some(({ id }) => id === about)),
    };
    if (!outcome.isLasting) return read;
    const [oldest] = this.#known.keys();
    if (this.#known.size >= maxKnown && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(version, read);
    return read;
  }

  async #readAll(
    files: readonly CustomFile[],
    isTaken: CustomReading['isTaken'],
    outcome: Outcome,
    signal: AbortSignal,
  ): Promise<Read[]> {
    const rules: Read[] = [];
    const byId = new Map<string, Read>();
    for (const { file, text, utils } of files) {
      const wrong = (line: number, message: string) => outcome.problems.push({ file, line, level: 'error', message });
      let read;
      try {
        read = readRules.parse(await this.#workers.run('read', { text, utils }, signal, readingMs));
      } catch (error) {
        signal.throwIfAborted();
        outcome.isLasting = false;
        wrong(1, `It cannot be read: ${errorMessage(error)}.`);
        continue;
      }
      outcome.problems.push(...read.problems.map((problem) => ({ file, ...problem })));
      for (const { line, source, exampleLines } of read.rules) {
        const { id, files: wanted = [], ignores = [] } = source;
        const [isListed, isIgnored] = [matcher(wanted), matcher(ignores)];
        const isWanted = (path: string) => (wanted.length === 0 || isListed(path)) && !isIgnored(path);
        const other = byId.get(id.toLowerCase());
        if (isTaken(id)) wrong(line, `The id ${id} belongs to a built-in rule: choose another.`);
        else if (other) wrong(line, `The id ${id} is also used in ${other.file}:${other.line}: choose another.`);
        else {
          const rule = { key: `own-${rules.length}`, id, file, line, isWanted, source, text, exampleLines };
          rules.push(rule);
          byId.set(id.toLowerCase(), rule);
        }
      }
    }
    return rules;
  }

  /** Compiles the rules that ast-grep accepts; its errors about the others become problems. */
  async #load(
    rules: readonly Read[],
    program: Program,
    outcome: Outcome,
    signal: AbortSignal,
  ): Promise<{ rules: readonly Read[]; compiled: Compiled }> {
    const whole = await this.#tryLoading(rules, program, outcome, signal);
    if (typeof whole !== 'string') return { rules, compiled: whole };
    const acceptedRules = await this.#acceptedOf(rules, whole, program, outcome, signal);
    const rest = await this.#tryLoading(acceptedRules, program, outcome, signal);
    if (typeof rest !== 'string') return { rules: acceptedRules, compiled: rest };
    const [first] = rules;
    outcome.problems.push({ file: first?.file ?? '', line: first?.line ?? 1, level: 'error', message: rest });
    return { rules: [], compiled: { languages: emptyPack, rules: {}, needs: {}, patterns: {} } };
  }

  /** The accepted rules among rejected ones: each half is tried, until only the culprits remain. */
  async #acceptedOf(
    refused: readonly Read[],
    why: string,
    program: Program,
    outcome: Outcome,
    signal: AbortSignal,
  ): Promise<Read[]> {
    const [first] = refused;
    if (refused.length === 1 && first) {
      const { line, reason } = ruleError(why, first.text, first.line);
      const { id, file } = first;
      outcome.problems.push({ file, line, level: 'error', message: `The rule ${id} was refused: ${reason}` });
      return [];
    }
    const middle = Math.ceil(refused.length / 2);
    const acceptedRules: Read[] = [];
    for (const half of [refused.slice(0, middle), refused.slice(middle)]) {
      const tried = await this.#tryLoading(half, program, outcome, signal);
      acceptedRules.push(
        ...(typeof tried === 'string' ? await this.#acceptedOf(half, tried, program, outcome, signal) : half),
      );
    }
    return acceptedRules;
  }

  /** Compiles rules and has ast-grep load them. @returns its error message if it rejects them */
  async #tryLoading(
    rules: readonly Read[],
    program: Program,
    outcome: Outcome,
    signal: AbortSignal,
  ): Promise<Compiled | string> {
    const scratch = makeTempFolder('custom-rules');
    try {
      const task = { rules: rules.map(({ key, source }) => ({ id: key, source })) };
      const made = compiled.parse(await this.#workers.run('compileAll', task, signal, readingMs));
      const parts = Object.values(made.patterns);
      const texts = parts.flatMap((part) => Object.values(part.rules));
      const shared = new Map(parts.flatMap((part) => Object.entries(part.utils)));
      const utils = { shared, wide: new Map<string, string>(), narrow: new Map<string, string>() };
      const { wide: config } = await writeConfiguration(scratch, texts, utils, made.languages);
      const file = join(scratch, 'nothing.js');
      await writeFile(file, '');
      let said = '';
      const { exitCode } = await runProcess({
        command: program.command,
        args: program.args(config, ['nothing.js']),
        ...(program.env && { env: program.env }),
        ...{ cwd: scratch, signal, maxOutput: 1_000_000, timeoutMs: loadingMs, urgent: true },
        onLine: () => undefined,
        onStderr: (text) => (said = (said + text).slice(-20_000)),
      });
      if (exitCode === 0) return withIds(made, rules);
      return (
        said
          .split('\n')
          .filter((line) => !line.startsWith('sg: '))
          .join('\n') || 'ast-grep does not accept it.'
      );
    } catch (error) {
      signal.throwIfAborted();
      outcome.isLasting = false;
      return errorMessage(error);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}

const emptyPack = { version: '', languages: {}, languageGlobs: {} };

/** The compiled rules, with the IDs that people use. */
function withIds(made: Compiled, rules: readonly Read[]): Compiled {
  const idOf = new Map(rules.map(({ key, id }) => [key, id]));
  const table = Object.entries(made.rules).map(([key, rule]) => [key, { ...rule, id: idOf.get(rule.id) ?? rule.id }]);
  return { ...made, rules: Object.fromEntries(table) as Compiled['rules'] };
}

function bare({ key, id, file, line, isWanted }: Read): CustomRule {
  return { key, id, file, line, isWanted };
}

function examplesOf({ id, file, line: start, source, exampleLines }: Read): CustomExample[] {
  return (source.examples ?? []).flatMap(({ bad, good, language }, index) =>
    (language === undefined ? source.language : [language]).flatMap((one) =>
      Object.entries({ bad, good }).flatMap(([kind, code]): CustomExample[] =>
        code === undefined
          ? []
          : [
              {
                ...{
                  file,
                  line: exampleLines[index] ?? start,
                  about: id,
                  kind: kind === 'bad' ? 'bad' : 'good',
                },
                files: { [`example.${languageSuffix[one] ?? 'txt'}`]: code },
                isFoundBy: ({ rule_id }) => rule_id === id,
              },
            ],
      ),
    ),
  );
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
