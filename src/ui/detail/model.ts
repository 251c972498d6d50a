import { l10n } from 'vscode';
import { diffOf, type DiffRow } from '../../findings/fixDiff';
import { isHttp } from '../../findings/link';
import { placeOfStep } from '../../findings/steps';
import { titleOf } from '../../findings/title';
import { weaknessTitles } from '../../findings/weaknesses';
import type { Fix, Issue } from '../../protocol';
import type { DetailModel, ShownFix, ShownStep } from '../../protocol/detailPanel';
import { editsByFile, fixFits, withEdits, type FixFile } from '../../store/fixCheck';
import type { Finding } from '../../store/findings';
import { canIgnore } from '../../store/ignoreComment';
import { place } from '../../store/placement';
import { oneLine } from '../words/plainText';
import { capitalized, confidenceWord, roleWord, severityWord } from '../words/words';
import { MaskedCode } from './codeOf';

const maxText = 4000;
const maxSteps = 200;
const maxRows = 200;

/** The input for the detail of a finding. */
export interface DetailSource {
  readonly finding: Finding;
  /** Its files and those of its flow and fix, by path; undefined for one that cannot be read. */
  readonly fileOf: (path: string) => FixFile | undefined;
  /** Code of its rule's page; may be empty. */
  readonly examples: { readonly bad: string; readonly good: string };
  /** Why it is in the baseline, if stated. */
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
  const { finding, fileOf, examples } = source;
  const { issue, folder, state } = finding;
  const code = new CodeOf(fileOf);
  const line = lineNow(issue, fileOf(issue.file));
  const flow = issue.flow ?? [];
  const canDecide = folder !== undefined && source.isTrusted;
  return {
    id: finding.id,
    title: oneLine(titleOf(issue), 120),
    severity: issue.severity,
    facts: factsOf(issue),
    place: oneLine(`${issue.file}:${line ?? issue.line}`, 300),
    canOpen: folder !== undefined,
    notes: notesOf(source, line === undefined),
    message: block(issue.message),
    snippet: flow.length > 0 ? '' : block(issue.snippet ?? '', 300),
    flow: flow.slice(0, maxSteps).map((step, at): ShownStep => {
      const own = at === flow.length - 1 && step.file === issue.file && step.line === issue.line;
      return {
        role: step.role,
        roleText: capitalized(roleWord(step.role)),
        place: oneLine(placeOfStep(step), 300),
        message: oneLine(step.message ?? '', 1000),
        code: oneLine(code.of(step.file)?.line(step.line, step.column) || (own ? (issue.snippet ?? '') : ''), 300),
      };
    }),
    flowNote: flow.length > maxSteps ? l10n.t('{0} more steps are not shown.', flow.length - maxSteps) : '',
    fix: issue.fix ? shownFix(issue, issue.fix, folder === undefined, fileOf, code) : null,
    suggestion: block(issue.suggestion ?? ''),
    bad: examples.bad,
    good: examples.good,
    links: linksOf(issue),
    can: {
      baseline: canDecide && state === 'open' && issue.fingerprint !== undefined,
      ignoreHere: folder !== undefined && state === 'open' && canIgnore(issue),
      ignoreRule: canDecide && state === 'open',
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

/** Masked code by file. */
class CodeOf {
  readonly #files = new Map<string, MaskedCode>();

  constructor(private readonly fileOf: (path: string) => FixFile | undefined) {}

  of(path: string): MaskedCode | undefined {
    const file = this.fileOf(path);
    if (!file) return undefined;
    const code = this.#files.get(path) ?? new MaskedCode(file.now);
    this.#files.set(path, code);
    return code;
  }
}

/** The current line of a finding; undefined if its code has changed. */
function lineNow(issue: Issue, file: FixFile | undefined): number | undefined {
  if (!file) return issue.line;
  const { line, stale } = place(issue, file.now.text.split(/\r\n|\r|\n/));
  // Without a snippet, only the scanned text can tell.
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
  fileOf: (path: string) => FixFile | undefined,
  code: CodeOf,
): ShownFix {
  const fits = fixFits(issue, fileOf);
  const notes = [
    ...(fits || elsewhere ? [] : [l10n.t('It cannot be applied: the code has changed since the scan.')]),
    ...(fix.safe === false ? [l10n.t('It may change what the code does.')] : []),
  ];
  const files = [...(editsByFile(issue) ?? [])].map(([path, edits]) => {
    const file = fileOf(path);
    const line = edits[0]?.start.line ?? 1;
    const hide = (text: string) => code.of(path)?.hide(text, line) ?? text;
    // If it no longer fits, the inserted text is still useful.
    const added = (): DiffRow[] =>
      edits.flatMap(({ text }) => text.split('\n').map((row) => ({ kind: 'added' as const, text: row })));
    const rows = (fits && file && diffOf(file.now.text, withEdits(file.now, edits))) || added();
    return {
      path: oneLine(path, 300),
      rows: rows.slice(0, maxRows).map(({ kind, text }) => ({ kind, text: codeLine(hide(text)) })),
    };
  });
  const title = oneLine(fix.title?.trim() || titleOf(issue), 200);
  return { title, files, canApply: fits, note: notes.join(' ') };
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

/** Multi-line text, with each line plain and truncated. */
function block(text: string, max = maxText): string {
  return text
    .slice(0, 4 * max)
    .split(/\r\n|\r|\n/)
    .slice(0, 40)
    .map((line) => oneLine(line, max))
    .join('\n')
    .trim();
}

/** A line of code with its indentation. */
function codeLine(text: string): string {
  const indent = /^[ \t]{0,200}/.exec(text)?.[0] ?? '';
  const rest = text.slice(indent.length);
  // Spaces within a line are significant in code.
  const shown = rest
    .slice(0, 300)
    .replace(/[^\P{Cc}\t]|[\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu, '\ufffd');
  return `${indent}${shown}${rest.length > 300 ? '…' : ''}`;
}
