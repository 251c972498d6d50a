import { analyzerConfig, type AnalyzerConfig } from '../../protocol';
import { readJsonOr, withFileLock, writeJson } from '../../base/jsonFile';
import type { Logger } from '../../base/logger';
import type { ConfigRecord } from '../ports/record';

/** `config.json`. */
export class AnalyzerConfigFile implements ConfigRecord {
  constructor(
    private readonly path: string,
    private readonly fallback: AnalyzerConfig,
    private readonly log: Logger,
  ) {}

  read(): Promise<AnalyzerConfig> {
    return readJsonOr(this.path, analyzerConfig, this.fallback, this.log);
  }

  change(fields: Partial<AnalyzerConfig>): Promise<AnalyzerConfig> {
    return withFileLock(this.path, async () => {
      const changed = { ...(await this.read()), ...fields };
      await writeJson(this.path, changed, 2);
      return changed;
    });
  }
}
