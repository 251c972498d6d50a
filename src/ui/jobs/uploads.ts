import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';
import { makeTempFolder } from '../../base/tempFolder';
import { packFolder } from '../../client/packProcess';
import type { ScanClient } from '../../client/scanClient';
import { checkUploadLimit, sizeText } from '../../client/uploadLimit';
import type { Gap, SubmitAnswer } from '../../protocol';
import { config } from '../manifest/config';
import type { ScanPlan } from './scanPlan';

/** What a service answered, and what of the folder it did not get although it was to be scanned. */
export type Submitted = SubmitAnswer & { readonly notSent?: readonly Gap[] };

/** Brings a scan to its service: a folder that goes to a remote one is packed, agreed to by the user, and sent. */
export class Uploads {
  readonly #agreed = new Set<string>();

  constructor(
    private readonly cli: string,
    private readonly memento: vscode.Memento,
  ) {}

  /**
   * @param tell what is going on, as text, until the service has taken the job
   * @throws ServiceError, CodedError with a sentence; the signal's reason
   */
  async submit(
    client: ScanClient,
    plan: ScanPlan,
    signal: AbortSignal,
    tell: (message: string) => void,
  ): Promise<Submitted> {
    const { request } = plan;
    // A folder for the embedded runner, or a repository: quickly submitted. A cancel comes behind it, so that no job runs on unseen.
    if (plan.service === 'embedded' || request.source.kind !== 'path') return client.submit(request);
    tell(vscode.l10n.t('Packing'));
    // One that is left by a kill of this process goes with the next start of a runner.
    const scratch = makeTempFolder('upload');
    // Its name is what others see of it on the server.
    const file = join(scratch, `${basename(request.source.path) || 'source'}.zip`);
    try {
      const packed = await packFolder(this.cli, request.source.path, file, {
        ...request,
        always: config.alwaysUpload(vscode.Uri.file(request.source.path)),
        signal,
      });
      if (packed.kind === 'git') {
        tell(vscode.l10n.t('Submitting'));
        const ref = packed.ref === null ? {} : { ref: packed.ref };
        return await client.submit({
          ...request,
          source: { kind: 'git', url: packed.url },
          ...ref,
          commit: packed.commit,
        });
      }
      await checkUploadLimit(client, packed.bytes, signal);
      await this.#agree(client.url, plan.label, packed);
      if (signal.aborted) throw new DOMException('The scan was canceled.', 'AbortError');
      tell(vscode.l10n.t('Uploading {0}', sizeText(packed.bytes)));
      const answer = await client.submit(
        { ...request, source: { kind: 'zip', file: packed.file } },
        {
          signal,
          onUpload: (sent, total) =>
            tell(vscode.l10n.t('Uploading {0}, {1}%', sizeText(total), Math.floor((sent / total) * 100))),
        },
      );
      return { ...answer, notSent: packed.gaps };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  /** Code leaves the machine: the user says so the first time for each server. @throws CodedError DECLINED */
  async #agree(url: string, label: string, packed: { files: number; bytes: number }): Promise<void> {
    const key = `codeagent.upload:${url}`;
    if (this.#agreed.has(url) || this.memento.get(key) === true) return;
    const size = sizeText(packed.bytes);
    const detail =
      packed.files === 1
        ? vscode.l10n.t('1 file, {0} packed, leaves this machine for the scan. What .gitignore names stays here.', size)
        : vscode.l10n.t(
            '{0} files, {1} packed, leave this machine for the scan. What .gitignore names stays here.',
            packed.files,
            size,
          );
    const [send, always] = [vscode.l10n.t('Send'), vscode.l10n.t('Always for This Workspace')];
    const question = vscode.l10n.t('Send {0} to {1}?', label, url);
    const choice = await vscode.window.showInformationMessage(question, { modal: true, detail }, send, always);
    if (choice === undefined)
      throw new CodedError('DECLINED', vscode.l10n.t('the upload was declined. Nothing was sent.'));
    this.#agreed.add(url);
    if (choice === always) await this.memento.update(key, true);
  }
}
