import * as z from 'zod';
import { osvSettings } from './osvSettings';

/** An analyzer of the user's own: any program that writes SARIF 2.1.0. */
export const customAnalyzer = z.strictObject({
  /** As in `analyze:<id>`. */
  id: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'small letters, digits and hyphens, beginning with a letter'),
  title: z.string().min(1).max(100).optional(),
  /**
   * The program and its arguments; no shell reads them. `${folder}` stands for the scanned folder, `${output}` for a file that the program writes
   * its SARIF to; without the latter it is read from standard output.
   */
  command: z.array(z.string()).min(1),
  /** Patterns, as in .gitignore, of the files that it reads; all when left out. */
  files: z.array(z.string().min(1)).min(1).optional(),
  /** What it ends with when it did its work. */
  exitCodes: z.array(z.number().int()).default([0, 1]),
});
export type CustomAnalyzer = z.infer<typeof customAnalyzer>;

/** What a runner may use beside its embedded analyzers; the file that `--tools` names holds this as JSON. */
export const toolSettings = z.strictObject({
  /** False: no program but our own is started, as in an untrusted workspace. */
  external: z.boolean().default(true),
  /** Whether a scan that names no analyzer also uses the tools that are found and send nothing. */
  automatic: z.boolean().default(false),
  /** Whether programs of the scanned folder itself (its virtual environment) may be started. */
  workspacePrograms: z.boolean().default(false),
  /** Where a tool is, by analyzer id, when it is not on PATH. */
  paths: z.record(z.string(), z.string().min(1)).default({}),
  /** Rules that a tool takes, by analyzer id: files, folders, or names that the tool knows. */
  rulesets: z.record(z.string(), z.array(z.string().min(1))).default({}),
  /** Seconds that one tool may run. */
  timeoutSec: z.number().int().min(1).max(86_400).default(600),
  custom: z.array(customAnalyzer).default([]),
  /** The embedded look-up of dependencies. pip-audit asks the same service, where another than the public one is set. */
  osv: osvSettings.prefault({}),
});
export type ToolSettings = z.infer<typeof toolSettings>;
