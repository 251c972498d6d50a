// Measures the rules that are on by default against our own annotated snippets. `node test/support/corpusCheck.mjs [-v] [group[/set] ...]`
// Corpus: test/corpus/<group>/<set>.txt, files in it headed `#### name.ext`; a line ends in a comment `bad CWE-n` or `fine`.
// -v prints the bad lines that nothing found and the fine lines that something flagged.
import { spawnSync } from 'node:child_process';
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileRules } from '../../src/runner/analyzers/astGrep/compileRules.mjs';
import { astGrepBinary } from './ruleCheck.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const annotation = /(?:\/\/|#|--|\/\*|<!--)\s*(bad(?: CWE-\d+)?|fine)\b/;

/**
 * @param {string[]} only groups ("java") or sets ("java/first"); all when empty
 * @returns {Promise<{name: string, bad: number, found: number, fine: number, flagged: number, missed: string[], noise: string[]}[]>} one entry a set
 */
export async function checkCorpus(only = []) {
  const corpus = join(root, 'test/corpus');
  const dir = await mkdtemp(join(tmpdir(), 'codeagent-corpus-'));
  try {
    await compileRules(join(root, 'src/runner/analyzers/astGrep/rules'), join(dir, 'config'));
    const { rules } = JSON.parse(await readFile(join(dir, 'config/rules.json'), 'utf8'));
    const sets = new Map();
    for (const group of (await readdir(corpus)).sort()) {
      for (const file of (await readdir(join(corpus, group))).filter((name) => name.endsWith('.txt')).sort()) {
        const name = `${group}/${file.slice(0, -4)}`;
        if (only.length > 0 && !only.includes(group) && !only.includes(name)) continue;
        sets.set(name, await unpack(await readFile(join(corpus, group, file), 'utf8'), join(dir, 'src', name)));
      }
    }
    const off = Object.entries(rules).flatMap(([id, rule]) => (rule.confidence === 'low' ? [`--off=${id}`] : []));
    const run = spawnSync(
      astGrepBinary(),
      [
        'scan',
        '-c',
        join(dir, 'config/sgconfig.yml'),
        ...off,
        '--json=stream',
        '--no-ignore=vcs',
        '--no-ignore=hidden',
        '.',
      ],
      { cwd: join(dir, 'src'), encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    if (run.status !== 0) throw new Error(`ast-grep ended with ${run.status}: ${run.stderr}`);
    const hits = new Map();
    for (const text of run.stdout.split('\n').filter(Boolean)) {
      const match = JSON.parse(text);
      const file = match.file.replace(/^\.\//, '');
      for (const line of [match.range.start.line]) {
        const key = `${file}:${line + 1}`;
        hits.set(key, [...(hits.get(key) ?? []), match.ruleId]);
      }
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
  const verbose = args.includes('-v');
  for (const set of await checkCorpus(args.filter((arg) => arg !== '-v'))) {
    if (verbose) for (const line of set.missed) console.log(`missed ${line}`);
    if (verbose) for (const line of set.noise) console.log(`noise  ${line}`);
    const percent = (part, all) => `${part}/${all} (${Math.round((100 * part) / Math.max(1, all))} %)`;
    console.log(`${set.name}: found ${percent(set.found, set.bad)}, flagged ${percent(set.flagged, set.fine)}`);
  }
}
