import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { errorMessage } from '../../base/errors';
import type { CustomFile } from '../../findings/policy/customFiles';
import type { PolicyProblem } from '../../protocol';
import type { CustomExample, CustomPart, CustomReading } from '../engine/engine';
import { WorkerPool } from '../engine/workerPool';
import { languages } from './languages/languages';
import { readModels, type ReadModels } from './customMessages';
import type { CustomModelsTask } from './projectMessages';

/** How long reading a file may take, in ms; a thousandth of it is usual. */
const readingMs = 10_000;

/** A team's models, by language. */
export class CustomModels {
  constructor(
    private readonly version: string,
    private readonly byLanguage: ReadonlyMap<string, readonly object[]>,
  ) {}

  /** For the worker; undefined if there are none for the language. */
  of(language: string): CustomModelsTask | undefined {
    const models = this.byLanguage.get(language);
    return models && { version: this.version, models: [...models] };
  }
}

/** Reads the models of teams. */
export class CustomModelReader {
  readonly #workers: WorkerPool;

  /** @param assets contains customModelsWorker.js */
  constructor(assets: string) {
    this.#workers = new WorkerPool(join(assets, 'customModelsWorker.js'), { maxThreads: 1 });
  }

  close(): Promise<void> {
    return this.#workers.close();
  }

  /** @throws the signal's reason */
  async read(all: readonly CustomFile[], { signal }: CustomReading): Promise<CustomPart> {
    const files = all.filter(({ kind }) => kind === 'model');
    const problems: PolicyProblem[] = [];
    const examples: CustomExample[] = [];
    const byLanguage = new Map<string, object[]>();
    for (const { file, text } of files) {
      let read: ReadModels;
      try {
        const folder = file.split('/').at(-2);
        read = readModels.parse(
          await this.#workers.run(
            'read',
            { text, folder, languages: languages.map(({ id }) => id) },
            signal,
            readingMs,
          ),
        );
      } catch (error) {
        signal.throwIfAborted();
        problems.push({ file, line: 1, level: 'error', message: `It cannot be read: ${errorMessage(error)}.` });
        continue;
      }
      problems.push(...read.problems.map((problem) => ({ file, ...problem })));
      for (const { language, model, exampleLines } of read.models) {
        const { examples: own, ...rest } = model;
        byLanguage.set(language, [...(byLanguage.get(language) ?? []), rest]);
        own.forEach((one, index) => examples.push(...examplesOf(one, language, file, exampleLines[index] ?? 1)));
      }
    }
    const version = createHash('sha256')
      .update(JSON.stringify([...byLanguage]))
      .digest('hex')
      .slice(0, 16);
    return {
      part: byLanguage.size > 0 ? new CustomModels(version, byLanguage) : undefined,
      ids: [],
      problems,
      examples,
    };
  }
}

function examplesOf(
  { bad, good, defect }: ReadModels['models'][number]['model']['examples'][number],
  id: string,
  file: string,
  line: number,
): CustomExample[] {
  const language = languages.find((one) => one.id === id);
  if (!language) return [];
  const rule = `${language.prefix}-flow-${defect}`;
  return Object.entries({ bad, good }).flatMap(([kind, code]): CustomExample[] =>
    code === undefined
      ? []
      : [
          {
            ...{ file, line, about: defect, kind: kind === 'bad' ? 'bad' : 'good' },
            files: { [language.example]: code },
            isFoundBy: ({ rule_id }) => rule_id === rule,
          },
        ],
  );
}
