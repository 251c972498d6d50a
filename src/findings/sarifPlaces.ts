import { createHash } from 'node:crypto';
import { FileText } from '../base/fileText';
import type { ArtifactLocation, Region, Run } from './sarifLog';
import { fileOf, type NamedFile } from './sarifPath';
import { placeOf, type Counting, type Place } from './sarifRegion';

/** Finds the files that a log is about. */
export interface SarifFiles {
  /** The path of a file in the report. @param exact for our own path, which is kept as it is */
  placed(file: NamedFile, exact: boolean): string;
  /** The text of a placed file; undefined when it is not there. */
  textOf(path: string): FileText | undefined;
}

/** Finds the places that a run names: paths, lines and columns. */
export class SarifPlaces {
  /** How many results could not be read in part, and in which files, by the sentence that says so. */
  readonly warnings = new Map<string, { count: number; files: Set<string> }>();
  readonly codePoints: boolean;
  /** Texts that the log contains itself. */
  readonly #inline = new Map<string, FileText>();
  /** SHA-256 of files as they were scanned, in hex, by path. */
  readonly hashes = new Map<string, string>();

  constructor(
    private readonly run: Run,
    private readonly files: SarifFiles,
  ) {
    this.codePoints = run.columnKind === 'unicodeCodePoints';
    for (const artifact of run.artifacts ?? []) this.#keepInline(artifact);
  }

  /** The lines and columns of a region; line 1 when they cannot be determined. */
  placeOf(region: Region | undefined, file: string | undefined): Place {
    const place = placeOf(region, this.#counting(region, file));
    if (place) return place;
    this.warn('locations given as offsets into a file that is missing or has changed are shown on line 1.', file);
    return { line: 1 };
  }

  #counting(region: Region | undefined, file: string | undefined): Counting {
    const { codePoints } = this;
    if (region === undefined || file === undefined) return { text: undefined, codePoints };
    // Files are read only where they are needed.
    const byLines = (region.startLine ?? 0) > 0;
    const needed = byLines ? codePoints && (region.startColumn ?? region.endColumn) !== undefined : true;
    return { text: needed ? this.textOf(file) : undefined, codePoints };
  }

  /** The text of a file, from the log itself or from the folder. */
  textOf(file: string): FileText | undefined {
    return this.#inline.get(file) ?? this.files.textOf(file);
  }

  /** The path in the report for a file that the log names. @param exact for our own path, as it was found */
  pathOf(location: ArtifactLocation | undefined, exact = false): string | undefined {
    const named = fileOf(this.run, location);
    return named && this.files.placed(named, exact);
  }

  #keepInline(artifact: NonNullable<Run['artifacts']>[number]): void {
    const { text, binary } = artifact?.contents ?? {};
    const known = Object.entries(artifact?.hashes ?? {}).find(([name]) => /^sha-?256$/i.test(name))?.[1];
    const hash = /^[0-9a-f]{64}$/i.test(known ?? '') ? known?.toLowerCase() : undefined;
    const hasContent = text !== undefined || binary !== undefined;
    const file = hasContent || hash !== undefined ? this.pathOf(artifact?.location) : undefined;
    if (file === undefined) return;
    if (hash !== undefined) this.hashes.set(file, hash);
    if (!hasContent) return;
    const content = text === undefined ? Buffer.from(binary ?? '', 'base64') : Buffer.from(text);
    this.#inline.set(file, new FileText(content));
    if (hash === undefined) this.hashes.set(file, createHash('sha256').update(content).digest('hex'));
  }

  /** Records that a part of a result could not be read. @param sentence continues "3 results: " */
  warn(sentence: string, file: string | undefined): void {
    const known = this.warnings.get(sentence) ?? { count: 0, files: new Set<string>() };
    this.warnings.set(sentence, known);
    known.count += 1;
    if (file !== undefined) known.files.add(file);
  }
}
