import { join } from 'node:path';
import * as z from 'zod';
import { readJsonAssetSync } from '../../base/asset';
import { Lines } from '../engine/lines';
import { readSource } from '../engine/readSource';
import { snippetOf } from '../engine/text';
import { forEachFile } from '../engine/workerScript';
import { WorkspaceNames } from './declaredNames';
import { disproved } from './disproof';
import type { Language } from './interpreter/language';
import { Project } from './interpreter/project';
import type { Site } from './interpreter/sites';
import type { Step } from './interpreter/value';
import { languages } from './languages/languages';
import { LoweredFiles } from './loweredFiles';
import { Models } from './models/models';
import { modelFile } from './models/schema';
import { customModelFile } from './customMessages';
import {
  disproveTask,
  maxProjectHits,
  projectTask,
  type CustomModelsTask,
  type DisproveResult,
  type ProjectHit,
  type ProjectResult,
} from './projectMessages';
import { SyntaxParser } from './syntax/parser';
import { confidenceOf, confidences, taintRules } from './taintRules';

export { ready } from '../engine/workerScript';

interface Tools {
  readonly language: Language;
  readonly models: Models;
}

/** The grammars and models, which ship next to this script. */
const assets = join(__dirname, 'taint');
let started: Promise<SyntaxParser> | undefined;
const tools = new Map<string, Promise<Tools>>();

/** Model sets to remember: the built-in ones for each language, and those of the scanned teams. */
const maxTools = languages.length + 8;

function toolsOf(id: string, own: CustomModelsTask | undefined): Promise<Tools> {
  const key = `${id} ${own?.version ?? ''}`;
  const known = tools.get(key);
  if (known) return known;
  const loading = load(id, own);
  const [oldest] = tools.keys();
  if (tools.size >= maxTools && oldest !== undefined) tools.delete(oldest);
  tools.set(key, loading);
  return loading;
}

async function load(id: string, own: CustomModelsTask | undefined): Promise<Tools> {
  const language = languages.find((one) => one.id === id);
  if (!language) throw new Error(`Data flow analysis does not support the language ${id}.`);
  const parser = await (started ??= SyntaxParser.start(assets));
  await parser.load(language.grammars);
  const files = z.array(modelFile).parse(readJsonAssetSync(join(assets, `${id}.json`)));
  const ofTeam = (own?.models ?? []).map((one) => customModelFile.parse(one));
  return { language: language.create(parser), models: new Models(files, ofTeam) };
}

/** What is known about the files of the current run, all of one language. */
let current:
  | { readonly key: string; readonly project: Project; readonly hits: Map<string, number>; spent: number }
  | undefined;

const lowered = new LoweredFiles();

/** Follows the values in a batch of files, and in the files that these import. */
export async function scan(task: unknown): Promise<ProjectResult> {
  const { root, run, language: id, own, paths, files, optional } = projectTask.parse(task);
  const { language, models } = await toolsOf(id, own);
  const key = `${run} ${root}`;
  if (current?.key !== key) {
    const all = new Set(paths.split('\n'));
    const read = (path: string) => readSource(join(root, path));
    const declared = new WorkspaceNames(root, all, language);
    const isSave = optional !== undefined;
    const lower = isSave ? (path: string, source: string) => lowered.lower(language, root, path, source) : undefined;
    const project = new Project(language, models, all, read, declared, lower);
    current = { key, project, hits: new Map(), spent: 0 };
  }
  const served = current;
  const { project, hits: counts } = served;
  const tooComplex: string[] = [];
  const skipped: string[] = [];
  const isOptional = new Set(optional?.files);
  const failed = await forEachFile(root, files, (path, source) => {
    const mayBegin = language.mayBegin(source, models) || models.hasTeamSource(source);
    if (!mayBegin && language.detectors?.some((one) => one.mayFind(source)) !== true) return;
    if (isOptional.has(path) && served.spent > (optional?.cost ?? 0)) {
      skipped.push(path);
      return;
    }
    const before = project.cost;
    const outcome = mayBegin ? project.follow(path, false) : project.inspect(path);
    if (outcome === 'too complex') tooComplex.push(path);
    if (isOptional.has(path)) served.spent += project.cost - before;
  });
  const placed = new Places(root);
  const hits = worstOfLine(project.take().flatMap((site) => placed.hit(site))).filter(({ file }) => {
    const count = (counts.get(file) ?? 0) + 1;
    counts.set(file, count);
    return count <= maxProjectHits;
  });
  const uses = Object.fromEntries([...project.takeUses()].map(([path, used]) => [path, [...used]]));
  return { hits, tooComplex, failed, uses, skipped };
}

