// Runs in a worker thread that piscina starts.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { errorCode, errorMessage } from '../../base/errors';
import { yieldThread } from '../../base/priority';
import { readSource } from '../engine/readSource';
import { snippetOf } from '../engine/text';
import { follow } from './follow';
import { flowOrder, maxHits, type FlowHit, type FlowResult, type Question } from './messages';
import type { Sites } from './sites';
import { flowRules } from './rules';
import { Lines } from './tree';
import { stepsOf } from './way';

yieldThread();

/** Says nothing but that the thread is there. Piscina calls it by its name. */
export function ready(): void {
  // Loading this file was all.
}

const web =
  /^[ \t]*(?:from|import)[ \t]+(?:flask|django|rest_framework|fastapi|starlette|bottle|tornado|aiohttp|sanic|pyramid|falcon|werkzeug|webob|cherrypy|quart)/m;
const answersRequests = /\brequest\b|@\w+\.(?:route|get|post)\(/;
const choosesHash = /\bhashlib\.new\(|\bgetattr\(\s*hashlib\b/;

/** Whether a file answers requests, or chooses a hash by its name; others have nothing that would be found. */
function isWorthwhile(source: string): boolean {
  return (answersRequests.test(source) && web.test(source)) || choosesHash.test(source);
}

/** The comments of the other engines count here too: they find the same defects by other means. */
const ignored = /#\s*ast-grep-ignore/;
const noqa = /#\s*noqa\b(?!:)|#\s*noqa:[^#\n]*\bS\d{3}\b/i;

/** Follows the values of a batch of files. Piscina calls it by its name. */
export function followFiles(order: unknown): FlowResult {
  const { root, files } = flowOrder.parse(order);
  const result: FlowResult = { files: [], failed: [] };
  for (const { path, questions } of files) {
    try {
      const source = readSource(join(root, path));
      if (questions.length > 0 || isWorthwhile(source)) result.files.push({ path, ...answers(source, questions) });
    } catch (error) {
      result.failed.push({ file: path, reason: errorCode(error) ?? errorMessage(error) });
    }
  }
  return result;
}

/** Characters of the files of which is remembered what following their values told, which takes six times as many bytes. */
const maxKnown = 4_000_000;
/** By the hash of a file: those who find and those who check findings ask for the same ones. */
const known = new Map<string, Sites | undefined>();
let knownLength = 0;

function sitesOf(source: string): Sites | undefined {
  const hash = createHash('sha256').update(source).digest('base64');
  if (known.has(hash)) return known.get(hash);
  if (knownLength + source.length > maxKnown) {
    known.clear();
    knownLength = 0;
  }
  const sites = follow(source);
  known.set(hash, sites);
  knownLength += source.length;
  return sites;
}

/** What following the values of one file tells. */
export function answers(
  source: string,
  questions: readonly Question[],
): { isKnown: boolean; hits: FlowHit[]; harmless: boolean[] } {
  const sites = sitesOf(source);
  if (!sites) return { isKnown: false, hits: [], harmless: questions.map(() => false) };
  const lines = new Lines(source);
  const textOf = (from: number, to: number) => source.slice(lines.offset(from), lines.offset(to + 1));
  const hits = sites.bad.flatMap(({ from, to, defect, way }) => {
    const [start, end] = [lines.at(from), lines.at(to)];
    if (ignored.test(textOf(start.line - 1, end.line)) || noqa.test(textOf(start.line, end.line))) return [];
    const snippet = snippetOf(textOf(start.line, start.line), start.column);
    const placed = (one: { from: number; to: number }) => {
      const [first, last] = [lines.at(one.from), lines.at(one.to)];
      return { ...first, endLine: last.line, endColumn: last.column };
    };
    const steps = stepsOf(way).map(({ role, message, ...at }) => ({ ...placed(at), role, message }));
    const sink = { ...placed({ from, to }), role: 'sink' as const, message: flowRules[defect].title };
    return [{ defect, ...placed({ from, to }), snippet, steps: steps.length > 0 ? [...steps, sink] : [] }];
  });
  const harmless = questions.map(({ line, endLine, defect }) =>
    sites.isHarmless(lines.offset(line), lines.offset(endLine + 1), defect),
  );
  return { isKnown: true, hits: hits.slice(0, maxHits), harmless };
}
