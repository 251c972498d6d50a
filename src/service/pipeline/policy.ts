import type { PolicyProblem, Report, ReportPolicy } from '../../protocol';
import type { Analyzer } from '../../engines/engine/engine';
import type { Gaps } from '../../findings/coverage';
import { addUnread, loadPolicy, readMarkers } from '../../findings/policy/load';
import {
  analyzerUse,
  applyPolicy,
  isKnownRule,
  noPolicy,
  problemsOf,
  withChosenAnalyzers,
  type Policy,
} from '../../findings/policy/policy';
import type { SourceFile } from '../../sources/sourceFile';
import type { JobRequest } from '../job/jobRequest';
import type { CustomRead } from './customRules';

/** The policy of one scan. */
export interface ScanPolicy {
  readonly policy: Policy;
  /** False if no decisions apply, not even those in comments. */
  readonly applied: boolean;
  readonly problems: readonly PolicyProblem[];
}

/** The policy of a scan whose source was never opened. */
export const policyNotApplied: ScanPolicy = { policy: noPolicy, applied: false, problems: [] };

/** Loads the policy of the folder to scan. Unreadable parts are gaps. */
export async function openPolicy(
  root: string,
  { policy, config, defaultAnalyzers }: Pick<JobRequest, 'policy' | 'config' | 'defaultAnalyzers'>,
  gaps: Gaps,
): Promise<ScanPolicy> {
  if (policy === 'none') return policyNotApplied;
  const { policy: own, problems } = await loadPolicy(root, config);
  addUnread(problems, gaps);
  return { policy: defaultAnalyzers ? own : withChosenAnalyzers(own), applied: true, problems };
}

/** Adds a warning about decisions in folders below the scanned one, which do not apply. */
export function warnAboutNested(scan: ScanPolicy, files: readonly SourceFile[]): ScanPolicy {
  const decisions = files.filter(({ path }) =>
    /\/\.codeagent\/(?:config\.json|baseline\.json|rules\/|models\/)/.test(path),
  );
  const [first] = decisions;
  if (!scan.applied || !first) return scan;
  const folders = [...new Set(decisions.map(({ path }) => path.slice(0, path.indexOf('/.codeagent/'))))];
  const others =
    folders.length === 1
      ? ''
      : ` (nor does that of ${folders.slice(1, 6).join(', ')}${folders.length > 6 ? ' …' : ''})`;
  const message = `This has no effect here, since only the .codeagent of the scanned folder counts${others}.`;
  return { ...scan, problems: [...scan.problems, { file: first.path, line: 1, level: 'warning', message }] };
}

/** The patterns with which the configuration limits a scan's files. */
export function scopeOf({ policy }: ScanPolicy): {
  readonly exclude: readonly string[];
  readonly within: readonly string[];
} {
  const { exclude = [], include = [] } = policy.config?.config ?? {};
  return { exclude, within: include };
}

/** The analyzers of a scan: its own without those that the configuration turns off, plus those that it turns on. */
export function analyzersBy(
  { policy }: ScanPolicy,
  chosen: readonly Analyzer[],
  others: readonly Analyzer[],
): { readonly analyzers: Analyzer[]; readonly off: Analyzer[]; readonly on: Analyzer[] } {
  const useOf = ({ id }: Analyzer) => analyzerUse(policy, id)?.use;
  const off = chosen.filter((one) => useOf(one) === 'off');
  const on = others.filter((one) => useOf(one) === 'on');
  return { analyzers: [...chosen.filter((one) => !off.includes(one)), ...on], off, on };
}

/** The files that an analyzer may read: without those for which an override turns it off. */
export function filesFor({ policy }: ScanPolicy, id: string, files: readonly SourceFile[]): readonly SourceFile[] {
  if ((policy.config?.config.overrides ?? []).every(({ analyzers }) => analyzers === undefined)) return files;
  return files.filter(({ path }) => analyzerUse(policy, id, path)?.use !== 'off');
}

export interface ApplyOptions {
  readonly root: string;
  readonly scan: ScanPolicy;
  readonly own: CustomRead;
  /** The IDs of the built-in rules, to detect unknown ones; undefined if they are not known. */
  readonly ruleIds: ReadonlySet<string> | undefined;
  /** IDs of all of the service's analyzers. */
  readonly analyzers: readonly string[];
  /** Whether external analyzers have run, whose rules cannot be listed. */
  readonly external: boolean;
}

/** Rates and suppresses findings according to the policy, and adds remarks about it. */
export async function rateAndSuppress(
  files: Report['files'],
  { root, scan, own, ruleIds, analyzers, external }: ApplyOptions,
): Promise<{ readonly files: Report['files']; readonly policy: ReportPolicy }> {
  const { policy, applied, problems } = scan;
  if (!applied) return { files, policy: { applied: false, config: null, problems: [...own.problems] } };
  const now = Date.now();
  const markers = await readMarkers(
    root,
    files.map(({ path }) => path),
  );
  const decided = applyPolicy(files, policy, (file) => markers.get(file), now);
  const issues = decided.flatMap((file) => file.issues);
  const known = ruleIds && new Set([...ruleIds, ...(own.rules?.ids ?? [])]);
  const isRuleId = known ? isKnownRule(known, external) : () => true;
  // A comment may be meant for a tool that runs elsewhere.
  const mayBeRule = known ? isKnownRule(known, true) : () => true;
  const inComments = [...markers].flatMap(([file, { mistakes, named }]) => [
    ...mistakes.map(({ line, message }): PolicyProblem => ({ file, line, level: 'warning', message })),
    ...named.flatMap(({ line, id }): PolicyProblem[] =>
      mayBeRule(id) || issues.some(({ rule_id }) => rule_id === id)
        ? []
        : [{ file, line, level: 'warning', message: `There is no rule "${id}": this comment hides nothing.` }],
    ),
  ]);
  const { file = null, config } = policy.config ?? {};
  return {
    files: decided,
    policy: {
      applied,
      config: file,
      ...(config?.failOn && { fail_on: config.failOn }),
      ...(config?.strict !== undefined && { strict: config.strict }),
      problems: [
        ...problems,
        ...own.problems,
        ...problemsOf(policy, issues, { isRuleId, analyzers, now }),
        ...inComments,
      ],
    },
  };
}
