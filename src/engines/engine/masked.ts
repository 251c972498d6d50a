import { join } from 'node:path';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import { FileSecrets, maskIssue } from '../../findings/secrets/maskIssue';
import { maskSecrets } from '../../findings/secrets/maskSecrets';
import { AnalyzerWrapper } from './analyzerWrapper';
import type { AnalyzerRun, Availability, RunPlace } from './engine';
import { readSource } from './readSource';

/** Files whose secrets are kept in memory; findings arrive file by file. */
const maxFiles = 16;

/**
 * Masks the secrets in all output of an analyzer. Its findings, messages and errors reach the report, the events, the log and the cache only through
 * this wrapper.
 */
export class Masked extends AnalyzerWrapper {
  override async availability(signal: AbortSignal, place: RunPlace): Promise<Availability> {
    const availability = await this.inner.availability(signal, place);
    return availability.available ? availability : { ...availability, reason: maskSecrets(availability.reason) };
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    const known = new Map<string, FileSecrets | undefined>();
    const secretsOf = (file: string): FileSecrets | undefined => {
      if (known.has(file)) return known.get(file);
      for (const path of known.keys()) if (known.size >= maxFiles) known.delete(path);
      const secrets = read(join(run.root, file));
      known.set(file, secrets);
      return secrets;
    };
    const paths = new Set(run.files.map(({ path }) => path));
    try {
      await this.inner.analyze({
        ...run,
        issues: (found) =>
          run.issues(
            // Findings in files that the analyzer was not given are discarded later, so such a file is not read here.
            found.map((issue) => maskIssue(issue, paths.has(issue.file) ? secretsOf(issue.file) : undefined)),
          ),
        log: (level, message) => run.log(level, maskSecrets(message)),
        gap: (kind, reason, files) => run.gap(kind, maskSecrets(reason), files),
      });
    } catch (error) {
      const message = errorMessage(error);
      const masked = maskSecrets(message);
      throw masked === message ? error : new CodedError(errorCode(error) ?? 'FAILED', masked);
    }
  }
}

/** Undefined for a file that cannot be read: secrets are then recognized from the finding alone. */
function read(path: string): FileSecrets | undefined {
  try {
    return new FileSecrets(readSource(path));
  } catch {
    return undefined;
  }
}
