import * as z from 'zod';
import { defects } from './models/defects';
import { modelFile } from './models/schema';

/** A file with a team's models: the same schema with fewer required keys. */
export const customModelFile = modelFile.extend({
  /** A folder name in src/rules/taint; by default, the name of the file's folder. */
  language: z.string().optional(),
  library: z.string().default('Custom models'),
  docs: z.array(z.url()).default([]),
});

/** A task for the worker: read a file with a team's models. */
export const readModelsTask = z.object({
  text: z.string(),
  /** The name of its folder. */
  folder: z.string().optional(),
  /** The languages that models can be written for. */
  languages: z.array(z.string()),
});

const line = z.int().positive();
const example = z.object({ bad: z.string().optional(), good: z.string().optional(), defect: z.enum(defects) });

export const readModels = z.object({
  models: z.array(
    z.object({
      line,
      language: z.string(),
      /** Already checked; the worker that applies it checks it again. */
      model: z.looseObject({ examples: z.array(example) }),
      exampleLines: z.array(line),
    }),
  ),
  problems: z.array(z.object({ line, level: z.enum(['error', 'warning']), message: z.string() })),
});
export type ReadModels = z.infer<typeof readModels>;
