import * as z from 'zod';
import { confidence, severity } from '../../protocol';
import { scanResult } from '../engine/scanMessages';

/** Reported findings in one file; more would say nothing new. */
export const maxPerFile = 100;

const position = z.number().int().positive();

/** A finding of a secret, without the secret itself. */
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

/** Texts to search that do not belong to a file in the folder. */
export const textsTask = z.object({ files: z.array(z.object({ path: z.string(), text: z.string() })) });
export type TextsTask = z.infer<typeof textsTask>;

/** The hits of each of them. */
export const textsResult = z.array(z.array(secretHit));

export const secretResult = scanResult(secretHit);
export type SecretResult = z.infer<typeof secretResult>;