/** For the same defect in the same line, the most certain finding: `if (file.exists()) file.delete()` is one finding. */
function worstOfLine(hits: readonly ProjectHit[]): ProjectHit[] {
  const byLine = new Map<string, ProjectHit>();
  for (const hit of hits) {
    const key = `${hit.line} ${hit.defect} ${hit.file}`;
    const known = byLine.get(key);
    if (!known || confidences.indexOf(hit.confidence) > confidences.indexOf(known.confidence)) byLine.set(key, hit);
  }
  return [...byLine.values()];
}

/** Determines which findings of other engines are disproved, from the file alone, so that the answer stays valid whatever happens to other files. */
export async function disprove(task: unknown): Promise<DisproveResult> {
  const { root, language: id, own, files } = disproveTask.parse(task);
  const { language, models } = await toolsOf(id, own);
  const questionsOf = new Map(files.map(({ path, questions }) => [path, questions]));
  const answered: DisproveResult['files'] = [];
  const failed = await forEachFile(root, [...questionsOf.keys()], (path, source) => {
    const project = new Project(language, models, new Set<string>(), () => source);
    const lines = new Lines(source);
    const questions = (questionsOf.get(path) ?? []).map(({ line, endLine, defect }) => ({
      from: lines.offset(line),
      to: lines.offset(endLine + 1),
      defect,
    }));
    answered.push({ path, harmless: disproved(project, path, questions) });
  });
  return { files: answered, failed };
}

/** Turns offsets into lines and columns. */
class Places {
  readonly #files = new Map<string, { readonly source: string; readonly lines: Lines }>();

  constructor(private readonly root: string) {}

  hit({ file, from, to, defect, taint, isMisuse }: Site): ProjectHit[] {
    const text = this.#file(file);
    if (!text || (!taint && !isMisuse)) return [];
    const at = this.#place(file, from, to);
    const lineText = (first: number, last: number) =>
      text.source.slice(text.lines.offset(first), text.lines.offset(last + 1));
    if (!at) return [];
    const steps: ProjectHit['steps'] = [];
    for (let step: Step | undefined = taint?.last; step; step = step.previous) {
      const place = this.#place(step.file, step.from, step.to);
      if (place)
        steps.unshift({
          ...place,
          file: step.file,
          role: step.previous ? 'propagator' : 'source',
          message: step.message,
        });
    }
    return [
      {
        ...at,
        file,
        defect,
        confidence: confidenceOf(defect, taint?.confidence ?? 1),
        isOfCaller: taint?.origin === 'parameter',
        snippet: snippetOf(lineText(at.line, at.line), at.column),
        steps: taint ? [...steps, { ...at, file, role: 'sink', message: taintRules[defect].title }] : [],
      },
    ];
  }

  #place(file: string, from: number, to: number) {
    const lines = this.#file(file)?.lines;
    if (!lines) return undefined;
    const [start, end] = [lines.at(from), lines.at(to)];
    return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
  }

  #file(path: string) {
    const known = this.#files.get(path);
    if (known) return known;
    try {
      const source = readSource(join(this.root, path));
      const file = { source, lines: new Lines(source) };
      this.#files.set(path, file);
      return file;
    } catch {
      return undefined; // It was just read, and has been deleted since.
    }
  }
}
