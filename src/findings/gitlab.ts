import { createHash } from 'node:crypto';
import { isSuppressed, type Issue, type Report, type Severity } from '../protocol';
import { gapLine } from './coverage';
import { identity } from './compareReports';
import { plain } from './html';
import { isHttp } from './link';
import { filesWorstFirst } from './order';
import { stepLine } from './steps';
import { suppressedCount } from './suppressed';
import { titleOf } from './title';
import { weaknessPage } from './weaknesses';

/** GitLab's security reports, each of which is a separate artifact (`artifacts:reports:sast`, and so on). */
export type GitlabType = 'sast' | 'secret_detection' | 'dependency_scanning';

/** https://gitlab.com/gitlab-org/security-products/security-report-schemas */
const schemaVersion = '15.0.7';
const schemas = 'https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw';
const limits = { name: 255, solution: 7000, description: 1_048_576 };
/** Stands in for the commit of a secret in the working tree, as with GitLab's own scanner. */
const noCommit = '0000000';

const severityNames: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
};

/** The name of the package manager in a dependency report, by OSV's name of the ecosystem. */
const packageManagers: Readonly<Record<string, string>> = {
  npm: 'npm',
  PyPI: 'pip',
  Go: 'go',
  'crates.io': 'cargo',
  RubyGems: 'bundler',
  Packagist: 'composer',
  Maven: 'maven',
  NuGet: 'nuget',
  Hex: 'hex',
  Pub: 'pub',
};

/**
 * The open findings as a GitLab security report, schema version 15.
 * @param type `all`: every finding, as a SAST report; otherwise only those that belong in a report of this type
 * @param version of CodeAgent Scanner
 */
export function writeGitlab(report: Report, type: GitlabType | 'all', version: string): string {
  const wanted = type === 'all' ? 'sast' : type;
  const issues = filesWorstFirst(report)
    .flatMap(({ issues: some }) => some)
    .filter((issue) => !isSuppressed(issue) && (type === 'all' || typeOf(issue) === wanted));
  const end = Date.parse(report.meta.generated_at);
  const gaps = report.meta.coverage?.gaps ?? [];
  const suppressed = suppressedCount(report);
  const messages = [
    ...(report.meta.partial ? [{ level: 'warn', value: 'Partial: the scan ended early.' }] : []),
    ...gaps.map((gap) => ({ level: 'warn', value: plain(gapLine(gap)) })),
    ...(suppressed === undefined ? [] : [{ level: 'info', value: `Not listed: ${suppressed}.` }]),
  ];
  const scanner = {
    id: 'codeagent',
    name: 'CodeAgent Scanner',
    version,
    vendor: { name: 'CodeAgent' },
  };
  const document = {
    version: schemaVersion,
    schema: `${schemas}/v${schemaVersion}/dist/${wanted.replace('_', '-')}-report-format.json`,
    scan: {
      analyzer: scanner,
      scanner,
      type: wanted,
      start_time: timeOf(end - report.meta.duration_ms),
      end_time: timeOf(end),
      status: 'success',
      ...(messages.length > 0 && { messages }),
    },
    vulnerabilities: issues.map((issue) => vulnerabilityOf(issue, wanted, report.meta.repo.commit)),
    ...(wanted === 'dependency_scanning' && { dependency_files: dependencyFiles(issues) }),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function typeOf({ type }: Issue): GitlabType {
  if (type === 'secret') return 'secret_detection';
  return type === 'dependency' ? 'dependency_scanning' : 'sast';
}

/** The times that the format can express, in ms: years with four digits. */
const [earliest, latest] = [Date.parse('0000-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59Z')];

/** UTC, to the second, without a zone. A report may come from anywhere, and contain impossible times. */
function timeOf(ms: number): string {
  const clamped = Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, earliest), latest);
  return new Date(clamped).toISOString().slice(0, 19);
}

