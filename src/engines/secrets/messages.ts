import * as z from 'zod';
import { confidence, severity } from '../../protocol';
import { scanResult } from '../engine/scanMessages';

/** Findings in one file; more say nothing new. */
export const maxPerFile = 100;

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

export const secretResult = scanResult(secretHit);
export type SecretResult = z.infer<typeof secretResult>;
