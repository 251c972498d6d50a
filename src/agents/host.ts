import type { CheckAnswer, Issue, Report } from '../protocol';
import type { DependencyAnswer, FixAnswer } from './answers';

/** The newest scan: its report, and the folder that its paths are relative to. */
export interface Scanned {
  readonly root: string;
  readonly report: Report;
  /** The files and folders that it looked at, relative to the root and '/'-separated; undefined: all. */
  readonly scope?: readonly string[];
}

/** Gets the percent that are done. */
export type OnProgress = (percent: number) => void;

export interface FixOptions {
  readonly dryRun: boolean;
  /** Also fixes that may change what correct code does. */
  readonly unsafe: boolean;
}

/** What does the work of the tools. Every method throws an error whose message an agent can act on, or the signal's reason. */
export interface AgentHost {
  /**
   * Scans and waits.
   * @param path a file or folder, absolute or relative to the first root; undefined: all of the first root
   * @param changed only files that differ from this commit, branch or tag
   */
  scan(
    path: string | undefined,
    changed: string | undefined,
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<Scanned>;
  /**
   * Where a file or folder is below the root of a scan; undefined: it is the root.
   * @param path absolute or relative to the root
   * @throws CodedError NOT_SCANNED if the scan did not look at it, since its findings are not known then
   */
  within(scanned: Scanned, path: string): Promise<string | undefined>;
  /** The newest scan, if there was one. */
  newest(): Promise<Scanned | undefined>;
  /** Looks at code as if it were a file of this name. @param filename relative, '/'-separated */
  check(filename: string, code: string, signal: AbortSignal): Promise<CheckAnswer>;
  /** The page on a rule, in Markdown, as the build writes it; undefined if it has none. */
  rulePage(id: string): Promise<string | undefined>;
  /** Tries the fixes of findings of the newest scan, and writes those that hold unless `dryRun`. */
  fix(scanned: Scanned, issues: readonly Issue[], options: FixOptions, signal: AbortSignal): Promise<FixAnswer>;
  /** Looks a package up. @param version undefined: any */
  dependency(
    ecosystem: string,
    name: string,
    version: string | undefined,
    signal: AbortSignal,
  ): Promise<DependencyAnswer>;
}
