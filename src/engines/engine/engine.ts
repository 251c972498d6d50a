import type { FoundIssue, GapKind, LogLevel } from '../../protocol';
import type { SourceFile } from '../../sources/sourceFile';

/** Where an analyzer is to run and with which rules, as far as programs count that are not ours. */
export interface Place {
  /** The person's own folder that is scanned; undefined for a clone or an upload, whose programs are never started. */
  readonly folder?: string | undefined;
  /** Rule sets that were set for the analyzer, beside its own. */
  readonly rulesets: readonly string[];
}

export interface AnalyzerRun {
  /** Absolute path of the folder that is scanned. */
  readonly root: string;
  /** The files of the inventory that this analyzer {@link Analyzer.handles}; nothing else may be read. */
  readonly files: readonly SourceFile[];
  /** Ends the run: every process and worker of it is dead when `analyze` rejects. */
  readonly signal: AbortSignal;
  readonly place: Place;
  /** Whether nothing is kept of the run, nor taken from what was kept: for a few files, reading that takes longer than looking at them. */
  readonly unkept?: boolean;
  /** Hands over findings as they appear. */
  issues(found: readonly FoundIssue[]): void;
  /**
   * Files done so far, of `files.length`; for a steady progress, called at least every few hundred files.
   * @param bytesDone the bytes of those files; left out where they are the first ones of `files`
   */
  progress(filesDone: number, bytesDone?: number): void;
  /**
   * Says that these files are done: whatever was found in them, and what was not looked at, has been handed over. It stays known when the run ends
   * early. Left out where nobody keeps it.
   */
  searched?(files: readonly SourceFile[]): void;
  log(level: LogLevel, message: string): void;
  /**
   * Says that something was not looked at. Gaps of the same kind and reason are added up, so the reason names no file.
   * @param reason one sentence for a person
   * @param files paths of the files that it is about, each once
   */
  gap(kind: GapKind, reason: string, files?: readonly string[]): void;
}

/** Whether an analyzer can run here. */
export type Availability =
  | { readonly available: true; readonly version: string }
  | {
      readonly available: false;
      readonly reason: string;
      readonly installHint?: string;
      /** The person has turned it off, so that nothing is missing from the scan. */
      readonly turnedOff?: true;
    };

/** One engine that finds issues. Everything the runner knows of an engine is behind this. */
export interface Analyzer {
  /** As in `analyze:<id>`, in settings and in reports. */
  readonly id: string;
  readonly title: string;
  readonly kind: 'embedded' | 'external';
  /**
   * `file`: a file's findings depend on that file alone, so they can be kept by its content.
   * `project`: they depend on more.
   */
  readonly scope: 'file' | 'project';
  /** The built files, beside the runner's own, that decide what it finds: with them change the findings that are cached. */
  readonly scripts?: readonly string[];
  /** Whether it applies rule sets that are set for it; one without this has only its own. */
  readonly takesRulesets?: boolean;
  /** Whether this analyzer reads such a file. `path` is relative, '/'-separated. */
  handles(path: string): boolean;
  /** Whether it can run, and its version with that of its rules. Quick, and remembered by the analyzer where it costs. */
  availability(signal: AbortSignal, place: Place): Promise<Availability>;
  /**
   * Whether a scan of a whole folder that names no analyzer takes it too: `missing` when it would, had the person installed it. Quick, and starts
   * nothing. One without this only takes part where it is a default or is named.
   */
  automatic?(place: Place): Promise<'yes' | 'no' | 'missing'>;
  /** Starts what takes long to start, for a run that comes at once. */
  prepare?(): void;
  /**
   * Runs to the end, or until the signal fires.
   * @throws CodedError with a sentence on what failed; code NOTHING_TO_READ when there was nothing for it after all; code SKIPPED when something outside
   * of this machine kept it from its work; the signal's reason when it fired
   */
  analyze(run: AnalyzerRun): Promise<void>;
  /** Ends what it keeps ready for the next run; a run that is under way goes on. */
  close?(): Promise<void>;
}
