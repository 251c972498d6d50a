import * as z from 'zod';
import { failedFiles } from '../engine/scanMessages';
import { flowRole } from '../../protocol';
import { bits, type Defect } from './value';

const position = z.number().int().positive();
const defect = z.enum(Object.keys(bits) as [Defect, ...Defect[]]);

/** Reported findings in one file; more would say nothing new. */
export const maxHits = 50;

/** Lines on which another analyzer has found a defect. */
const question = z.object({ line: position, endLine: position, defect });
export type Question = z.infer<typeof question>;

/** The runner's order to the worker: analyze these files. */
export const flowOrder = z.object({
  root: z.string(),
  files: z.array(z.object({ path: z.string(), questions: z.array(question) })),
});
export type FlowOrder = z.infer<typeof flowOrder>;

/** A sink that untrusted data reaches. */
export const flowHit = z.object({
  defect,
  line: position,
  column: position,
  endLine: position,
  endColumn: position,
  snippet: z.string(),
  /** The flow from source to sink; empty for a call that is a defect on its own. */
  steps: z.array(
    z.object({
      line: position,
      column: position,
      endLine: position,
      endColumn: position,
      role: flowRole,
      message: z.string(),
    }),
  ),
});
export type FlowHit = z.infer<typeof flowHit>;

export const flowResult = z.object({
  files: z.array(
    z.object({
      path: z.string(),
      /** Whether it could be analyzed. */
      isKnown: z.boolean(),
      hits: z.array(flowHit),
      /** For each question, whether the values there are known and harmless. */
      harmless: z.array(z.boolean()),
    }),
  ),
  failed: failedFiles,
});
export type FlowResult = z.infer<typeof flowResult>;
