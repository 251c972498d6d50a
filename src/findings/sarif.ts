import type {
  Fix,
  Invocation,
  Location,
  Log,
  Notification,
  PhysicalLocation,
  ReportingDescriptor,
  Result,
  Run,
  Suppression,
  ToolComponent,
} from 'sarif';
import { isHttp } from './link';
import { loweredLine } from './lowered';
import { escapeMarkdown } from './markdown';
import { titleOf } from './title';
import { weaknessPage, weaknessTitles } from './weaknesses';
import {
  relativePath,
  type FlowStep,
  type Gap,
  type Issue,
  type Report,
  type ReportAnalyzer,
  type ReportMeta,
  type Severity,
} from '../protocol';

const level: Readonly<Record<Severity, Result.level>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
};
/** CVSS-like scores, by which code hosts sort. */
const securitySeverity: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.5',
};

/** The property bag for data that SARIF has no place for; `readSarif` reads it back. */
export const bag = 'codeagent';

/** The run that describes the scan itself: its gaps, and findings that were rated lower. */
const scanner = 'CodeAgent Scanner';

/** Where to read more about the tool. */
const pages: Readonly<Record<string, string>> = {
  secretlint: 'https://github.com/secretlint/secretlint',
  'ast-grep': 'https://ast-grep.github.io/',
  ruff: 'https://docs.astral.sh/ruff/rules/#flake8-bandit-s',
  redos: 'https://github.com/RunDevelopment/scslre',
  osv: 'https://osv.dev/',
  bandit: 'https://bandit.readthedocs.io/',
  gitleaks: 'https://github.com/gitleaks/gitleaks',
  gosec: 'https://github.com/securego/gosec',
  'osv-scanner': 'https://google.github.io/osv-scanner/',
  'pip-audit': 'https://github.com/pypa/pip-audit',
  semgrep: 'https://semgrep.dev/',
  trivy: 'https://trivy.dev/',
};

/** The report as SARIF 2.1.0, with one run per analyzer. */
export function writeSarif(report: Report): Log {
  const gaps = report.meta.coverage?.gaps ?? [];
  const byTool = new Map<string, Issue[]>();
  for (const { id } of report.meta.analyzers ?? []) byTool.set(id, []);
  for (const { analyzer } of gaps) byTool.set(analyzer ?? scanner, byTool.get(analyzer ?? scanner) ?? []);
  const lowered = loweredLine(report);
  if (lowered !== undefined && !byTool.has(scanner)) byTool.set(scanner, []);
  for (const issue of report.files.flatMap((file) => file.issues)) {
    const issues = byTool.get(issue.tool);
    if (issues) issues.push(issue);
    else byTool.set(issue.tool, [issue]);
  }
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [...byTool].map(([id, issues]) => {
      const own = gaps.filter(({ analyzer }) => (analyzer ?? scanner) === id);
      const run = runOf(report, id, issues, own);
      return id === scanner && lowered !== undefined ? withNote(run, lowered) : run;
    }),
    properties: { [bag]: withoutPath(report.meta) },
  };
}

/** Leaves out the local path of a folder, which is private. */
function withoutPath(meta: ReportMeta): ReportMeta {
  return meta.repo.source === 'path' ? { ...meta, repo: { ...meta.repo, url: null } } : meta;
}

function runOf(report: Report, id: string, issues: readonly Issue[], gaps: readonly Gap[]): Run {
  const analyzer = report.meta.analyzers?.find((a) => a.id === id);
  const weaknesses = [...new Set(issues.flatMap((issue) => numbersOf(issue.cwe)))].sort((a, b) => a - b);
  const rules = new Map<string, { rule: ReportingDescriptor; index: number }>();
  for (const issue of issues)
    if (!rules.has(issue.rule_id)) {
      const rule = ruleOf(issue, weaknesses, report.meta.rule_help?.[id]?.[issue.rule_id]);
      rules.set(issue.rule_id, { rule, index: rules.size });
    }
  const page = pages[id];
  return {
    tool: {
      driver: {
        name: id,
        ...(page !== undefined && { informationUri: page }),
        ...(analyzer?.version && { version: analyzer.version }),
        rules: [...rules.values()].map(({ rule }) => rule),
        ...(weaknesses.length > 0 && { supportedTaxonomies: [{ name: cwe, index: 0 }] }),
      },
    },
    ...(weaknesses.length > 0 && { taxonomies: [taxonomyOf(weaknesses)] }),
    columnKind: 'utf16CodeUnits',
    invocations: [invocationOf(analyzer, gaps)],
    results: issues.map((issue) => resultOf(issue, rules.get(issue.rule_id)?.index ?? -1)),
  };
}

