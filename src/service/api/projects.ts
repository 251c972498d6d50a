import type { Project } from '../../protocol';
import { ApiError } from '../errors/apiError';
import type { JobsOfProject } from '../job/projects';
import type { ApiParts } from './context';

/** A project, with its last scan. */
type KnownProject = Project & Required<Pick<Project, 'last_scan'>>;

/** Every project: those created by users, and one for each repository and folder with a job. @param id only this one */
export async function allProjects(parts: ApiParts, id?: string): Promise<KnownProject[]> {
  const [named, scanned] = await Promise.all([parts.projects.projects(), parts.jobs.projects(id)]);
  const left = new Map(scanned.map((one) => [one.id, one]));
  const projects = named
    .filter((project) => id === undefined || project.id === id)
    .map((project) => {
      const last_scan = lastScanOf(left.get(project.id));
      left.delete(project.id);
      return { ...project, kind: 'zip' as const, repository: null, last_scan };
    });
  const repositories = [...left.values()].flatMap((one) => {
    const { kind, url, label } = one.source;
    if (kind === 'zip') return [];
    const name = label ?? url ?? kind;
    return [{ id: one.id, name, kind, created_at: one.since, repository: url, last_scan: lastScanOf(one) }];
  });
  return [...projects, ...repositories];
}

function lastScanOf(project: JobsOfProject | undefined): KnownProject['last_scan'] {
  return project?.last ? { ...project.last } : null;
}

/** @throws ApiError NOT_FOUND */
export async function requireProject(parts: ApiParts, id: string): Promise<KnownProject> {
  const [project] = await allProjects(parts, id);
  if (!project) throw new ApiError('NOT_FOUND', 'There is no such project.');
  return project;
}