function vulnerabilityOf(issue: Issue, type: GitlabType, commit: string | null): object {
  const { flow = [], suggestion, help_url, fingerprint } = issue;
  const path = flow.length > 0 ? `\n\nFlow:\n${flow.map((step, at) => `${at + 1}. ${stepLine(step)}`).join('\n')}` : '';
  const lines = { start_line: issue.line, end_line: Math.max(issue.line, issue.end_line ?? issue.line) };
  return {
    id: uuidOf(`${type}\0${identity(issue)}`),
    name: cut(titleOf(issue), limits.name),
    description: cut(`${issue.message}${path}`, limits.description),
    severity: severityNames[issue.severity],
    ...(suggestion !== null && suggestion !== '' && { solution: cut(suggestion, limits.solution) }),
    identifiers: identifiersOf(issue),
    ...(isHttp(help_url) && { links: [{ url: help_url }] }),
    ...(type === 'dependency_scanning'
      ? { location: { file: issue.file, dependency: dependencyOf(issue) } }
      : {
          location: {
            file: issue.file,
            ...lines,
            ...(type === 'secret_detection' && { commit: commitOf(issue, commit) }),
          },
        }),
    ...(fingerprint !== undefined &&
      type !== 'dependency_scanning' && {
        tracking: {
          type: 'source',
          items: [{ file: issue.file, ...lines, signatures: [{ algorithm: 'scope_offset', value: fingerprint }] }],
        },
      }),
  };
}

function commitOf({ committed }: Issue, scanned: string | null): object {
  return committed ? { sha: committed.commit, date: committed.date } : { sha: scanned ?? noCommit };
}

function identifiersOf(issue: Issue): object[] {
  const { rule_id, help_url, aliases = [], cwe = [], owasp = [], tool } = issue;
  const advisories = issue.type === 'dependency' ? [rule_id, ...aliases] : [];
  const rule = { type: `${tool || 'codeagent'}_rule_id`, name: rule_id || 'unnamed', value: rule_id || 'unnamed' };
  return [
    ...(issue.type === 'dependency' ? [] : [{ ...rule, ...(isHttp(help_url) && { url: help_url }) }]),
    ...advisories.map((id) => ({ type: advisoryType(id), name: id || 'unnamed', value: id || 'unnamed' })),
    ...cwe.flatMap((name) => {
      const number = /\d+/.exec(name)?.[0];
      return number === undefined ? [] : [{ type: 'cwe', name, value: number, url: weaknessPage(Number(number)) }];
    }),
    ...owasp.filter((name) => name !== '').map((name) => ({ type: 'owasp', name, value: name })),
  ];
}

function advisoryType(id: string): string {
  return /^(CVE|GHSA|OSV)-/i.exec(id)?.[1]?.toLowerCase() ?? 'osv';
}

/** The package of a finding; other services do not provide it. */
function dependencyOf({ package: installed, title, rule_id }: Issue): object {
  const name = installed?.name ?? /: (\S+)$/.exec(title ?? '')?.[1] ?? rule_id;
  return { package: { name }, version: installed?.version ?? '' };
}

/** The files that list vulnerable dependencies. */
function dependencyFiles(issues: readonly Issue[]): object[] {
  const byFile = new Map<string, { manager: string; dependencies: Map<string, object> }>();
  for (const issue of issues) {
    const manager = packageManagers[issue.package?.ecosystem ?? ''] ?? 'unknown';
    const file = byFile.get(issue.file) ?? { manager, dependencies: new Map<string, object>() };
    const dependency = dependencyOf(issue);
    file.dependencies.set(JSON.stringify(dependency), dependency);
    byFile.set(issue.file, file);
  }
  return [...byFile].map(([path, { manager, dependencies }]) => ({
    path,
    package_manager: manager,
    dependencies: [...dependencies.values()],
  }));
}

/** GitLab recommends a UUID; this one is the same for the same finding in every scan (RFC 9562, version 8). */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function cut(text: string, max: number): string {
  const shown = plain(text);
  return shown.length > max ? `${shown.slice(0, max - 1)}…` : shown;
}
