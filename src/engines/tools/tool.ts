import type { GapKind, LogLevel, Severity, ToolSettings, FoundIssue } from '../../protocol';
import type { SourceFile } from '../../sources/sourceFile';

/** What a tool's calls are made of. */
export interface ToolJob {
  /** Absolute path of the scanned folder. */
  readonly root: string;
  /** The files of the inventory that the tool reads. */
  readonly files: readonly SourceFile[];
  /** An empty folder of our own, outside the scanned one, that is gone afterwards. */
  readonly scratch: string;
  /** The rules that were set for it. */
  readonly rulesets: readonly string[];
  readonly settings: ToolSettings;
  readonly signal: AbortSignal;
  log(level: LogLevel, message: string): void;
  /** As in an analyzer's run; paths as the tool names them: absolute, or relative to the scanned folder or its copy. */
  gap(kind: GapKind, reason: string, files?: readonly string[]): void;
}

/** One start of the program. */
export interface ToolCall {
  readonly args: readonly string[];
  readonly cwd: string;
  /** The folder that stands for the scanned one in what the tool reports; the scanned one itself when left out. */
  readonly base?: string;
  /** A file that the tool writes its result to; its standard output when left out. */
  readonly output?: string;
  /** How many of the files are done after it. */
  readonly files: number;
}

/** A finding as a tool tells it; its file is absolute, or relative to the folder of the call. */
export type ReportedIssue = Omit<FoundIssue, 'tool' | 'suggestion'> & { readonly suggestion?: string | null };

/** Describes a program that finds issues: all that differs from one to the next. {@link ExternalTool} runs it. */
export interface Tool {
  readonly id: string;
  readonly title: string;
  /** Its name on PATH, or where it is. */
  readonly program: string;
  /** What makes it tell its version; empty when nothing is known to. */
  readonly versionArgs: readonly string[];
  /** A command that installs it. */
  readonly install?: string;
  /** What leaves the machine when it runs; undefined: nothing. Tools that send something only run when they are asked for. */
  readonly sends?: string;
  /** Whether it applies the rule sets that are set for it. */
  readonly takesRulesets?: boolean;
  /** Why it can do nothing as it is set; undefined when it can. */
  readonly needs?: (rulesets: readonly string[]) => string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** What it ends with when it did its work, with findings or without. */
  readonly exitCodes: readonly number[];
  /** Lines of its standard error that say what it could not do though it ended well; the group `what` is told. */
  readonly troubles?: RegExp;
  /** Whether it reads such a file. */
  readonly reads: (path: string) => boolean;
  /** The starts that cover all files. */
  readonly calls: (job: ToolJob) => AsyncIterable<ToolCall> | Iterable<ToolCall>;
  /**
   * Reads what a call wrote. Files are as the tool names them: absolute, or relative to the call's folder.
   * @throws ZodError, SyntaxError when it is not what the tool writes
   */
  readonly read: (text: string, job: ToolJob) => ReportedIssue[] | Promise<ReportedIssue[]>;
}

/** Severities in the words that most tools use, whatever their case. What is unknown counts as low. */
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

/** The first sentence or so of a text that may be long and have Markdown in it. */
export function brief(text: string, length = 300): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
