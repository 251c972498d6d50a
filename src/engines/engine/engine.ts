import type { CustomFile } from '../../findings/policy/customFiles';
import type { FoundIssue, GapKind, LogLevel, PolicyProblem } from '../../protocol';
import type { SourceFile } from '../../sources/sourceFile';

/** The parts of a run that matter to external programs: its folder and rule sets. */
export interface RunPlace {
  /** The scanned folder if it is the user's own; undefined for a clone or an upload, whose programs are never started. */
  readonly folder?: string | undefined;
  /** Rule sets configured for the analyzer, in addition to its own. */
  readonly rulesets: readonly string[];
  /** The team's custom rules and models, if any. */
  readonly own?: CustomRules | undefined;
}

/** A team's custom rules and models, as read by the engines that apply them. */
export interface CustomRules {
  /** Identifies all of them. Cached findings are discarded when it changes. */
  readonly version: string;
  /** The ids of the rules. */
  readonly ids: ReadonlySet<string>;
  /** By analyzer ID, the analyzer's own representation, which is opaque to others. */
  readonly parts: ReadonlyMap<string, unknown>;
  /** Set if they are being tried: no other rule is applied, and examples are checked regardless of the files that rules are limited to. */
  readonly trying?: 'workspace' | 'examples';
}

/** The custom rules or models that one engine has read. */
export interface CustomPart {
  /** See {@link CustomRules.parts}; undefined if there is nothing to apply. */
  readonly part: unknown;
  readonly ids: readonly string[];
  readonly problems: readonly PolicyProblem[];
  readonly examples: readonly CustomExample[];
}

/** An example of a custom rule or model, which serves as its test. */
export interface CustomExample {
  readonly file: string;
  readonly line: number;
  /** The rule, or the defect that a model describes. */
  readonly about: string;
  readonly kind: 'bad' | 'good';
  /** The code, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Whether a finding is the one that the example expects. */
  readonly isFoundBy: (issue: FoundIssue) => boolean;
}

/** How custom rules are read. */
export interface CustomReading {
  readonly place: RunPlace;
  readonly signal: AbortSignal;
  /** Whether a built-in rule has this ID. */
  readonly isTaken: (id: string) => boolean;
}

export interface AnalyzerRun {
  /** Absolute path of the scanned folder. */
  readonly root: string;
  /** The files of the inventory that this analyzer {@link Analyzer.handles}; nothing else may be read. */
  readonly files: readonly SourceFile[];
  /** Cancels the run. All its processes and workers have ended by the time `analyze` rejects. */
  readonly signal: AbortSignal;
  readonly place: RunPlace;
  /** Whether to bypass the cache: for a few files, reading it takes longer than analyzing them. */
  readonly unkept?: boolean;
  /** Set if the files were just saved in a folder that was scanned before. */
  readonly saved?: SavedRun;
  /** Reports findings as they appear. */
  issues(found: readonly FoundIssue[]): void;
  /**
   * Reports how many of `files` are done. Call it at least every few hundred files, so that progress is steady.
   * @param bytesDone the size of those files; by default, of the first `filesDone` files
   */
  progress(filesDone: number, bytesDone?: number): void;
  /**
   * Marks files as done: their findings and gaps have been reported, and can be cached even if the run ends
   * early. Undefined without a cache.
   */
  searched?(files: readonly SourceFile[]): void;
  log(level: LogLevel, message: string): void;
  /**
   * Reports that something was not scanned. Gaps of the same kind and reason are combined, so the reason must not name a file.
   * @param reason one sentence for the user
   * @param files paths of the affected files, without duplicates
   */
  gap(kind: GapKind, reason: string, files?: readonly string[]): void;
}

/** A run on files that were just saved. What it finds in other files of the folder may be reported too. */
export interface SavedRun {
  /** The names of all files of the folder that a scan would read, as far as names tell. */
  readonly all: ReadonlySet<string>;
  /** Whether there is more time than somebody waits who has saved a file. */
  readonly isThorough: boolean;
  /** Marks files whose findings also depend on others that could not be looked at: what was found through those may still be there. */
  alone(files: readonly string[]): void;
  /** Marks files of which something could not be found out: what was found in them earlier still stands. */
  missed(files: readonly string[]): void;
}

/** Whether an analyzer can run here. */
export type Availability =
  | { readonly available: true; readonly version: string }
  | {
      readonly available: false;
      readonly reason: string;
      readonly installHint?: string;
      /** The user has turned it off, so this is not a gap. */
      readonly turnedOff?: true;
    };

/** An engine that finds issues. The runner knows engines only through this interface. */
export interface Analyzer {
  /** As in `analyze:<id>`, in settings and in reports. */
  readonly id: string;
  readonly title: string;
  readonly kind: 'embedded' | 'external';
  /**
   * `file`: the findings in a file depend on that file alone, so they can be cached by its content.
   * `project`: they depend on more.
   */
  readonly scope: 'file' | 'project';
  /** Built files, besides the runner's own, that determine the findings. Cached findings are discarded when they change. */
  readonly scripts?: readonly string[];
  /** Whether it supports configured rule sets in addition to its own. */
  readonly takesRulesets?: boolean;
  /**
   * Names what, with scope `file`, links this file to others of the run: its findings also depend on all files with the same link, and are cached for as long as
   * none of them changes. Undefined if they depend on this file alone.
   */
  linkedBy?(path: string): string | undefined;
  /** The other files of a folder whose findings come from any of these, as far as its scans have told. */
  reachedFrom?(root: string, files: readonly string[]): Promise<readonly string[]>;
  /** With scope `project`: names of what a file is a part of. If it changes, all files of the same parts have to be looked at again. */
  group?(path: string): readonly string[];
  /** Whether this analyzer reads a file. `path` is relative, '/'-separated. */
  handles(path: string): boolean;
  /** Whether it can run, and the versions of it and its rules. Must be fast: cache what is expensive to find out. */
  availability(signal: AbortSignal, place: RunPlace): Promise<Availability>;
  /**
   * Whether a scan of a whole folder uses it by default: `missing` if it would, but is not installed. Must be fast and not start a process. Without
   * this method, the analyzer runs only if it is a configured default or selected.
   */
  automatic?(place: RunPlace): Promise<'yes' | 'no' | 'missing'>;
  /** Reads the custom rules or models that this engine applies. An error in one becomes a problem with its line, and does not affect the others. */
  readCustom?(files: readonly CustomFile[], reading: CustomReading): Promise<CustomPart>;
  /** Starts whatever is slow to start, because a run is about to begin. */
  prepare?(): void;
  /**
   * Runs to completion, or until the signal fires.
   * @throws CodedError that says what failed; code NOTHING_TO_READ if there was nothing to analyze after all; code SKIPPED if something outside this
   * machine prevented it; the signal's reason if it fired
   */
  analyze(run: AnalyzerRun): Promise<void>;
  /** Ends whatever it keeps ready for the next run. Current runs continue. */
  close?(): Promise<void>;
}
