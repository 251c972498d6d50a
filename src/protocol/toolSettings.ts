import * as z from 'zod';
import { osvSettings } from './osvSettings';

/** A user-defined analyzer: any program that writes SARIF 2.1.0. */
export const customAnalyzer = z.strictObject({
  /** As in `analyze:<id>`. */
  id: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'lower-case letters, digits and hyphens, starting with a letter'),
  title: z.string().min(1).max(100).optional(),
  /**
   * The program and its arguments, run without a shell. `${folder}` stands for the scanned folder, `${output}` for a file that the program writes
   * its SARIF to. Without the latter it is read from standard output.
   */
  command: z.array(z.string()).min(1),
  /** .gitignore patterns of the files that it reads; all by default. */
  files: z.array(z.string().min(1)).min(1).optional(),
  /** Exit codes that mean success. */
  exitCodes: z.array(z.number().int()).default([0, 1]),
});
export type CustomAnalyzer = z.infer<typeof customAnalyzer>;

/** Settings for external analyzers; the JSON of the file that `--tools` names. */
export const toolSettings = z.strictObject({
  /** False: only our own programs are started, for an untrusted workspace. */
  external: z.boolean().default(true),
  /** Whether a scan uses, by default, the installed tools that send nothing. */
  automatic: z.boolean().default(false),
  /** Whether programs inside the scanned folder (its virtual environment) may be started. */
  workspacePrograms: z.boolean().default(false),
  /** Paths of tools that are not on PATH, by analyzer id. */
  paths: z.record(z.string(), z.string().min(1)).default({}),
  /** Rule sets by analyzer id: files, folders, or names that the tool knows. */
  rulesets: z.record(z.string(), z.array(z.string().min(1))).default({}),
  /** Seconds that one tool may run. */
  timeoutSec: z.number().int().min(1).max(86_400).default(600),
  custom: z.array(customAnalyzer).default([]),
  /** Folders with a team's rules and models, for every scan. */
  rulePacks: z.array(z.string().min(1)).default([]),
  /** The embedded dependency lookup. pip-audit uses the same service if it is not the public one. */
  osv: osvSettings.prefault({}),
});
export type ToolSettings = z.infer<typeof toolSettings>;
