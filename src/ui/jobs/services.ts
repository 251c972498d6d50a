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

/** The services of this window: the embedded runner, and the team's server, whose token is in the secret storage. */
export class Services {
  constructor(
    private readonly runner: RunnerProcess,
    private readonly secrets: vscode.SecretStorage,
    private readonly log: Logger,
  ) {}

  /**
   * A client for a kind of service, with the current settings.
   * @throws CodedError NO_SERVER if no server is configured; RUNNER if the runner does not start
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

  /** A client for the service that a job runs on. */
  async of(origin: Origin): Promise<ScanClient> {
    return origin.service === 'embedded' ? this.runner.client() : this.remote(origin.url);
  }

  /**
   * A job's report. A report of the embedded runner is read from its storage, so that opening a window does not start the runner.
   * @throws CodedError GONE if it is no longer stored; ServiceError
   */
  async report(origin: Origin, jobId: string): Promise<Report> {
    if (origin.service !== 'embedded') return (await this.of(origin)).report(jobId);
    return (await this.runner.storedReport(jobId)) ?? throwGone();
  }

  /** The newest log lines of a finished job, read in the same way as its {@link report}. */
  async jobLog(origin: Origin, jobId: string, lines: number): Promise<LogEvent[]> {
    const text =
      origin.service === 'embedded'
        ? ((await this.runner.storedLog(jobId)) ?? throwGone())
        : await (await this.of(origin)).jobLog(jobId, lines);
    return parseLog(text).slice(-lines);
  }

  /** A client for a server. Its calls fail with CodedError PROXY or CA_FILE if those settings are invalid. */
  remote(url: string, token?: string): ScanClient {
    return new ScanClient({
      url,
      token: async () => token ?? (await this.secrets.get(secretKey(url))),
      headers: config.get(settings.serverHeaders),
      log: this.log,
      fetch: fetchThrough(config.network()),
    });
  }

  async storeToken(url: string, token: string): Promise<void> {
    await this.secrets.store(secretKey(url), token);
  }

  /** @returns whether there was a token */
  async deleteToken(url: string): Promise<boolean> {
    const had = (await this.secrets.get(secretKey(url))) !== undefined;
    await this.secrets.delete(secretKey(url));
    return had;
  }
}

function secretKey(url: string): string {
  return `codeagent.token:${url}`;
}

function throwGone(): never {
  throw new CodedError('GONE', vscode.l10n.t('This scan is no longer stored.'));
}
