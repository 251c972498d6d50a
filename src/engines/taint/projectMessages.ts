import * as z from 'zod';
import { failedFiles } from '../engine/scanMessages';
import { flowRole } from '../../protocol';
import { defects } from './models/defects';

const position = z.number().int().positive();
const defect = z.enum(defects);
const place = z.object({ line: position, column: position, endLine: position, endColumn: position });

/** Reported findings in one file; more would say nothing new. */
export const maxProjectHits = 100;

const question = z.object({ line: position, endLine: position, defect });
export type ProjectQuestion = z.infer<typeof question>;

/** A team's models, in addition to the built-in ones: checked, in the form of their files. */
const customModels = z.object({ version: z.string(), models: z.array(z.unknown()) });
export type CustomModelsTask = z.infer<typeof customModels>;

/** A task for the worker: follow these files of a project. */
export const projectTask = z.object({
  root: z.string(),
  /** Identifies the run and the language: a worker keeps its information about files for one run. */
  run: z.string(),
  language: z.string(),
  own: customModels.optional(),
  /** All files of the project in this language, one per line: those that can be imported. A single text, since there may be 100,000. */
  paths: z.string(),
  files: z.array(z.string()),
  /** Files that need not be followed: they are skipped once the others have cost this much, by {@link Project.cost}. */
  optional: z.object({ files: z.array(z.string()), cost: z.number() }).optional(),
});
export type ProjectTask = z.infer<typeof projectTask>;

const hit = place.extend({
  file: z.string(),
  defect,
  confidence: z.enum(['high', 'medium', 'low']),
  /** Whether the callers of a function decide whether it does harm. */
  isOfCaller: z.boolean(),
  snippet: z.string(),
  steps: z.array(place.extend({ file: z.string(), role: flowRole, message: z.string() })),
});
export type ProjectHit = z.infer<typeof hit>;

export const projectResult = z.object({
  hits: z.array(hit),
  tooComplex: z.array(z.string()),
  failed: failedFiles,
  /** For each file that was looked at, the files that it depends on. */
  uses: z.record(z.string(), z.array(z.string())),
  /** The optional files that were not followed. */
  skipped: z.array(z.string()),
});
export type ProjectResult = z.infer<typeof projectResult>;

/** Asks which findings of other engines are disproved, by each file alone. */
export const disproveTask = z.object({
  root: z.string(),
  language: z.string(),
  own: customModels.optional(),
  files: z.array(z.object({ path: z.string(), questions: z.array(question) })),
});
export type DisproveTask = z.infer<typeof disproveTask>;

export const disproveResult = z.object({
  files: z.array(z.object({ path: z.string(), harmless: z.array(z.boolean()) })),
  failed: failedFiles,
});
export type DisproveResult = z.infer<typeof disproveResult>;
