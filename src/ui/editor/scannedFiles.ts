import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { readBounded } from '../../base/boundedFile';
import { CodedError, errorCode } from '../../base/errors';
import { FileText } from '../../base/fileText';
import { inParallel } from '../../base/inParallel';
import { insidePath } from '../../base/insidePath';
import type { FindingFile } from '../../store/fixCheck';
import type { TrackedJob } from '../../store/scanStore';
import { uriOf } from './placeIssues';

/** Maximum size of a file in bytes: no larger file is scanned. */
const maxBytes = 8 * 1024 * 1024;
/** Files that are read at a time. */
const readers = 8;
/** Files whose texts are kept, and how much of them in all, in UTF-16 units. */
const maxFiles = 200;
const maxText = 32_000_000;

/** How to find out whether a file is still what was scanned. */
export interface Proof {
  /** When the scan had not yet read any file, or the log was imported, by this machine's clock, in ms since the epoch; undefined if that is not known. */
  readonly start: number | undefined;
  /** For an imported log, which may be about earlier code: what it says about the file itself. */
  readonly log?: {
    /** SHA-256 of a file as it was scanned, in hex. */
    readonly hashOf: (path: string) => string | undefined;
    /** Whether a file is what the scanned commit has. @param content as it is on disk */
    readonly isCommitted: (path: string, content: Uint8Array) => Promise<boolean>;
  };
}

/**
 * When a scan had not yet read any file, by this machine's clock, in ms since the epoch; undefined if the time of its service is all that is known.
 * For an import, when it was imported.
 */
export function scanStart({ origin, startedHere, job }: TrackedJob): number | undefined {
  if (startedHere !== undefined) return startedHere;
  if (origin.service === 'remote') return undefined;
  const start = Date.parse(job.started_at ?? job.submitted_at ?? '');
  return Number.isFinite(start) ? start : undefined;
}

/** A file on disk. */
interface Disk {
  /** Changes with the file. */
  readonly stamp: string;
  readonly text: FileText;
  readonly isScanned: boolean;
  /** Whether it has not changed in this window, and nothing says that it is not what was scanned. */
  readonly isCounted: boolean;
}

/** The text of an open document at one of its versions. */
interface OpenText {
  readonly document: vscode.TextDocument;
  readonly version: number;
  readonly text: FileText;
}

/** What is remembered about a file. */
interface Kept {
  readonly disk: Disk | undefined;
  readonly open: OpenText | undefined;
  readonly scanned: FileText | undefined;
  readonly counted: FileText;
  readonly isUnsure: boolean;
}

/** The files of one scan as they are now and as they were scanned. Each is read again only when it has changed. */
export class ScannedFiles {
  /** By path, the one that was used last at the end. */
  readonly #kept = new Map<string, Kept>();

  constructor(
    private readonly folder: string,
    private readonly proof: Proof,
  ) {}

  /**
   * Reads files.
   * @returns a file of these; undefined if it is gone, cannot be read, or lies outside of the folder
   * @throws Node's error if the folder cannot be read
   */
  async load(paths: Iterable<string>): Promise<(path: string) => FindingFile | undefined> {
    const files = new Map<string, FindingFile | undefined>();
    await inParallel([...new Set(paths)], readers, async (path) => void files.set(path, await this.#file(path)));
    return (path) => files.get(path);
  }

  async #file(path: string): Promise<FindingFile | undefined> {
    const found = await insidePath(this.folder, path);
    if (typeof found === 'string') return undefined;
    const disk = await this.#read(path, found.file, this.#kept.get(path)?.disk);
    const kept = this.#kept.get(path);
    const open = openText(uriOf(this.folder, path), kept?.open);
    // VS Code may not yet have reloaded a document that another program has changed.
    const now = open && (open.document.isDirty || !disk) ? open.text : disk?.text;
    if (!now) return undefined;
    // What was scanned stays so when the file changes.
    const scanned = disk?.isScanned === true ? disk.text : kept?.scanned;
    const { counted, isUnsure } = disk?.isCounted
      ? { counted: disk.text, isUnsure: false }
      : (kept ?? { counted: disk?.text ?? now, isUnsure: true });
    this.#keep(path, { disk, open, scanned, counted, isUnsure });
    return { now, scanned, counted, isUnsure };
  }

  async #read(path: string, file: string, before: Disk | undefined): Promise<Disk | undefined> {
    try {
      // The time first: a change after it is then seen as one.
      const { mtimeMs, ctimeMs, size } = await stat(file);
      const stamp = `${mtimeMs} ${ctimeMs} ${size}`;
      if (before?.stamp === stamp) return before;
      const content = await readBounded(file, { maxBytes });
      // Programs may set the one, never the other.
      const isOld = Math.floor(Math.max(mtimeMs, ctimeMs)) <= (this.proof.start ?? -Infinity);
      const { log } = this.proof;
      const hash = log?.hashOf(path);
      // A log may be about any code, even if this file has not changed for long.
      const isScanned =
        hash !== undefined
          ? createHash('sha256').update(content).digest('hex') === hash
          : log
            ? await log.isCommitted(path, content)
            : isOld;
      const isCounted = isScanned || (isOld && hash === undefined);
      return { stamp, text: new FileText(content), isScanned, isCounted };
    } catch (error) {
      if (error instanceof CodedError || errorCode(error) !== undefined) return undefined;
      throw error;
    }
  }

  #keep(path: string, kept: Kept): void {
    this.#kept.delete(path);
    this.#kept.set(path, kept);
    let size = 0;
    for (const one of this.#kept.values()) size += sizeOf(one);
    for (const [oldest, one] of this.#kept) {
      if (this.#kept.size <= maxFiles && size <= maxText) break;
      this.#kept.delete(oldest);
      size -= sizeOf(one);
    }
  }
}

function sizeOf({ disk, open, scanned, counted }: Kept): number {
  const texts = new Set([disk?.text, open?.text, scanned, counted]);
  return [...texts].reduce((sum, text) => sum + (text?.text.length ?? 0), 0);
}

/** The text of an open document, made once for each of its versions. */
function openText(uri: vscode.Uri, before: Kept['open']): Kept['open'] {
  const key = uri.toString();
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === key);
  if (!open) return undefined;
  const { version } = open;
  const isSame = before?.document === open && before.version === version;
  return isSame ? before : { document: open, version, text: new FileText(open.getText()) };
}
