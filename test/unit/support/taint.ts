import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { Lines } from '../../../src/engines/engine/lines';
import { disproved } from '../../../src/engines/taint/disproof';
import { Project, type FileOutcome } from '../../../src/engines/taint/interpreter/project';
import type { Site } from '../../../src/engines/taint/interpreter/sites';
import { languages } from '../../../src/engines/taint/languages/languages';
import type { Defect } from '../../../src/engines/taint/models/defects';
import { Models } from '../../../src/engines/taint/models/models';
import { modelFile, type ModelFile } from '../../../src/engines/taint/models/schema';
import { SyntaxParser } from '../../../src/engines/taint/syntax/parser';

const root = resolve(__dirname, '../../..');

/** The model files of a language, by name. @throws ZodError if one is malformed */
export function modelFiles(language: string): Map<string, ModelFile> {
  const folder = join(root, 'src/rules/taint', language);
  return new Map(
    readdirSync(folder).map((name) => {
      try {
        return [name, modelFile.parse(parse(readFileSync(join(folder, name), 'utf8')))];
      } catch (error) {
        throw new Error(`${language}/${name}`, { cause: error });
      }
    }),
  );
}

let parser: Promise<SyntaxParser> | undefined;

/** Parses with the grammars of npm's package. */
export function syntaxParser(): Promise<SyntaxParser> {
  return (parser ??= startParser());
}

async function startParser(): Promise<SyntaxParser> {
  const started = await SyntaxParser.start(join(root, 'node_modules/@vscode/tree-sitter-wasm/wasm'));
  for (const { grammars } of languages) await started.load(grammars);
  return started;
}

export interface Followed {
  readonly sites: readonly Site[];
  readonly outcomes: ReadonlyMap<string, FileOutcome>;
}

/** A workspace of files, by path. @param id of a language */
export async function projectOf(files: Readonly<Record<string, string>>, id: string, models: Models): Promise<Project> {
  const language = languages.find((one) => one.id === id)?.create(await syntaxParser());
  if (!language) throw new Error(id);
  return new Project(language, models, new Set(Object.keys(files)), (path) => files[path] ?? '', {
    filesOf: (name) =>
      Object.keys(files).filter((path) => language.declaredIn?.(files[path] ?? '').includes(name) === true),
  });
}

/** Follows the files of a workspace, by path. @param id of a language */
export async function follow(
  files: Readonly<Record<string, string>>,
  id = 'javascript',
  models = new Models([...modelFiles(id).values()]),
): Promise<Followed> {
  const project = await projectOf(files, id, models);
  const outcomes = new Map(Object.keys(files).map((path) => [path, project.follow(path)] as const));
  return { sites: project.take(), outcomes };
}

/** Whether the first of some files is proven not to cause a defect in a line of it, counted from 1. */
export async function isHarmless(
  files: Readonly<Record<string, string>>,
  line: number,
  defect: Defect,
  id = 'javascript',
  models = new Models([...modelFiles(id).values()]),
): Promise<boolean> {
  const [[path, source] = ['', '']] = Object.entries(files);
  const lines = new Lines(source);
  const question = { from: lines.offset(line), to: lines.offset(line + 1), defect };
  return disproved(await projectOf(files, id, models), path, [question])[0] === true;
}
