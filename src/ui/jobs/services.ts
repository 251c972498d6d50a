import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';
import { fetchThrough } from '../../base/http';
import type { Logger } from '../../base/logger';
import type { RunnerProcess } from '../../client/runnerProcess';
import { ScanClient } from '../../client/scanClient';
import { parseLog } from '../../client/storedJob';
import type { LogEvent, Report } from '../../protocol';
import type { Origin } from '../../store/scanStore';
import { config } from '../manifest/config';
import { settings } from '../manifest/ids';

/** The services that this window knows: the embedded runner, and the team's server with its token in the secret storage. */
export class Services {
  constructor(
    private readonly runner: RunnerProcess,
    private readonly secrets: vscode.SecretStorage,
    private readonly log: Logger,
  ) {}

  /**
   * A client of a service of this kind, as the settings are now.
   * @throws CodedError NO_SERVER when no server is set; RUNNER when the runner does not start
   */
  async open(service: Exclude<Origin['service'], 'imported'>): Promise<ScanClient> {
    if (service === 'embedded') return this.runner.client();
    const url = config.serverUrl();
    if (url === undefined) {
      throw new CodedError(
        'NO_SERVER',
        vscode.l10n.t('No scan server is configured. Run "CodeAgent: Sign In to Scan Server" first.'),
      );
    }
    return this.remote(url);
  }

  /** A client of the service a job runs on. */
  async of(origin: Origin): Promise<ScanClient> {
    return origin.service === 'embedded' ? this.runner.client() : this.remote(origin.url);
  }

  /**
   * A job's report. That of the embedded runner is read from its storage, so that a window that opens starts nothing.
   * @throws CodedError GONE when it is not kept any more; ServiceError
   */
  async report(origin: Origin, jobId: string): Promise<Report> {
    if (origin.service !== 'embedded') return (await this.of(origin)).report(jobId);
    return (await this.runner.storedReport(jobId)) ?? gone();
  }

  /** The newest lines of an ended job's log, read like its {@link report}. */
  async jobLog(origin: Origin, jobId: string, lines: number): Promise<LogEvent[]> {
    const text =
      origin.service === 'embedded'
        ? ((await this.runner.storedLog(jobId)) ?? gone())
        : await (await this.of(origin)).jobLog(jobId, lines);
    return parseLog(text).slice(-lines);
  }

  /** Its calls fail with CodedError PROXY or CA_FILE where those settings cannot be used. */
  remote(url: string, token?: string): ScanClient {
    return new ScanClient({
      url,
      token: async () => token ?? (await this.secrets.get(secretOf(url))),
      headers: config.get(settings.serverHeaders),
      log: this.log,
      fetch: fetchThrough(config.network()),
    });
  }

  async keepToken(url: string, token: string): Promise<void> {
    await this.secrets.store(secretOf(url), token);
  }

  /** @returns whether there was one */
  async forgetToken(url: string): Promise<boolean> {
    const had = (await this.secrets.get(secretOf(url))) !== undefined;
    await this.secrets.delete(secretOf(url));
    return had;
  }
}

function secretOf(url: string): string {
  return `codeagent.token:${url}`;
}

function gone(): never {
  throw new CodedError('GONE', vscode.l10n.t('This scan is no longer stored.'));
}
