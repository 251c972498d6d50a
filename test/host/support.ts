import type { ExtensionApi } from '../../src/extension';
import type { TrackedJob } from '../../src/store/scanStore';

/** Resolves with the first job that fits, now or after a change. */
export function whenJob(api: ExtensionApi, fits: (job: TrackedJob) => boolean): Promise<TrackedJob> {
  return new Promise((resolve) => {
    const now = api.store.jobs.find(fits);
    if (now) {
      resolve(now);
      return;
    }
    const listening = api.store.onChange(({ job }) => {
      if (!job || !fits(job)) return;
      listening.dispose();
      resolve(job);
    });
  });
}
