import * as z from 'zod';
import { confidence, severity } from '../../protocol';

/** Findings in one file; more say nothing new. */
export const maxPerFile = 100;

/** The runner's order to the worker: search these files. */
export const secretBatch = z.object({ root: z.string(), files: z.array(z.string()) });
export type SecretBatch = z.infer<typeof secretBatch>;

const position = z.number().int().positive();

/** A secret, without the secret. */
export const secretHit = z.object({
  file: z.string(),
  id: z.string(),
  kind: z.string(),
  severity,
  confidence,
  line: position,
  column: position,
  endLine: position,
  endColumn: position,
  snippet: z.string(),
});
export type SecretHit = z.infer<typeof secretHit>;

export const secretResult = z.object({
  hits: z.array(secretHit),
  /** Files that could not be read or searched. */
  failed: z.array(z.object({ file: z.string(), reason: z.string() })),
});
export type SecretResult = z.infer<typeof secretResult>;
