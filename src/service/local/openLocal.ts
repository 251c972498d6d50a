import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnalyzerConfig } from '../../protocol';
import type { Logger } from '../../base/logger';
import type { OpenPorts } from '../ports/ports';
import type { Notice } from '../ports/record';
import { AnalyzerConfigFile } from './analyzerConfigFile';
import { LocalBlobs } from './blobs';
import { LocalEvents } from './events';
import { JobFiles } from './jobFiles';
import { JobFolders } from './jobFolders';
import { Owners } from './owner';
import { ProjectFile } from './projectFile';
import { LocalQueue } from './queue';
import { SpeedFile } from './speedFile';
import { WebhookFile } from './webhookFile';

export interface LocalOptions {
  /** Created if missing. Several runners on one machine may share it. */
  readonly folder: string;
  /** The configuration until it is changed through the service. */
  readonly config: AnalyzerConfig;
  /** Bytes of one job's events. */
  readonly maxEvents: number;
  readonly log: Logger;
}

/**
 * Opens the storage in a folder: `jobs/<id>/`, `config.json`, `projects.json`, `webhooks.json`, `bytesPerSecond.json`, `runners/` and
 * `work/`. Cleans up after dead runners, and marks their jobs as interrupted.
 * @throws Node's file errors
 */
export async function openLocal({ folder, config, maxEvents, log }: LocalOptions): Promise<OpenPorts> {
  const at = (name: string) => join(folder, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const owners = await Owners.register(at('runners'));
  const work = join(at('work'), owners.id);
  const folders = new JobFolders(at('jobs'), join(work, 'new'));
  const webhooks = new WebhookFile(at('webhooks.json'), log);
  const notify = (notice: Notice) => webhooks.notify(notice);
  const jobs = new JobFiles({ folders, owners, keys: at('keys'), notify, log });
  // First the jobs of dead runners, which need their records; then the records.
  await jobs.list();
  for (const id of await owners.sweep()) await rm(join(at('work'), id), { recursive: true, force: true });
  const load = (id: string) => jobs.load(id);
  return {
    work,
    queue: new LocalQueue(),
    record: {
      jobs,
      config: new AnalyzerConfigFile(at('config.json'), config, log),
      projects: new ProjectFile(at('projects.json')),
      webhooks,
      speeds: new SpeedFile(at('bytesPerSecond.json'), log),
    },
    blobs: new LocalBlobs(folders, log),
    events: new LocalEvents({ folders, owner: owners.id, load, maxBytes: maxEvents, log }),
    async close() {
      await rm(work, { recursive: true, force: true });
      await owners.release();
    },
  };
}
