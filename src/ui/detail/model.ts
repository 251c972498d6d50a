import { l10n } from 'vscode';
import type { DiffRow } from '../../findings/fixDiff';
import { isHttp } from '../../findings/link';
import { placeOfStep } from '../../findings/steps';
import { titleOf } from '../../findings/title';
import { weaknessTitles } from '../../findings/weaknesses';
import type { Fix, Issue } from '../../protocol';
import type { DetailModel, ShownFix, ShownStep } from '../../protocol/detailPanel';
import { diffOfEdits, editsByFile, fixObstacle, type FindingFile, type FixObstacle } from '../../store/fixCheck';
import { folderOf, type Finding } from '../../store/findings';
import { canIgnore } from '../../store/ignoreComment';
import { placedFlow, type PlacedStep } from '../../store/placedFlow';
import { place } from '../../store/placement';
import { oneLine } from '../words/plainText';
import { capitalized, confidenceWord, roleWord, severityWord } from '../words/words';
import { MaskedCode } from './codeOf';
import { helpBlocks } from './help';
import { block, codeLine } from './plain';

export const maxSteps = 200;
const maxRows = 200;

/** The input for the detail of a finding. */
export interface DetailSource {
  readonly finding: Finding;
  /** Its files and those of its flow and fix, by path; undefined for one that cannot be read. */
  readonly fileOf: (path: string) => FindingFile | undefined;
  /** Which of the findings on its line it is, from 0. */
  readonly here?: { readonly index: number; readonly count: number };
  /** Code of its rule's page; may be empty. */
  readonly examples: { readonly bad: string; readonly good: string };
  /** Its tool's description of the rule, as Markdown. */
  readonly help?: string | undefined;
  /** Why it is in the baseline, if that is said. */
  readonly reason: string | undefined;
  /** Until when it is in the baseline, if stated, and whether that has passed. */
  readonly expires?: string | undefined;
  readonly expired?: boolean;
  /** Whether the latest scan no longer finds it. */
  readonly gone: boolean;
  readonly isTrusted: boolean;
}

/** What the detail view shows for a finding. Any of its texts may be hostile or megabytes long. */
export function detailModelOf(source: DetailSource): DetailModel {
  const { finding, fileOf, examples, here } = source;
  const { issue, folder, state } = finding;
  const line = lineNow(issue, fileOf(issue.file));
  const flow = placedFlow(issue, fileOf);
  const canDecide = folder !== undefined && source.isTrusted;
  return {
    id: finding.id,
    title: oneLine(titleOf(issue), 120),
    severity: issue.severity,
    facts: factsOf(issue),
    place: oneLine(`${issue.file}:${line ?? issue.line}`, 300),
    canOpen: folder !== undefined,
    here: here && here.count > 1 ? here : null,
    notes: notesOf(source, line === undefined),
    message: block(issue.message),
    snippet: flow.length > 0 ? '' : block(issue.snippet ?? '', 300),
    flow: flow.slice(0, maxSteps).map((placed, at) => shownStep(placed, issue, at === flow.length - 1, fileOf)),
    flowNote: flowNote(flow),
    fix: issue.fix ? shownFix(issue, issue.fix, folder === undefined, fileOf) : null,
    suggestion: block(issue.suggestion ?? ''),
    bad: examples.bad,
    good: examples.good,
    help: helpBlocks(source.help ?? ''),
    links: linksOf(issue),
    can: {
      baseline: canDecide && state === 'open' && issue.fingerprint !== undefined,
      ignoreHere: folder !== undefined && state === 'open' && canIgnore(issue),
      ignoreRule: canDecide && state === 'open',
      ignoreInFolder: canDecide && state === 'open' && folderOf(issue.file) !== '',
      restore: canDecide && (state === 'known' || (state === 'ignored' && finding.decision === undefined)),
      explainDecision: state !== 'open',
    },
  };
}

/** The files that {@link detailModelOf} reads. */
export function pathsOf(issue: Issue): string[] {
  const steps = (issue.flow ?? []).slice(0, maxSteps).map(({ file }) => file);
  return [issue.file, ...steps, ...(editsByFile(issue)?.keys() ?? [])];
}

function shownStep(
  { step, stale }: PlacedStep,
  issue: Issue,
  isLast: boolean,
  fileOf: (path: string) => FindingFile | undefined,
): ShownStep {
  const file = fileOf(step.file);
  const own = isLast && step.file === issue.file && step.line === issue.line;
  const code = file && MaskedCode.of(file.now).line(step.line, step.column);
  const place = oneLine(placeOfStep(step), 300);
  return {
    role: step.role,
    roleText: capitalized(roleWord(step.role)),
    place: stale ? l10n.t('{0} (changed since the scan)', place) : place,
    message: oneLine(step.message ?? '', 1000),
    code: oneLine(code || (own ? (issue.snippet ?? '') : ''), 300),
  };
}

