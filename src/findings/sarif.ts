import type { Log, ReportingDescriptor, Result, Run } from 'sarif';
import type { Issue, Report, ReportMeta, Severity } from '../protocol';

const level: Readonly<Record<Severity, Result.level>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
};
/** What code hosts sort by, as CVSS would. */
const securitySeverity: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.5',
};

/** The name of the property bags that hold what SARIF has no place for; `readSarif` takes it from there. */
export const bag = 'codeagent';

/** The report as SARIF 2.1.0, one run an analyzer. */
export function writeSarif(report: Report): Log {
  const issues = report.files.flatMap((file) => file.issues);
  const ids = [...new Set([...(report.meta.analyzers ?? []).map((a) => a.id), ...issues.map((issue) => issue.tool)])];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: ids.map((id) =>
      runOf(
        report,
        id,
        issues.filter((issue) => issue.tool === id),
      ),
    ),
    properties: { [bag]: withoutPath(report.meta) },
  };
}

/** The place of a folder on somebody's disk is not for others. */
function withoutPath(meta: ReportMeta): ReportMeta {
  return meta.repo.source === 'path' ? { ...meta, repo: { ...meta.repo, url: null } } : meta;
}

function runOf(report: Report, id: string, issues: readonly Issue[]): Run {
  const analyzer = report.meta.analyzers?.find((a) => a.id === id);
  const rules = new Map<string, ReportingDescriptor>();
  for (const issue of issues) if (!rules.has(issue.rule_id)) rules.set(issue.rule_id, ruleOf(issue));
  const order = [...rules.keys()];
  return {
    tool: { driver: { name: id, ...(analyzer?.version && { version: analyzer.version }), rules: [...rules.values()] } },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: analyzer?.status === 'completed',
        ...(analyzer?.reason && {
          toolExecutionNotifications: [{ level: 'warning', message: { text: analyzer.reason } }],
        }),
      },
    ],
    results: issues.map((issue) => resultOf(issue, order.indexOf(issue.rule_id))),
  };
}

function ruleOf(issue: Issue): ReportingDescriptor {
  const cwe = (issue.cwe ?? []).map((text) => /\d+/.exec(text)?.[0]).filter((number) => number !== undefined);
  const tags = [
    'security',
    ...cwe.map((number) => `external/cwe/cwe-${number.padStart(3, '0')}`),
    ...(issue.owasp ?? []),
  ];
  return {
    id: issue.rule_id,
    ...(isHttp(issue.help_url) && { helpUri: strictUri(issue.help_url) }),
    ...(issue.suggestion && { help: { text: issue.suggestion } }),
    properties: { tags: [...new Set(tags)], 'security-severity': securitySeverity[issue.severity] },
  };
}

function resultOf(issue: Issue, ruleIndex: number): Result {
  const { line, column, end_line, end_column, fix } = issue;
  const artifactLocation = { uri: uriOf(issue.file), uriBaseId: '%SRCROOT%' };
  const { type, severity, suggestion, cwe, owasp, confidence, help_url, also_found_by } = issue;
  // A region may not end before it begins, whatever was found.
  const backwards = end_line !== undefined && end_line < line;
  return {
    ruleId: issue.rule_id,
    ruleIndex,
    level: level[severity],
    message: { text: issue.message },
    locations: [
      {
        physicalLocation: {
          artifactLocation,
          region: {
            startLine: line,
            ...(column !== undefined && { startColumn: column }),
            ...(end_line !== undefined && !backwards && { endLine: end_line }),
            ...(end_column !== undefined && { endColumn: end_column }),
            ...(issue.snippet !== undefined && { snippet: { text: issue.snippet } }),
          },
        },
      },
    ],
    ...(fix && {
      fixes: [
        {
          artifactChanges: [
            {
              artifactLocation,
              replacements: fix.edits.map(({ start, end, text }) => ({
                deletedRegion: { charOffset: start, charLength: Math.max(0, end - start) },
                insertedContent: { text },
              })),
            },
          ],
        },
      ],
    }),
    ...(issue.fingerprint !== undefined && { partialFingerprints: { 'codeagent/v1': issue.fingerprint } }),
    properties: {
      [bag]: {
        ...{ type, severity, suggestion, cwe, owasp, confidence, help_url, also_found_by },
        ...(backwards && { end_line }),
      },
    },
  };
}

/** A path as a relative URI. Half a surrogate pair, which no URI can hold, becomes the replacement character. */
function uriOf(path: string): string {
  return path
    .split('/')
    .map((part) => encodeURIComponent(part.replace(/\p{Cs}/gu, '\ufffd')))
    .join('/');
}

/** A link as RFC 3986 has it: browsers leave a few characters as they are. */
function strictUri(url: string): string {
  return new URL(url).href.replace(/["<>\\^`{|}]/g, encodeURIComponent);
}

/** Whether a link leads to the web and nowhere else. */
export function isHttp(url: string | undefined): url is string {
  return url !== undefined && /^https?:\/\//i.test(url) && URL.canParse(url);
}
