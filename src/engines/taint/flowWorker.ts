import { createHash } from 'node:crypto';
import { Lines } from '../engine/lines';
import { snippetOf } from '../engine/text';
import { forEachFile } from '../engine/workerScript';
import { followValues } from './followValues';
import { flowOrder, maxHits, type FlowHit, type FlowResult, type Question } from './messages';
import { flowRules } from './rules';
import type { FileSites } from './sites';
import { stepsOf } from './flowSteps';
import { worthFollowing } from './worthFollowing';

export { ready } from '../engine/workerScript';

/** Follows the values in a batch of files. */
export async function scan(order: unknown): Promise<FlowResult> {
  const { root, files } = flowOrder.parse(order);
  const questionsOf = new Map(files.map(({ path, questions }) => [path, questions]));
  const results: FlowResult['files'] = [];
  const failed = await forEachFile(root, [...questionsOf.keys()], (path, source) => {
    const questions = questionsOf.get(path) ?? [];
    if (questions.length > 0 || worthFollowing(source)) results.push({ path, ...answers(source, questions) });
  });
  return { files: results, failed };
}

/** Characters of the files whose results are cached, which take about as many bytes. */
const maxKnown = 24_000_000;
/** By the hash of a file, since the flow engine and the filter ask about the same files. */
const known = new Map<string, FileSites | undefined>();
let knownLength = 0;

function sitesOf(source: string): FileSites | undefined {
  const hash = createHash('sha256').update(source).digest('base64');
  if (known.has(hash)) return known.get(hash);
  if (knownLength + source.length > maxKnown) {
    known.clear();
    knownLength = 0;
  }
  const sites = followValues(source);
  known.set(hash, sites);
  knownLength += source.length;
  return sites;
}

/** Analyzes one file. */
export function answers(
  source: string,
  questions: readonly Question[],
): { isKnown: boolean; hits: FlowHit[]; harmless: boolean[] } {
  const sites = sitesOf(source);
  if (!sites) return { isKnown: false, hits: [], harmless: questions.map(() => false) };
  const lines = new Lines(source);
  const textOf = (from: number, to: number) => source.slice(lines.offset(from), lines.offset(to + 1));
  const hits = sites.bad.flatMap(({ from, to, defect, flow }) => {
    const start = lines.at(from);
    const snippet = snippetOf(textOf(start.line, start.line), start.column);
    const placed = (one: { from: number; to: number }) => {
      const [first, last] = [lines.at(one.from), lines.at(one.to)];
      return { ...first, endLine: last.line, endColumn: last.column };
    };
    const steps = stepsOf(flow).map(({ role, message, ...at }) => ({ ...placed(at), role, message }));
    const sink = { ...placed({ from, to }), role: 'sink' as const, message: flowRules[defect].title };
    return [{ defect, ...placed({ from, to }), snippet, steps: steps.length > 0 ? [...steps, sink] : [] }];
  });
  const harmless = questions.map(({ line, endLine, defect }) =>
    sites.isHarmless(lines.offset(line), lines.offset(endLine + 1), defect),
  );
  return { isKnown: true, hits: hits.slice(0, maxHits), harmless };
}