/** Adds notes that are not gaps to the tool's notifications. */
function withNote(run: Run, text: string): Run {
  const note: Notification = { level: 'note', message: { text }, descriptor: { id: 'rated_lower' } };
  const invocations = (run.invocations ?? []).map((invocation) => ({
    ...invocation,
    toolExecutionNotifications: [...(invocation.toolExecutionNotifications ?? []), note],
  }));
  return { ...run, invocations };
}

/** Gaps that mean that the analyzer scanned little or nothing. */
const failures = new Set([
  'analyzer_failed',
  'analyzer_unavailable',
  'timed_out',
  'lookup_failed',
  'damaged_installation',
]);

function invocationOf(analyzer: ReportAnalyzer | undefined, gaps: readonly Gap[]): Invocation {
  const notifications = gaps.map(notificationOf);
  const reason = analyzer?.reason;
  if (reason && !gaps.some((gap) => gap.reason === reason))
    notifications.push({ level: analyzer.status === 'failed' ? 'error' : 'warning', message: { text: reason } });
  const completed = analyzer === undefined || analyzer.status === 'completed';
  return {
    executionSuccessful: completed && !gaps.some(({ kind }) => failures.has(kind)),
    ...(notifications.length > 0 && { toolExecutionNotifications: notifications }),
  };
}

function notificationOf({ kind, analyzer, reason, files, examples }: Gap): Notification {
  const locations = [...new Set(examples)].map((path) => ({
    physicalLocation: { artifactLocation: locationOf(path) },
  }));
  return {
    level: failures.has(kind) ? 'error' : 'warning',
    message: { text: reason },
    descriptor: { id: kind },
    ...(locations.length > 0 && { locations }),
    properties: { [bag]: { kind, analyzer, files } },
  };
}

/** The taxonomy, as the components of a run refer to it. */
const cwe = 'CWE';

function taxonomyOf(numbers: readonly number[]): ToolComponent {
  return {
    name: cwe,
    organization: 'MITRE',
    shortDescription: { text: 'The MITRE Common Weakness Enumeration' },
    informationUri: 'https://cwe.mitre.org/',
    isComprehensive: false,
    taxa: numbers.map((number) => {
      const title = weaknessTitles[number];
      return {
        id: String(number),
        helpUri: weaknessPage(number),
        ...(title !== undefined && { shortDescription: { text: title } }),
      };
    }),
  };
}

