import { join } from 'node:path';
import { CodedError, errorCode, errorMessage } from '../base/errors';
import { FileSecrets, maskIssue } from '../findings/secrets/maskIssue';
import { maskSecrets } from '../findings/secrets/maskSecrets';
import type { Analyzer, AnalyzerRun, Availability, Place } from './engine';
import { readSource } from './readSource';

/** Files whose secrets are remembered; findings come file by file. */
const maxFiles = 16;

/**
 * An analyzer that never shows a secret, whatever the one inside says: the only way on which findings, messages and errors reach the report, the events, the
 * log and the cache.
 */
export class Masked implements Analyzer {
  readonly id: string;
  readonly title: string;
  readonly kind: Analyzer['kind'];
  readonly scope: Analyzer['scope'];
  readonly automatic?: NonNullable<Analyzer['automatic']>;

  constructor(private readonly inner: Analyzer) {
    this.id = inner.id;
    this.title = inner.title;
    this.kind = inner.kind;
    this.scope = inner.scope;
    if (inner.automatic) this.automatic = (place) => inner.automatic?.(place) ?? Promise.resolve('no');
  }

  handles(path: string): boolean {
    return this.inner.handles(path);
  }

  async availability(signal: AbortSignal, place: Place): Promise<Availability> {
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
            // What names another file than it was given is thrown away later, and is not read here.
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

  prepare(): void {
    this.inner.prepare?.();
  }

  async close(): Promise<void> {
    await this.inner.close?.();
  }
}

/** Undefined for a file that is gone or cannot be read: then a finding's texts tell on their own what is a secret. */
function read(path: string): FileSecrets | undefined {
  try {
    return new FileSecrets(readSource(path));
  } catch {
    return undefined;
  }
}
