import * as z from 'zod';
import { defects } from './models/defects';
import { modelFile } from './models/schema';

/** A file with models of a team: the form of our own, of which less is required. */
export const ownModelFile = modelFile.extend({
  /** As the folders of src/rules/taint are called; by default, that of the folder that the file is in. */
  language: z.string().optional(),
  library: z.string().default('Own models'),
  docs: z.array(z.url()).default([]),
});

/** The order to read a file with models of a team. */
export const readModelsOrder = z.object({
  text: z.string(),
  /** The name of the folder that it is in. */
  folder: z.string().optional(),
  /** The ids of those that there can be models of. */
  languages: z.array(z.string()),
});

const line = z.int().positive();
const example = z.object({ bad: z.string().optional(), good: z.string().optional(), defect: z.enum(defects) });

export const readModels = z.object({
  models: z.array(
    z.object({
      line,
      language: z.string(),
      /** Checked, and to be checked again by whoever applies it. */
      model: z.looseObject({ examples: z.array(example) }),
      exampleLines: z.array(line),
    }),
  ),
  problems: z.array(z.object({ line, level: z.enum(['error', 'warning']), message: z.string() })),
});
export type ReadModels = z.infer<typeof readModels>;
