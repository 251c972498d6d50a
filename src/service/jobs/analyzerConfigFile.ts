import { readFile } from 'node:fs/promises';
import { analyzerConfig, type AnalyzerConfig } from '../../protocol';
import { errorCode, errorMessage } from '../../base/errors';
import { writeFileAtomic } from '../../base/files';
import type { Logger } from '../../base/logger';

/** `config.json`: what a scan takes that names nothing itself. Read anew each time, since runners may share it. */
export class AnalyzerConfigFile {
  #writing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly fallback: AnalyzerConfig,
    private readonly log: Logger,
  ) {}

  async read(): Promise<AnalyzerConfig> {
    try {
      return analyzerConfig.parse(JSON.parse(await readFile(this.path, 'utf8')));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.log.warn(`Skipped ${this.path}: ${errorMessage(error)}`);
      return this.fallback;
    }
  }

  /** Changes the given fields. @returns the whole as it is now */
  change(fields: Partial<AnalyzerConfig>): Promise<AnalyzerConfig> {
    const work = this.#writing.then(async () => {
      const changed = { ...(await this.read()), ...fields };
      await writeFileAtomic(this.path, JSON.stringify(changed, undefined, 2));
      return changed;
    });
    // One after the other; who waits behind a failed one is not to fail with it.
    this.#writing = work.catch(() => undefined);
    return work;
  }
}