function flowNote(flow: readonly PlacedStep[]): string {
  const unsure = new Set(flow.flatMap(({ step, isUnsure }) => (isUnsure ? [step.file] : [])));
  const [first = ''] = unsure;
  return [
    ...(flow.length > maxSteps ? [l10n.t('{0} more steps are not shown.', flow.length - maxSteps)] : []),
    ...(unsure.size === 1
      ? [l10n.t('{0} has changed since the scan: its steps may be on other lines now.', oneLine(first, 300))]
      : []),
    ...(unsure.size > 1
      ? [l10n.t('{0} files have changed since the scan: their steps may be on other lines now.', unsure.size)]
      : []),
  ].join(' ');
}

/** The current line of a finding; undefined if its code has changed. */
function lineNow(issue: Issue, file: FindingFile | undefined): number | undefined {
  if (!file) return issue.line;
  const { line, stale } = place(issue, file.now.lines);
  // Without a snippet, only the scanned text shows it.
  const isOther = file.scanned !== undefined && file.scanned.lineOf(issue.line) !== file.now.lineOf(line);
  return stale || isOther ? undefined : line;
}

function factsOf(issue: Issue): string[] {
  return [
    capitalized(severityWord(issue.severity)),
    ...(issue.confidence ? [l10n.t('{0} confidence', confidenceWord(issue.confidence))] : []),
    oneLine(issue.rule_id, 120),
    oneLine([issue.tool, ...(issue.also_found_by ?? [])].join(', '), 120),
  ];
}

function notesOf({ finding, fileOf, reason, expires, expired, gone }: DetailSource, stale: boolean): string[] {
  const { folder, issue, state, decision } = finding;
  const why = oneLine(reason ?? decision?.reason ?? '', 1000);
  const place = decision?.file === undefined ? '' : oneLine(`${decision.file}:${decision.line ?? 1}`, 300);
  const stateNotes = {
    open: [],
    known: [why === '' ? l10n.t('In the baseline.') : l10n.t('In the baseline: {0}', why)],
    ignored: [why === '' ? l10n.t('Ignored.') : l10n.t('Ignored: {0}', why)],
  };
  if (gone) return [l10n.t('The latest scan no longer finds this.')];
  return [
    ...stateNotes[state],
    ...(place !== '' && state !== 'open' ? [l10n.t('Decided in {0}.', place)] : []),
    ...(expires !== undefined && state === 'known' ? [l10n.t('Until {0}.', oneLine(expires, 40))] : []),
    ...(expires !== undefined && expired === true && state === 'open'
      ? [l10n.t('Its entry in the baseline has expired ({0}).', oneLine(expires, 40))]
      : []),
    ...(folder === undefined ? [l10n.t('Its code is not open in this window.')] : []),
    ...(folder !== undefined && !fileOf(issue.file) ? [l10n.t('Its file cannot be read.')] : []),
    ...(stale ? [l10n.t('The code has changed since the scan.')] : []),
  ];
}

function shownFix(
  issue: Issue,
  fix: Fix,
  elsewhere: boolean,
  fileOf: (path: string) => FindingFile | undefined,
): ShownFix {
  const obstacle = fixObstacle(issue, fileOf);
  const fits = obstacle === undefined;
  const notes = [
    ...(fits || elsewhere ? [] : [obstacleText(obstacle)]),
    ...(fix.safe === false ? [l10n.t('It may change what the code does.')] : []),
  ];
  const files = [...(editsByFile(issue) ?? [])].map(([path, edits]) => {
    const file = fileOf(path);
    const line = edits[0]?.start.line ?? 1;
    const hide = (text: string) => (file ? MaskedCode.of(file.now).hide(text, line) : text);
    // Where it no longer fits, what it would put there still says something.
    const added = (): DiffRow[] =>
      edits.flatMap(({ text }) => text.split('\n').map((row) => ({ kind: 'added' as const, text: row })));
    const rows = (fits && file && diffOfEdits(file.now, edits)) || added();
    return {
      path: oneLine(path, 300),
      rows: rows.slice(0, maxRows).map(({ kind, text }) => ({ kind, text: codeLine(hide(text)) })),
    };
  });
  const title = oneLine(fix.title?.trim() || titleOf(issue), 200);
  return { title, files, canApply: fits, note: notes.join(' ') };
}

function obstacleText(obstacle: FixObstacle): string {
  if (obstacle.why === 'changed') return l10n.t('It cannot be applied: the code has changed since the scan.');
  const file = oneLine(obstacle.file, 300);
  return l10n.t('It cannot be applied: the imported report does not say which version of {0} was scanned.', file);
}

function linksOf({ cwe = [], help_url: help, owasp = [] }: Issue): DetailModel['links'] {
  const links = cwe.slice(0, 20).flatMap((id) => {
    const number = /^CWE-(\d{1,5})$/i.exec(id)?.[1];
    if (number === undefined) return [];
    const title = weaknessTitles[Number(number)];
    const text = title === undefined ? `CWE-${number}` : `CWE-${number}: ${title}`;
    return [{ text, url: `https://cwe.mitre.org/data/definitions/${number}.html` }];
  });
  const [category] = owasp;
  if (isHttp(help) && help.length < 2000)
    links.push({ text: oneLine(category ? `${category} · ${hostOf(help)}` : hostOf(help), 120), url: help });
  return links;
}

function hostOf(url: string): string {
  return l10n.t('More on {0}', new URL(url).host);
}
