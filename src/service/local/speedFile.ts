import * as z from 'zod';
import { readJsonOr, writeJson } from '../../base/jsonFile';
import type { Logger } from '../../base/logger';
import type { SpeedRecord } from '../ports/record';

const content = z.record(z.string(), z.number().positive());

/** `bytesPerSecond.json`. Runners that share it may overwrite each other's values, which are only used for estimates. */
export class SpeedFile implements SpeedRecord {
  constructor(
    private readonly path: string,
    private readonly log: Logger,
  ) {}

  read(): Promise<Record<string, number>> {
    return readJsonOr(this.path, content, {}, this.log);
  }

  write(speeds: Readonly<Record<string, number>>): Promise<void> {
    return writeJson(this.path, speeds);
  }
}
