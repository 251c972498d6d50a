import { createHash } from 'node:crypto';
import type { PolicyProblem } from '../../protocol';
import type { Analyzer, CustomExample, CustomPart, CustomRules, RunPlace } from '../../engines/engine/engine';
import type { Gaps } from '../../findings/coverage';
import { addUnread } from '../../findings/policy/load';
import { readCustomFiles, type CustomFile, type RulePackFolder } from '../../findings/policy/customFiles';
import { maskSecrets } from '../../findings/secrets/maskSecrets';
import { policyFolder } from '../../findings/policy/policyFolder';
import type { JobRequest } from '../job/jobRequest';

/** A team's custom rules and models, and the problems in their files. */
export interface CustomRead {
  /** Undefined if there are none. */
  readonly rules: CustomRules | undefined;
  readonly problems: readonly PolicyProblem[];
  readonly examples: readonly CustomExample[];
}

export const noCustomRules: CustomRead = { rules: undefined, problems: [], examples: [] };

export interface CustomOptions {
  /** The analyzers that may support custom rules. */
  readonly analyzers: readonly Analyzer[];
  readonly packs: readonly RulePackFolder[];
  /** The IDs of the built-in rules. */
  readonly ruleIds: ReadonlySet<string> | undefined;
  /** `none`: the folder is not trusted to hide anything. Its rules can only add findings; its models may declare data harmless. */
  readonly policy: JobRequest['policy'];
  readonly place: RunPlace;
  readonly gaps: Gaps;
  readonly signal: AbortSignal;
}

const untrustedModels =
  'Custom models were not applied, because nothing may hide findings here: a model can declare data harmless.';

/** Reads the custom rules and models of a folder and of rule packs. Unreadable parts are problems and gaps. @throws the signal's reason */
export async function readCustomRules(root: string, options: CustomOptions): Promise<CustomRead> {
  const { files: all, problems } = await readCustomFiles(root, options.packs);
  const isLeftOut = ({ kind, file }: CustomFile) =>
    options.policy === 'none' && kind === 'model' && file.startsWith(`${policyFolder}/`);
  const leftOut = all.filter(isLeftOut);
  if (leftOut.length > 0)
    options.gaps.add(
      'rules_ignored',
      null,
      untrustedModels,
      leftOut.map(({ file }) => file),
    );
  const read = await readFiles(
    all.filter((one) => !isLeftOut(one)),
    options,
  );
  const allProblems = [...problems, ...read.problems].map((problem) => ({
    ...problem,
    message: maskSecrets(problem.message),
    about: 'rules' as const,
  }));
  addUnread(allProblems, options.gaps);
  return { ...read, problems: allProblems };
}

/** What the analyzers read from the files. @throws the signal's reason */
export async function readFiles(
  files: readonly CustomFile[],
  { analyzers, ruleIds, place, signal }: Pick<CustomOptions, 'analyzers' | 'ruleIds' | 'place' | 'signal'>,
): Promise<CustomRead> {
  if (files.length === 0) return noCustomRules;
  const lower = new Set([...(ruleIds ?? [])].map((id) => id.toLowerCase()));
  const isTaken = (id: string) => lower.has(id.toLowerCase());
  const read: [string, CustomPart][] = [];
  for (const analyzer of analyzers) {
    const part = await analyzer.readCustom?.(files, { place, signal, isTaken });
    if (part) read.push([analyzer.id, part]);
  }
  const parts = read.filter(([, { part }]) => part !== undefined).map(([id, { part }]) => [id, part] as const);
  const version = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
  return {
    rules:
      parts.length > 0
        ? { version, ids: new Set(read.flatMap(([, { ids }]) => ids)), parts: new Map(parts) }
        : undefined,
    problems: read.flatMap(([, part]) => part.problems),
    examples: read.flatMap(([, part]) => part.examples),
  };
}
