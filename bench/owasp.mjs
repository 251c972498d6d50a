// Measures the default scan on generated web request handlers, each with or without one defect, in the 14 categories of the OWASP Benchmark
// (https://owasp.org/www-project-benchmark/): the share of bad cases found minus the share of good ones flagged. The cases are our own.
// `node bench/owasp.mjs [--java] [--unseen] [-v] [CLI]` after `node esbuild.mjs`; --java takes servlets instead of Flask's handlers; --unseen uses the held-out
// variants; -v prints the wrong results; CLI is the cli.js of another build.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cases, python } from './owasp/cases.mjs';
import { java } from './owasp/java.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const args = process.argv.slice(2);
const language = args.includes('--java') ? java : python;
const cli = args.find((one) => one.endsWith('.js')) ?? 'dist/cli.js';
const dir = await mkdtemp(join(tmpdir(), 'codeagent-owasp-'));
try {
  const list = cases(args.includes('--unseen'), language);
  await mkdir(join(dir, 'app'));
  for (const { name, text } of list) await writeFile(join(dir, 'app', `${name}.${language.extension}`), text);
  const scan = [cli, 'scan', join(dir, 'app'), '--format', 'json', '--progress', 'none'];
  const run = spawnSync(process.execPath, scan, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(`The scan ended with ${run.status}: ${run.stderr}`);
  const issues = new Map(JSON.parse(run.stdout).files.map((file) => [file.path, file.issues]));
  const scores = [];
  for (const [category, { cwes }] of Object.entries(language.categories)) {
    const counts = { true: [0, 0], false: [0, 0] };
    for (const { name, bad, text } of list.filter((item) => item.category === category)) {
      const hits = (issues.get(`${name}.${language.extension}`) ?? []).filter((issue) =>
        issue.cwe?.some((cwe) => cwes.includes(Number(cwe.slice(4)))),
      );
      counts[bad][0] += hits.length > 0 ? 1 : 0;
      counts[bad][1] += 1;
      if (args.includes('-v') && hits.length > 0 !== bad) {
        const what = hits.map((hit) => `${hit.line} ${hit.tool} ${hit.rule_id}`).join(', ');
        console.log(`---- ${name}: ${bad ? 'missed' : `flagged at ${what}`}\n${text}`);
      }
    }
    const [found, flagged] = [counts.true[0] / counts.true[1], counts.false[0] / counts.false[1]];
    scores.push(found - flagged);
    console.log(
      `${category.padEnd(16)} found ${found.toFixed(2)}  flagged ${flagged.toFixed(2)}  score ${(found - flagged).toFixed(2)}`,
    );
  }
  console.log(`mean ${(scores.reduce((sum, score) => sum + score, 0) / scores.length).toFixed(3)}`);
} finally {
  await rm(dir, { recursive: true, force: true });
}
