// Compares the findings of two builds in the same folders: those that only one of them has, by file, line and rule.
//   node bench/sameFindings.mjs [--analyzers a,b] OLD/cli.js NEW/cli.js FOLDER ...
// Exits with 1 if something differs. Neither build sees the cache of the other or of an earlier scan.
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({ options: { analyzers: { type: 'string' } }, allowPositionals: true });
const [before, after, ...folders] = positionals.map((path) => resolve(path));
if (folders.length === 0) {
  console.error('Give two builds and folders: node bench/sameFindings.mjs OLD/cli.js NEW/cli.js FOLDER ...');
  process.exit(2);
}
for (const folder of folders) {
  const [old, now] = [await findingsOf(before, folder), await findingsOf(after, folder)];
  const differences = [...missing(old, now).map((one) => `- ${one}`), ...missing(now, old).map((one) => `+ ${one}`)];
  console.log(`${folder}: ${old.length} and ${now.length} findings and gaps, ${differences.length} differences`);
  for (const line of differences) console.log(line);
  if (differences.length > 0) process.exitCode = 1;
}

/** Each finding as 'file:line:column tool rule severity', and each gap. */
async function findingsOf(cli, folder) {
  const place = await mkdtemp(join(tmpdir(), 'codeagent-same-'));
  const output = join(place, 'report.json');
  const args = [cli, 'scan', folder, '--no-osv', '--format', 'json', '--output', output, '--progress', 'none'];
  try {
    const run = spawnSync(process.execPath, [...args, ...(values.analyzers ? ['--analyzers', values.analyzers] : [])], {
      env: { ...process.env, XDG_CACHE_HOME: join(place, 'cache') },
      encoding: 'utf8',
    });
    if (run.status !== 0) throw new Error(`${cli} ended with ${run.status ?? run.signal} on ${folder}: ${run.stderr}`);
    const report = JSON.parse(await readFile(output, 'utf8'));
    return [
      ...report.files.flatMap((file) =>
        file.issues.map((one) => `${file.path}:${one.line}:${one.column} ${one.tool} ${one.rule_id} ${one.severity}`),
      ),
      ...report.meta.coverage.gaps
        .filter(({ kind }) => kind !== 'damaged_installation')
        .map((gap) => `gap ${gap.kind} ${gap.analyzer ?? ''}: ${gap.reason} (${gap.files})`),
    ].sort();
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** What is in the first list more often than in the second. */
function missing(list, other) {
  const left = new Map();
  for (const one of other) left.set(one, (left.get(one) ?? 0) + 1);
  return list.filter((one) => {
    const count = left.get(one) ?? 0;
    left.set(one, count - 1);
    return count <= 0;
  });
}
