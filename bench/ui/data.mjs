// What bench/ui.mjs works on.
import { readFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { globSync } from 'tinyglobby';
import { mustRunQuietly, root } from '../../test/support/repo.mjs';

export const fileCount = 2000;
export const jobCount = 500;
/** Files that are saved one after the other, twice each, and together. */
const savedAlone = 40;
export const savedTogether = 150;
const legacyFiles = 200;
const severities = ['critical', 'high', 'medium', 'low'];

/** Writes 2,000 small files. @returns a report with five findings in each */
export async function writeMany(folder) {
  const paths = Array.from({ length: fileCount }, (_, i) => `src/d${i % 40}/f${i}.js`);
  const lines = Array.from({ length: 60 }, (_, i) => `const line${i} = ${i};`);
  for (const dir of new Set(paths.map(dirname))) await mkdir(join(folder, dir), { recursive: true });
  for (const path of paths) await writeFile(join(folder, path), lines.join('\n'));
  const files = paths.map((path, n) => ({
    path,
    issues: Array.from({ length: 5 }, (_, i) => ({
      tool: 'ast-grep',
      type: 'security',
      message: `Finding ${n}-${i}: a command is built of text that comes from outside`,
      severity: severities[(n + i) % 4],
      file: path,
      line: 1 + i * 10,
      column: 7,
      end_line: 1 + i * 10,
      end_column: 12,
      rule_id: `js-rule-${i}`,
      suggestion: 'Give the program its arguments as a list.',
      cwe: ['CWE-78'],
      owasp: ['A03:2021'],
      confidence: 'high',
      help_url: 'https://cwe.mitre.org/data/definitions/78.html',
      fingerprint: `${n}-${i}`.padStart(64, '0'),
      snippet: lines[i * 10],
    })),
  }));
  const meta = {
    tools: ['ast-grep'],
    repo: { source: 'path' },
    generated_at: '2026-01-01T00:00:00Z',
    duration_ms: 1000,
  };
  const summary = Object.fromEntries(severities.map((severity) => [severity, (fileCount * 5) / 4]));
  return { job_id: 'job', meta, summary, files };
}

/** The history of one window, newest first: the first still runs. */
export function jobsOf(window, folder) {
  const phase = (name, status) => ({ phase: name, status, started_at: null, finished_at: null, percent: 100 });
  return Array.from({ length: jobCount }, (_, i) => {
    const at = new Date(Date.UTC(2026, 0, 1) - i * 600_000).toISOString();
    const status = i === 0 ? 'running' : i % 10 === 1 ? 'failed' : i % 10 === 2 ? 'canceled' : 'completed';
    return {
      job_id: `job-${window}-${i}`,
      status,
      progress: { phase: 'write', percent: i === 0 ? 50 : 100 },
      submitted_at: at,
      started_at: at,
      finished_at: i === 0 ? null : at,
      error: status === 'failed' ? 'The analyzers could not be started' : null,
      source: { kind: 'path', url: folder, ref: null, commit: null, label: `Scan ${i}` },
      phases: ['clone', 'analyze:ast-grep', 'analyze:ruff', 'analyze:secrets', 'merge', 'write'].map((name) =>
        phase(name, 'completed'),
      ),
    };
  });
}

/**
 * Writes a repository of a realistic size: this one's code, without its rules, and old code with thousands of findings.
 * @returns the files to save one after the other, those to save together, and one with many findings
 */
export async function writeProject(folder) {
  const source = join(root, 'src');
  const isCode = (path) => !path.startsWith(join(source, 'rules'));
  await cp(source, join(folder, 'src'), { recursive: true, filter: isCode });
  await mkdir(join(folder, 'legacy'));
  const lines = (count) => Array.from({ length: count }, (_, i) => `exports.run${i} = (text) => eval(text + ${i});\n`);
  for (let i = 0; i < legacyFiles; i += 1) await writeFile(join(folder, `legacy/f${i}.js`), lines(30).join(''));
  const busy = 'legacy/busy.js';
  await writeFile(join(folder, busy), lines(300).join(''));
  const git = async (...args) => mustRunQuietly(['git', ...args], { cwd: folder });
  await git('init', '--quiet');
  await git('add', '--all');
  // Nothing is found in generated code.
  const isWritten = (path) => !readFileSync(join(folder, path), 'utf8').startsWith('// Generated');
  const files = globSync('src/**/*.ts', { cwd: folder }).sort().filter(isWritten);
  const spread = (list, count) => Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]);
  const one = spread(files, savedAlone);
  const many = spread(
    files.filter((path) => !one.includes(path)),
    savedTogether,
  );
  return { one, many, busy };
}
