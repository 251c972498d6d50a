import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { CodedError } from '../base/errors';
import { packFolder } from '../client/packProcess';
import type { ScanClient } from '../client/scanClient';
import { checkUploadLimit, sizeText } from '../client/uploadLimit';
import type { SubmitAnswer } from '../protocol';
import { config } from './config';
import type { ScanPlan } from './scans';

/** Brings a scan to its service: a folder that goes to a remote one is packed, agreed to by the user, and sent. */
export class Uploads {
  readonly #agreed = new Set<string>();

  constructor(
    private readonly cli: string,
    private readonly scratch: string,
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
  ): Promise<SubmitAnswer> {
    const { request } = plan;
    // A folder for the embedded runner, or a repository: quickly submitted. A cancel comes behind it, so that no job runs on unseen.
    if (plan.service === 'embedded' || request.source.kind !== 'path') return client.submit(request);
    tell('Packing');
    const scratch = join(this.scratch, randomUUID());
    await mkdir(scratch, { recursive: true });
    // Its name is what others see of it on the server.
    const file = join(scratch, `${basename(request.source.path) || 'source'}.zip`);
    try {
      const packed = await packFolder(this.cli, request.source.path, file, { always: config.alwaysUpload(), signal });
      if (packed.kind === 'git') {
        tell('Submitting');
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
      tell(`Uploading ${sizeText(packed.bytes)}`);
      return await client.submit(
        { ...request, source: { kind: 'zip', file: packed.file } },
        {
          signal,
          onUpload: (sent, total) => tell(`Uploading ${sizeText(total)}, ${Math.floor((sent / total) * 100)}%`),
        },
      );
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  /** Code leaves the machine: the user says so the first time for each server. @throws CodedError DECLINED */
  async #agree(url: string, label: string, packed: { files: number; bytes: number }): Promise<void> {
    const key = `codeagent.upload:${url}`;
    if (this.#agreed.has(url) || this.memento.get(key) === true) return;
    const choice = await vscode.window.showInformationMessage(
      `Send ${label} to ${url}?`,
      {
        modal: true,
        detail: `${packed.files} ${packed.files === 1 ? 'file' : 'files'}, ${sizeText(packed.bytes)} packed, leave this machine for the scan. What .gitignore names stays here.`,
      },
      'Send',
      'Always for This Workspace',
    );
    if (choice === undefined) throw new CodedError('DECLINED', 'the upload was declined. Nothing was sent.');
    this.#agreed.add(url);
    if (choice === 'Always for This Workspace') await this.memento.update(key, true);
  }
}
