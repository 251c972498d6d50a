import { severities, type Issue, type Report, type Summary } from '../protocol';
import { gapCount, gapLine, nothingFound } from './coverage';
import { shownFix, type ScannedTexts } from './htmlFix';
import { isHttp } from './link';
import { loweredLine } from './lowered';
import { filesWorstFirst } from './order';
import { fixLine, stepLine } from './steps';
import { titleOf } from './title';
import { suppressedCount, suppressedNote } from './suppressed';

const style = `
:root{color-scheme:light dark;--line:#8884}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.05rem;margin-top:2rem;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse}td,th{border:1px solid var(--line);padding:.2rem .7rem;text-align:left}
article{border:1px solid var(--line);border-left-width:.4rem;border-radius:.3rem;margin:.7rem 0;padding:.5rem 1rem}
article p{margin:.3rem 0;overflow-wrap:anywhere}pre{overflow:auto;margin:.3rem 0;padding:.4rem;background:#8882}
.critical{border-left-color:#b3001b}.high{border-left-color:#d9480f}.medium{border-left-color:#b58900}.low{border-left-color:#4c7aaf}
.suppressed{opacity:.75}
.gaps{border:1px solid #b58900;border-left-width:.4rem;border-radius:.3rem;margin:1rem 0;padding:.5rem 1rem}
.gaps p{margin:.3rem 0}.gaps ul{margin:.3rem 0;padding-left:1.2rem}.gaps li{overflow-wrap:anywhere}
.meta{opacity:.8;font-size:.9em}
.diff{white-space:pre-wrap;overflow-wrap:anywhere}del{text-decoration:none;background:#f002}ins{text-decoration:none;background:#0a02}
.bar{height:1rem;width:12rem;vertical-align:middle}.bar .critical{fill:#b3001b}.bar .high{fill:#d9480f}.bar .medium{fill:#b58900}.bar .low{fill:#4c7aaf}
@media print{:root{color-scheme:light}body{margin:0;max-width:none;font-size:11pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
pre{overflow:visible;white-space:pre-wrap;overflow-wrap:anywhere}td{overflow-wrap:anywhere}
h2{break-after:avoid}tr,li,article p,.bar{break-inside:avoid}.meta,.suppressed{opacity:1}
a::after{content:" (" attr(href) ")";overflow-wrap:anywhere}}`;

/** How many findings an earlier or this scan of the same source had. */
export interface TrendScan {
  /** In words, or as RFC 3339. */
  readonly when: string;
  readonly summary: Summary;
  readonly isThis: boolean;
}

/** What is known in addition to the report. */
export interface HtmlContext {
  /** The scanned files, as far as they are here and as they were scanned, to show fixes as diffs. */
  readonly texts?: ScannedTexts;
  /** The latest scans of the same source up to this one, oldest first. */
  readonly trend?: readonly TrendScan[];
}

