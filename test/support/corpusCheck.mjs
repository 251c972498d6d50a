// Measures the default scan against our own annotated snippets. `node test/support/corpusCheck.mjs [-v] [group[/set] ...]` builds,
// scans and prints what is found and flagged; it fails when a group stays below its target. The integration suite runs it too.
// Corpus: test/corpus/<group>/<set>.txt, files in it headed `#### name.ext`; a line ends in a comment `bad CWE-n` or `fine`.
// --built: with the `dist/` that is there. -v prints the bad lines that nothing found and the fine lines that something flagged.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** The minimum share of bad lines that a group's scan must find, and the maximum share of fine ones that it may flag. */
const targets = {
  python: { found: 0.9, flagged: 0.05 },
  javascript: { found: 0.9, flagged: 0.05 },
  others: { found: 0.4, flagged: 0.05 },
};

const annotation = /(?:\/\/|#|--|\/\*|<!--)\s*(bad(?: CWE-\d+)?|fine)\b/;

/**
 * Scans with `dist/`, which must have been built.
 * @param {string[]} only groups ("java") or sets ("java/first"); all when empty
 * @returns {Promise<{name: string, bad: number, found: number, fine: number, flagged: number, missed: string[], noise: string[]}[]>} one entry a set
 */
export async function checkCorpus(only = []) {
  const corpus = join(root, 'test/corpus');
  const dir = await mkdtemp(join(tmpdir(), 'codeagent-corpus-'));
  try {
    const sets = new Map();
    for (const group of (await readdir(corpus)).sort()) {
      for (const file of (await readdir(join(corpus, group))).filter((name) => name.endsWith('.txt')).sort()) {
        const name = `${group}/${file.slice(0, -4)}`;
        if (only.length > 0 && !only.includes(group) && !only.includes(name)) continue;
        sets.set(name, await unpack(await readFile(join(corpus, group, file), 'utf8'), join(dir, 'src', name)));
      }
    }
    const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 };
    const node = (...args) => {
      const run = spawnSync(process.execPath, args, options);
      if (run.status !== 0) throw new Error(`${args[0]} ended with ${run.status}: ${run.stderr}`);
      return run.stdout;
    };
    const report = JSON.parse(node('dist/cli.js', 'scan', join(dir, 'src'), '--format', 'json', '--progress', 'none'));
    const hits = new Map();
    for (const issue of report.files.flatMap((file) => file.issues)) {
      const key = `${issue.file}:${issue.line}`;
      hits.set(key, [...(hits.get(key) ?? []), issue.rule_id]);
    }
    return [...sets].map(([name, lines]) => {
      const of = (kind) => lines.filter((line) => line.kind.startsWith(kind));
      const at = (line) => hits.get(`${name}/${line.place}`);
      return {
        name,
        bad: of('bad').length,
        found: of('bad').filter(at).length,
        fine: of('fine').length,
        flagged: of('fine').filter(at).length,
        missed: of('bad')
          .filter((line) => !at(line))
          .map((line) => `${line.place}: ${line.text}`),
        noise: of('fine')
          .filter(at)
          .map((line) => `${line.place}: ${line.text} [${at(line)}]`),
      };
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Writes the files of a set below `dir`; returns their annotated lines. */
async function unpack(text, dir) {
  const annotated = [];
  for (const part of text.split(/^#### /m).slice(1)) {
    const [name, ...lines] = part.split('\n');
    const path = join(dir, name.trim());
    await mkdir(dirname(path), { recursive: true });
    await writeFile(
      path,
      lines.map((line) => line.replace(annotation, (all, kind) => all.replace(kind, 'x'))).join('\n'),
    );
    lines.forEach((line, index) => {
      const kind = annotation.exec(line)?.[1];
      if (kind) annotated.push({ place: `${name.trim()}:${index + 1}`, kind, text: line.trim() });
    });
  }
  return annotated;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  if (!args.includes('--built'))
    execFileSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const verbose = args.includes('-v');
  const percent = (part, all) => `${part}/${all} (${((100 * part) / Math.max(1, all)).toFixed(1)} %)`;
  const groups = new Map();
  for (const set of await checkCorpus(args.filter((arg) => !arg.startsWith('-')))) {
    if (verbose) for (const line of set.missed) console.log(`missed ${line}`);
    if (verbose) for (const line of set.noise) console.log(`noise  ${line}`);
    console.log(`${set.name}: found ${percent(set.found, set.bad)}, flagged ${percent(set.flagged, set.fine)}`);
    const group = set.name.split('/')[0];
    const sum = groups.get(group) ?? { bad: 0, found: 0, fine: 0, flagged: 0 };
    for (const key of Object.keys(sum)) sum[key] += set[key];
    groups.set(group, sum);
  }
  for (const [group, sum] of groups) {
    console.log(`${group}: found ${percent(sum.found, sum.bad)}, flagged ${percent(sum.flagged, sum.fine)}`);
    const { found, flagged } = targets[group] ?? targets.others;
    if (sum.found < found * sum.bad || sum.flagged > flagged * sum.fine) {
      console.log(`${group} misses its target: ${found * 100} % of the bad lines, ${flagged * 100} % of the fine ones`);
      process.exitCode = 1;
    }
  }
}
