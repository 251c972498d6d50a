import type { Project } from '../../protocol';
import type { StoredJob } from '../ports/record';
import { ApiError } from '../errors/apiError';
import { projectIdOf } from '../job/search';
import type { ApiParts } from './context';

/** A project and its jobs, newest first. */
export interface ProjectJobs extends Project {
  readonly jobs: readonly StoredJob[];
}

/** Every project: those created by users, and one for each repository and folder with a job. */
export async function allProjects(parts: ApiParts): Promise<ProjectJobs[]> {
  const named = (await parts.projects.projects()).map(
    (project) => ({ ...project, kind: 'zip', repository: null, jobs: [] as StoredJob[] }) as const,
  );
  const projects = new Map<string, Project & { jobs: StoredJob[] }>(named.map((project) => [project.id, project]));
  for (const stored of await parts.jobs.all()) {
    const id = projectIdOf(stored);
    if (id === undefined) continue;
    const known = projects.get(id);
    const { kind, url, label } = stored.job.source;
    if (known) known.jobs.push(stored);
    else if (kind !== 'zip')
      projects.set(id, { id, name: label ?? url ?? kind, kind, created_at: '', repository: url, jobs: [stored] });
  }
  return [...projects.values()].map((project) => ({
    ...project,
    created_at: project.created_at || (project.jobs.at(-1)?.job.submitted_at ?? ''),
  }));
}

/**
 * The completed scans that tell what is open in a project: those of a part of it, such as a file, only if there is none of all.
 * @param jobs of one project
 */
export function tellingScans(jobs: readonly StoredJob[]): readonly StoredJob[] {
  const completed = jobs.filter(({ job }) => job.status === 'completed');
  const whole = completed.filter(({ request }) => request.include.length === 0);
  return whole.length > 0 ? whole : completed;
}

/** The newest scan that tells what is open in a project. @param jobs newest first */
export function lastScanOf(jobs: readonly StoredJob[]): NonNullable<Project['last_scan']> | null {
  for (const { job } of tellingScans(jobs)) {
    const { job_id, finished_at, summary, gaps = 0 } = job;
    if (finished_at !== null && summary) return { job_id, finished_at, summary, gaps };
  }
  return null;
}

/** @throws ApiError NOT_FOUND */
export async function requireProject(parts: ApiParts, id: string): Promise<ProjectJobs> {
  const project = (await allProjects(parts)).find((one) => one.id === id);
  if (!project) throw new ApiError('NOT_FOUND', 'There is no such project.');
  return project;
}
