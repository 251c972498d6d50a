import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { FileText } from '../../base/fileText';
import { FileSecrets, maskIssue } from '../../findings/secrets/maskIssue';
import type { FoundIssue, GapKind } from '../../protocol';
import { inBatches } from '../engine/batches';
import { WorkerPool } from '../engine/workerPool';
import { maxPerFile, textsResult, type TextsTask } from './messages';
import { toIssue } from './secretlint';

/** A text that does not belong to a file in the scanned folder, with a path that determines its file type. */
export interface NamedText {
  readonly path: string;
  readonly text: string;
}

/** A secret in a text. */
export interface FoundSecret {
  /** Identifies the secret. Derived from the secret, so it must not leave the process. */
  readonly key: string;
  /** Masked. */
  readonly issue: FoundIssue;
}

/** Searches texts for secrets, like {@link import('./secretlint').Secretlint} does with files. */
export class SecretTexts {
  readonly #workers: WorkerPool;

  /** @param assets holds secretlintWorker.js */
  constructor(assets: string) {
    this.#workers = new WorkerPool(join(assets, 'secretlintWorker.js'));
  }

  /**
   * @param gap receives the paths of texts that could not be searched
   * @returns the secrets of each text
   * @throws CodedError TOOL_FAILED; the signal's reason
   */
  async search(
    texts: readonly NamedText[],
    signal: AbortSignal,
    gap: (kind: GapKind, reason: string, files: readonly string[]) => void,
  ): Promise<Map<NamedText, FoundSecret[]>> {
    const files = texts.map((text) => ({ path: text.path, size: text.text.length, text }));
    const textOf = new Map<unknown, NamedText>(files.map((file) => [file, file.text]));
    const found = new Map<NamedText, FoundSecret[]>();
    const run = {
      files,
      signal,
      progress: () => undefined,
      gap: (kind: GapKind, reason: string, paths: readonly string[] = []) => gap(kind, reason, paths),
    };
    const ask = async (batch: readonly object[], ms: number) => {
      const asked = batch.flatMap((file) => textOf.get(file) ?? []);
      const task: TextsTask = { files: asked };
      return { asked, hits: textsResult.parse(await this.#workers.run('scanTexts', task, signal, ms)) };
    };
    for await (const { asked, hits } of inBatches(run, 'searched for secrets', ask))
      for (const [index, text] of asked.entries()) {
        const some = hits[index] ?? [];
        if (some.length === 0) continue;
        if (some.length >= maxPerFile)
          gap('findings_left_out', `Only the first ${maxPerFile} secrets in a file are reported.`, [text.path]);
        const [lines, secrets] = [new FileText(text.text), new FileSecrets(text.text)];
        const keyOf = (hit: (typeof some)[number]) => {
          const start = lines.offsetOf(hit.line, hit.column);
          const end = lines.offsetOf(hit.endLine, hit.endColumn);
          return createHash('sha256')
            .update(`${hit.id}\0${text.text.slice(start, end)}`)
            .digest('base64');
        };
        found.set(
          text,
          some.map((hit) => ({ key: keyOf(hit), issue: maskIssue(toIssue(hit), secrets) })),
        );
      }
    return found;
  }

  close(): Promise<void> {
    return this.#workers.close();
  }
}
