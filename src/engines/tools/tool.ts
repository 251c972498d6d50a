import type { GapKind, LogLevel, Severity, ToolSettings, FoundIssue } from '../../protocol';
import type { SourceFile } from '../../sources/sourceFile';

/** The input of a tool's calls. */
export interface ToolJob {
  /** Absolute path of the scanned folder. */
  readonly root: string;
  /** The files of the inventory that the tool reads. */
  readonly files: readonly SourceFile[];
  /** An empty temporary folder, outside the scanned one. */
  readonly scratch: string;
  /** Its configured rule sets. */
  readonly rulesets: readonly string[];
  readonly settings: ToolSettings;
  readonly signal: AbortSignal;
  log(level: LogLevel, message: string): void;
  /** As in an analyzer's run, with paths as the tool reports them: absolute, or relative to the scanned folder or its copy. */
  gap(kind: GapKind, reason: string, files?: readonly string[]): void;
}

/** One run of the program. */
export interface ToolCall {
  readonly args: readonly string[];
  readonly cwd: string;
  /** The folder that stands for the scanned one in the tool's result; the scanned folder itself by default. */
  readonly base?: string;
  /** The file to which the tool writes its result; stdout by default. */
  readonly output?: string;
  /** The number of files that are done after this call. */
  readonly files: number;
}

/** A finding as reported by a tool. Its file is absolute, or relative to the call's folder. */
export type ReportedIssue = Omit<FoundIssue, 'tool' | 'suggestion'> & { readonly suggestion?: string | null };

/** The description of a program that finds issues. {@link ExternalTool} runs it. */
export interface Tool {
  readonly id: string;
  readonly title: string;
  /** Its name on PATH, or its path. */
  readonly program: string;
  /** Arguments that print its version; empty if unknown. */
  readonly versionArgs: readonly string[];
  /** A command that installs it. */
  readonly install?: string;
  /** What it sends to other machines, if anything. Such tools run only when selected. */
  readonly sends?: string;
  /** Whether it supports configured rule sets. */
  readonly takesRulesets?: boolean;
  /** Why it cannot run as configured, if so. */
  readonly needs?: (rulesets: readonly string[]) => string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that mean success, with or without findings. */
  readonly exitCodes: readonly number[];
  /** Lines of its standard error that report a problem even if it exits successfully; the group `what` is the problem. */
  readonly problems?: RegExp;
  /** Whether it reads the file at a path. */
  readonly reads: (path: string) => boolean;
  /** The calls that together cover all files. */
  readonly calls: (job: ToolJob) => AsyncIterable<ToolCall> | Iterable<ToolCall>;
  /**
   * Parses the result of a call. Files are named as by the tool: absolute, or relative to the call's folder.
   * @throws ZodError or SyntaxError if the result is malformed
   */
  readonly read: (text: string, job: ToolJob) => ReportedIssue[] | Promise<ReportedIssue[]>;
}

/** Maps the severities of most tools, in any case. Unknown ones count as low. */
export function severityOf(word: string | undefined): Severity {
  switch (word?.toUpperCase()) {
    case 'CRITICAL':
      return 'critical';
    case 'HIGH':
    case 'ERROR':
      return 'high';
    case 'MEDIUM':
    case 'MODERATE':
    case 'WARNING':
      return 'medium';
    default:
      return 'low';
  }
}

/** Shortens a text to one line. */
export function brief(text: string, length = 300): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
