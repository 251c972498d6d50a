import { join } from 'node:path';

/** A file of a job. */
export type JobFile = 'job.json' | 'report.json' | 'events.ndjson' | 'log.txt' | 'source.zip';

/** The locations of jobs' files: `<jobs>/<id>/`, and `<staging>/<id>/` until the job is created, on the same file system. */
export class JobFolders {
  /** @param staging this process's own folder, where a job is prepared before it becomes visible as a whole */
  constructor(
    readonly jobs: string,
    private readonly staging: string,
  ) {}

  folder(id: string): string {
    return join(this.jobs, id);
  }

  file(id: string, name: JobFile): string {
    return join(this.jobs, id, name);
  }

  staged(id: string): string {
    return join(this.staging, id);
  }
}
