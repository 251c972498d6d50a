import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { readBounded } from '../../base/boundedFile';
import { CodedError, errorCode } from '../../base/errors';
import { FileText } from '../../base/fileText';
import { insidePath } from '../../base/insidePath';
import type { FixFile } from '../../store/fixCheck';
import type { TrackedJob } from '../../store/scanStore';
import { uriOf } from './placeIssues';

/** Maximum size of a file in bytes: no larger file is scanned. */
const maxBytes = 8 * 1024 * 1024;

/**
 * A time before a scan read any file, by this machine's clock, in ms since the epoch; undefined if only its service's time is known. An
 * import counts from its own time, since it is unknown when its files were scanned.
 */
export function scanStart({ origin, startedHere, job }: TrackedJob): number | undefined {
  if (startedHere !== undefined) return startedHere;
  if (origin.service === 'remote') return undefined;
  const start = Date.parse(job.started_at ?? job.submitted_at ?? '');
  return Number.isFinite(start) ? start : undefined;
}

/** The files of one scan in their current and scanned state, each read once. */
export class ScannedFiles {
  readonly #files = new Map<string, FixFile | undefined>();

  /** @param start see {@link scanStart} */
  constructor(
    private readonly folder: string,
    private readonly start: number | undefined,
  ) {}

  /** Reads files. @throws Node's error if the folder cannot be read */
  async load(paths: Iterable<string>): Promise<void> {
    for (const path of new Set(paths)) {
      if (!this.#files.has(path)) this.#files.set(path, await this.#read(path));
    }
  }

  /** A loaded file; undefined if it no longer exists, cannot be read, or is outside the folder. */
  readonly get = (path: string): FixFile | undefined => this.#files.get(path);

  async #read(path: string): Promise<FixFile | undefined> {
    const found = await insidePath(this.folder, path);
    if (typeof found === 'string') return undefined;
    const disk = await readDisk(found.file);
    const uri = uriOf(this.folder, path).toString();
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
    const now = open ? new FileText(open.getText()) : disk?.text;
    // A file that has not changed since before the scan is identical to the scanned one.
    const isOld = disk !== undefined && this.start !== undefined && disk.changed <= this.start;
    return now && { now, scanned: isOld ? disk.text : undefined };
  }
}

async function readDisk(file: string): Promise<{ text: FileText; changed: number } | undefined> {
  try {
    // The time first, so that a later change is detected.
    const { mtimeMs, ctimeMs } = await stat(file);
    const text = new FileText(await readBounded(file, { maxBytes }));
    // Programs can set the one, but not the other.
    return { text, changed: Math.floor(Math.max(mtimeMs, ctimeMs)) };
  } catch (error) {
    if (error instanceof CodedError || errorCode(error) !== undefined) return undefined;
    throw error;
  }
}
