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
import { settings } from '../manifest/ids';
import type { ScanPlan } from './scanPlan';

/** The response of a service, and which files it did not get although they should be scanned. */
export type Submitted = SubmitAnswer & { readonly notSent?: readonly Gap[] };

/** Submits scans. A folder for a remote service is packed and, with the user's consent, uploaded. */
export class Uploads {
  readonly #approved = new Set<string>();

  constructor(
    private readonly cli: string,
    private readonly memento: vscode.Memento,
  ) {}

  /**
   * @param onProgress receives the current step as text until the service has accepted the job
   * @throws ServiceError; CodedError; the signal's reason
   */
  async submit(
    client: ScanClient,
    plan: ScanPlan,
    signal: AbortSignal,
    onProgress: (message: string) => void,
  ): Promise<Submitted> {
    const { request } = plan;
    // Submitting these is quick. The signal is not passed on, so that a canceled job does not keep running unnoticed: it is canceled afterwards.
    if (plan.service === 'embedded' || request.source.kind !== 'path') return client.submit(request);
    onProgress(vscode.l10n.t('Packing'));
    // If this process is killed, the next runner deletes it.
    const scratch = makeTempFolder('upload');
    // The name is shown to others on the server.
    const file = join(scratch, `${basename(request.source.path) || 'source'}.zip`);
    try {
      const packed = await packFolder(this.cli, request.source.path, file, {
        ...request,
        always: config.get(settings.serverUpload, vscode.Uri.file(request.source.path)) === 'always',
        signal,
      });
      if (packed.kind === 'git') {
        onProgress(vscode.l10n.t('Submitting'));
        const ref = packed.ref === null ? {} : { ref: packed.ref };
        return await client.submit({
          ...request,
          source: { kind: 'git', url: packed.url },
          ...ref,
          commit: packed.commit,
        });
      }
      await checkUploadLimit(client, packed.bytes, signal);
      await this.#askForConsent(client.url, plan.label, packed);
      if (signal.aborted) throw new DOMException('The scan was canceled.', 'AbortError');
      onProgress(vscode.l10n.t('Uploading {0}', sizeText(packed.bytes)));
      const answer = await client.submit(
        { ...request, source: { kind: 'zip', file: packed.file } },
        {
          signal,
          onUpload: (sent, total) =>
            onProgress(vscode.l10n.t('Uploading {0}, {1}%', sizeText(total), Math.floor((sent / total) * 100))),
        },
      );
      return { ...answer, notSent: packed.gaps };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  /** Asks for consent before code leaves the machine, once for each server. @throws CodedError DECLINED */
  async #askForConsent(url: string, label: string, packed: { files: number; bytes: number }): Promise<void> {
    const key = `codeagent.upload:${url}`;
    if (this.#approved.has(url) || this.memento.get(key) === true) return;
    const size = sizeText(packed.bytes);
    const detail =
      packed.files === 1
        ? vscode.l10n.t(
            '1 file ({0} compressed) will leave this machine for the scan. Files excluded by .gitignore stay here.',
            size,
          )
        : vscode.l10n.t(
            '{0} files ({1} compressed) will leave this machine for the scan. Files excluded by .gitignore stay here.',
            packed.files,
            size,
          );
    const [send, always] = [vscode.l10n.t('Upload'), vscode.l10n.t('Always for This Workspace')];
    const question = vscode.l10n.t('Upload {0} to {1}?', label, url);
    const choice = await vscode.window.showInformationMessage(question, { modal: true, detail }, send, always);
    if (choice === undefined)
      throw new CodedError('DECLINED', vscode.l10n.t('the upload was declined. Nothing was sent.'));
    this.#approved.add(url);
    if (choice === always) await this.memento.update(key, true);
  }
}