function numbersOf(ids: readonly string[] | undefined): number[] {
  return (ids ?? []).flatMap((text) => {
    const number = /^\D*(\d{1,6})/.exec(text)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

/**
 * @param weaknesses those of the run's taxonomy, in its order
 * @param help the tool's description of the rule, if an imported report had it
 */
function ruleOf(issue: Issue, weaknesses: readonly number[], help: string | undefined): ReportingDescriptor {
  const numbers = [...new Set(numbersOf(issue.cwe))];
  const tags = [
    'security',
    ...numbers.map((number) => `external/cwe/cwe-${String(number).padStart(3, '0')}`),
    ...(issue.owasp ?? []),
  ];
  return {
    id: issue.rule_id,
    shortDescription: { text: titleOf(issue) },
    fullDescription: { text: issue.message },
    ...(isHttp(issue.help_url) && { helpUri: strictUri(issue.help_url) }),
    help: help === undefined ? helpOf(issue, numbers) : { text: help, markdown: help },
    ...(numbers.length > 0 && {
      relationships: numbers.map((number) => ({
        target: { id: String(number), index: weaknesses.indexOf(number), toolComponent: { name: cwe, index: 0 } },
        kinds: ['superset'],
      })),
    }),
    properties: { tags: [...new Set(tags)], 'security-severity': securitySeverity[issue.severity] },
  };
}

/** What code hosts show next to a finding, as text and as Markdown. */
function helpOf(issue: Issue, numbers: readonly number[]): { text: string; markdown: string } {
  const page = isHttp(issue.help_url) ? strictUri(issue.help_url) : undefined;
  const said = [issue.message, issue.suggestion].filter((text) => text !== null && text !== '') as string[];
  const links = [
    ...(page === undefined ? [] : [`[More on this](<${page}>)`]),
    ...numbers.map((number) => `[CWE-${number}](${weaknessPage(number)})`),
  ];
  return {
    text: [...said, ...(page === undefined ? [] : [page])].join('\n\n') || titleOf(issue),
    markdown: [
      `**${escapeMarkdown(titleOf(issue))}**`,
      ...said.map(escapeMarkdown),
      ...(links.length > 0 ? [links.join(' · ')] : []),
    ].join('\n\n'),
  };
}

function resultOf(issue: Issue, ruleIndex: number): Result {
  const { end_line, end_column, fix, flow } = issue;
  const { type, title, severity, suggestion, cwe, owasp, confidence, help_url, aliases, also_found_by } = issue;
  const { package: installed, committed } = issue;
  const backwards = isBackwards(issue);
  return {
    ruleId: issue.rule_id,
    ruleIndex,
    level: level[severity],
    message: { text: issue.message },
    locations: [{ physicalLocation: placeOf(issue.file, issue, issue.snippet) }],
    ...(flow && flow.length > 0 && { codeFlows: [{ threadFlows: [{ locations: flow.map(stepOf) }] }] }),
    ...(fix && { fixes: [fixOf(fix, issue.file)] }),
    ...(issue.suppression && { suppressions: [suppressionOf(issue.suppression)] }),
    ...(issue.fingerprint !== undefined && { partialFingerprints: { 'codeagent/v1': issue.fingerprint } }),
    properties: {
      [bag]: {
        ...{ type, title, severity, suggestion, cwe, owasp, confidence, help_url, aliases, also_found_by },
        ...(installed && { package: installed }),
        ...(committed && { committed }),
        ...(backwards && { end_line, end_column }),
      },
    },
  };
}

type Range = Pick<FlowStep, 'line' | 'column' | 'end_line' | 'end_column'>;

/** Whether an issue ends before it begins, which a region must not. */
function isBackwards({ line, column = 1, end_line = line, end_column = Infinity }: Range): boolean {
  return end_line < line || (end_line === line && end_column < column);
}

function placeOf(file: string, range: Range, snippet?: string): PhysicalLocation {
  const { line, column, end_line, end_column } = range;
  const hasEnd = !isBackwards(range);
  return {
    artifactLocation: locationOf(file),
    region: {
      startLine: line,
      ...(column !== undefined && { startColumn: column }),
      ...(end_line !== undefined && hasEnd && { endLine: end_line }),
      ...(end_column !== undefined && hasEnd && { endColumn: end_column }),
      ...(snippet !== undefined && { snippet: { text: snippet } }),
    },
  };
}

function locationOf(file: string): { uri: string; uriBaseId: string } {
  return { uri: uriOf(file), uriBaseId: '%SRCROOT%' };
}

function stepOf({ file, message, role, ...range }: FlowStep): { location: Location; kinds: string[] } {
  const text = message !== undefined && { message: { text: message } };
  return { location: { physicalLocation: placeOf(file, range), ...text }, kinds: [role] };
}

function fixOf({ title, edits, safe, refresh }: NonNullable<Issue['fix']>, file: string): Fix {
  const byFile = new Map<string, typeof edits>();
  for (const edit of edits) byFile.set(edit.file ?? file, [...(byFile.get(edit.file ?? file) ?? []), edit]);
  return {
    ...(title !== undefined && { description: { text: title } }),
    artifactChanges: [...byFile].map(([path, changes]) => ({
      artifactLocation: locationOf(path),
      replacements: changes.map(({ start, end, text }) => ({
        deletedRegion: {
          startLine: start.line,
          startColumn: start.column,
          endLine: end.line,
          endColumn: end.column,
        },
        insertedContent: { text },
      })),
    })),
    ...((safe !== undefined || refresh) && { properties: { [bag]: { safe, refresh } } }),
  };
}

function suppressionOf(suppression: NonNullable<Issue['suppression']>): Suppression {
  const { kind, reason, by, expires, state, origin, file, line } = suppression;
  return {
    kind: kind === 'inSource' ? 'inSource' : 'external',
    status: state,
    ...(reason !== null && { justification: reason }),
    // SARIF only allows paths in the scanned tree, and a configuration from elsewhere is not in it.
    ...(line !== undefined &&
      relativePath.safeParse(file).success && {
        location: { physicalLocation: { artifactLocation: locationOf(file ?? ''), region: { startLine: line } } },
      }),
    properties: { [bag]: { kind, reason, by, expires, origin, file, line } },
  };
}

/** A path as a relative URI. Lone surrogates, which URIs cannot contain, become replacement characters. */
function uriOf(path: string): string {
  return path
    .split('/')
    .map((part) => encodeURIComponent(part.replace(/\p{Cs}/gu, '\ufffd')))
    .join('/');
}

/** Escapes a link strictly by RFC 3986, which browsers do not. */
function strictUri(url: string): string {
  return new URL(url).href.replace(/["<>\\^`{|}]/g, encodeURIComponent);
}
