import { rm } from 'node:fs/promises';
import { CodedError } from '../base/errors';
import type { Logger } from '../base/logger';
import { makeTempFolder } from '../base/tempFolder';
import type { Known } from '../protocol';
import type { ScanArgs } from './args/scan';
import { endSignals } from './endSignals';
import { changesOf, earlierFilesOf, knownFindings } from './newSince';
import { endedJob, ownService, policyOf, type Service } from './scan';

/**
 * Prints, as one line of JSON, which files differ from the merge base of HEAD and a branch, and the findings that it has in them, for an
 * editor that has today's findings.
 * @returns the exit code: 0, or 130 when interrupted
 * @throws CodedError USAGE if there is no such commit, or no merge base; KNOWN if the scan of it did not complete
 */
export async function known(args: ScanArgs, log: Logger, version: string): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  for (const signal of endSignals) process.on(signal, onSignal);
  // The editor that started this is gone.
  process.once('disconnect', onSignal);
  const temporary = makeTempFolder('earlier');
  let service: Service | undefined;
  try {
    const changes = await changesOf(args, interrupt.signal);
    if (!changes) throw new CodedError('USAGE', '--new-since is missing.');
    const earlier = await earlierFilesOf(args, changes, temporary);
    const answer = { ref: changes.base.ref, commit: changes.base.commit, files: [...changes.files] };
    let found: Pick<Known, 'all' | 'open'> = { all: [], open: [] };
    if (earlier && earlier.files > 0) {
      // Including the folder itself, so that its custom rules apply.
      const own = (service = await ownService(args, [args.path, temporary], log, version));
      const before = await knownFindings(
        earlier,
        { source: { kind: 'path', path: args.path }, ...(await policyOf(args)) },
        async (request) => {
          const job = await endedJob(own.client, request, 'none', log, interrupt.signal);
          return typeof job === 'number' ? undefined : own.client.report(job.job_id);
        },
      );
      interrupt.signal.throwIfAborted();
      if ('unknown' in before)
        throw new CodedError('KNOWN', `The findings of ${answer.ref} are unknown: ${before.unknown}.`);
      found = { all: [...before.identities], open: [...before.open] };
    }
    process.stdout.write(`${JSON.stringify({ ...answer, ...found } satisfies Known)}\n`);
    return 0;
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    throw error;
  } finally {
    await service?.close();
    await rm(temporary, { recursive: true, force: true });
    for (const signal of endSignals) process.off(signal, onSignal);
    process.off('disconnect', onSignal);
    // An open channel would keep this process alive.
    if (process.connected) process.disconnect();
  }
}