/** The report as one page that loads and runs nothing, for the screen and for paper. */
export function writeHtml(report: Report, { texts = new Map(), trend = [] }: HtmlContext = {}): string {
  const { meta } = report;
  const count = report.files.reduce((sum, file) => sum + file.issues.length, 0);
  const suppressed = suppressedCount(report);
  const lowered = loweredLine(report);
  const facts: readonly [string, string][] = [
    ['Source', meta.repo.url ?? meta.repo.source],
    ...(meta.repo.ref === null ? [] : [['Ref', meta.repo.ref] as [string, string]]),
    ...(meta.repo.commit === null ? [] : [['Commit', meta.repo.commit] as [string, string]]),
    ['Created', meta.generated_at],
    ['Duration', `${(meta.duration_ms / 1000).toFixed(1)} s`],
    ['Files scanned', String(meta.files_scanned ?? 'unknown')],
    [
      'Left out',
      Object.entries(meta.files_skipped ?? {})
        .map(([why, n]) => `${n} ${why}`)
        .join(', ') || 'nothing',
    ],
    ['Job', report.job_id],
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Scan report: ${escapeHtml(meta.repo.url ?? report.job_id)}</title><style>${style}</style></head><body>
<h1>Scan report</h1>
${meta.partial ? '<p><strong>Partial:</strong> the scan ended early. These are its findings up to that point.</p>' : ''}
${gapsHtml(report)}
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>
<table><thead><tr>${severities.map((s) => `<th scope="col">${s}</th>`).join('')}</tr></thead>
<tbody><tr>${severities.map((s) => `<td>${report.summary[s]}</td>`).join('')}</tr></tbody></table>${
    suppressed === undefined
      ? ''
      : `
<p>Not counted: ${suppressed}.</p>`
  }
${lowered === undefined ? '' : `<p>${escapeHtml(lowered)}</p>`}
${trendTable(trend)}
${analyzersTable(report)}
${count === 0 ? `<p>${nothingFound(report)}</p>` : ''}
${filesWorstFirst(report)
  .map(
    (file) =>
      `<section><h2>${escapeHtml(file.path)}</h2>${file.issues.map((issue) => issueHtml(issue, texts)).join('')}</section>`,
  )
  .join('\n')}
</body></html>
`;
}

function gapsHtml({ meta }: Report): string {
  const gaps = meta.coverage?.gaps ?? [];
  if (gaps.length === 0) return '';
  const rows = gaps.map((gap) => `<li>${escapeHtml(gapLine(gap))}</li>`).join('');
  return `<section class="gaps"><p><strong>Completed with ${gapCount(gaps.length)}:</strong> not everything was scanned.</p><ul>${rows}</ul></section>`;
}

function analyzersTable({ meta }: Report): string {
  const rows = (meta.analyzers ?? []).map((a) => {
    const cells = [a.id, a.version ?? '', a.status, String(a.findings), a.reason ?? ''];
    return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
  });
  if (rows.length === 0) return '';
  const names = ['Analyzer', 'Version', 'Status', 'Findings', 'Reason'];
  const head = names.map((name) => `<th scope="col">${name}</th>`).join('');
  return `<h2>Analyzers</h2><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function issueHtml(issue: Issue, texts: ScannedTexts): string {
  const note = suppressedNote(issue);
  const facts = [
    issue.severity,
    `line ${issue.line}`,
    issue.rule_id,
    [issue.tool, ...(issue.also_found_by ?? [])].join(', '),
    ...(issue.cwe ?? []),
    ...(issue.owasp ?? []),
    ...(issue.confidence ? [`confidence ${issue.confidence}`] : []),
  ];
  const help = isHttp(issue.help_url)
    ? `<p><a href="${escapeHtml(issue.help_url)}" rel="noreferrer noopener">Learn more</a></p>`
    : '';
  return `<article class="${note === '' ? issue.severity : 'suppressed'}"><p><strong>${escapeHtml(titleOf(issue))}</strong>${note && ` ${escapeHtml(note)}`}</p>
<p>${escapeHtml(issue.message)}</p>
<p class="meta">${facts.map(escapeHtml).join(' · ')}</p>${issue.snippet === undefined ? '' : `<pre>${escapeHtml(issue.snippet)}</pre>`}
${flowHtml(issue)}${issue.suggestion === null ? '' : `<p>${escapeHtml(issue.suggestion)}</p>`}${issue.fix ? `<p>${escapeHtml(fixLine(issue.fix))}</p>${fixHtml(issue, texts)}` : ''}${help}</article>`;
}

function flowHtml({ flow = [] }: Issue): string {
  if (flow.length === 0) return '';
  return `<ol>${flow.map((step) => `<li>${escapeHtml(stepLine(step))}</li>`).join('')}</ol>\n`;
}

/** The fix as a diff of each place that it changes. */
function fixHtml(issue: Issue, texts: ScannedTexts): string {
  const [signs, tags] = [
    { same: ' ', removed: '-', added: '+' },
    { same: '', removed: 'del', added: 'ins' },
  ];
  return shownFix(issue, texts)
    .map(({ place, rows }) => {
      const lines = rows.map(({ kind, text }) => {
        const line = escapeHtml(`${signs[kind]} ${text}`);
        return tags[kind] === '' ? line : `<${tags[kind]}>${line}</${tags[kind]}>`;
      });
      return `<p class="meta">${escapeHtml(place)}</p><pre class="diff">${lines.join('\n')}</pre>`;
    })
    .join('');
}

function trendTable(trend: readonly TrendScan[]): string {
  if (trend.length < 2) return '';
  const totalOf = ({ summary }: TrendScan) => severities.reduce((sum, one) => sum + summary[one], 0);
  const most = Math.max(1, ...trend.map(totalOf));
  const rows = trend.map((scan) => {
    let left = 0;
    const parts = severities.map((one) => {
      const width = (100 * scan.summary[one]) / most;
      left += width;
      return `<rect class="${one}" x="${left - width}" width="${width}" height="10"/>`;
    });
    const bar = `<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${parts.join('')}</svg>`;
    const when = `${escapeHtml(scan.when)}${scan.isThis ? ' (this report)' : ''}`;
    const counts = severities.map((one) => `<td>${scan.summary[one]}</td>`).join('');
    return `<tr><th scope="row">${when}</th>${counts}<td>${totalOf(scan)} ${bar}</td></tr>`;
  });
  const names = ['Scan', ...severities, 'All'];
  const head = names.map((name) => `<th scope="col">${name}</th>`).join('');
  return `<h2>Latest scans</h2><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

/** Makes bidirectional marks and control characters visible, so that they cannot change how the rest reads. */
export function plain(text: string): string {
  return text.replace(/[^\P{Cc}\t\r\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for use anywhere in HTML, including quoted attributes. */
export function escapeHtml(text: string): string {
  return plain(text).replace(/[&<>"']/g, (char) => entities[char] ?? char);
}
