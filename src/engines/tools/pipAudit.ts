import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { readTextBounded } from '../../base/boundedFile';
import { maxReadSize } from '../../base/limits';
import { osvSettings } from '../../protocol';
import { errorCode } from '../../base/errors';
import { dependencyIssue } from './dependencies';
import { reportFailed } from '../engine/failedFiles';
import { brief, type Tool, type ToolCall, type ToolJob } from './tool';

/** `pip-audit -f json`: https://github.com/pypa/pip-audit#usage */
const output = z.object({
  dependencies: z.array(
    z.union([
      z.object({
        name: z.string(),
        version: z.string(),
        vulns: z.array(
          z.object({
            id: z.string(),
            fix_versions: z.array(z.string()),
            aliases: z.array(z.string()).default([]),
            description: z.string().default(''),
          }),
        ),
      }),
      z.object({ name: z.string(), skip_reason: z.string() }),
    ]),
  ),
});

/** The parts of a pinned requirement (PEP 508) up to its version. */
const pinned = /^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*===?\s*([A-Za-z0-9][\w.!+-]*)\s*(?:[;#\\].*|--hash.*)?$/;

interface Pin {
  readonly file: string;
  readonly line: number;
}

/** For each job, the location of each pinned package, by name and version. */
const pins = new WeakMap<ToolJob, Map<string, Pin[]>>();

/**
 * https://github.com/pypa/pip-audit, run on a list that we make of the packages pinned in requirements files, so that it follows no links, includes
 * no other files and builds no packages of the scanned tree.
 */
export const pipAudit: Tool = {
  id: 'pip-audit',
  title: 'pip-audit',
  program: 'pip-audit',
  versionArgs: ['--version'],
  install: 'pipx install pip-audit',
  sends: 'the names and versions of pinned packages, to PyPI or the configured OSV service',
  // 1: vulnerabilities.
  exitCodes: [0, 1],
  reads: (path) => /(?:^|\/)(?:[\w.-]*requirements[\w.-]*|requirements\/[\w.-]+|constraints)\.txt$/i.test(path),
  calls: callsOnPins,
  read(text, job) {
    const { dependencies } = output.parse(JSON.parse(text));
    return dependencies.flatMap((dependency) => {
      if ('skip_reason' in dependency) {
        job.log('info', brief(dependency.skip_reason));
        job.gap('lookup_failed', 'pip-audit could not look up some dependencies.');
        return [];
      }
      const { name, version, vulns } = dependency;
      const places = pins.get(job)?.get(keyOf(name, version)) ?? [];
      return vulns.flatMap(({ id, aliases, fix_versions, description }) =>
        places.map((place) =>
          dependencyIssue({
            ...place,
            file: join(job.root, place.file),
            name,
            version,
            summary: brief(description) || id,
            fixed: fix_versions,
            // It does not report severities.
            severity: 'medium',
            ids: [id, ...aliases],
            help_url: `https://osv.dev/vulnerability/${encodeURIComponent(id)}`,
            cwe: [],
          }),
        ),
      );
    });
  },
};

async function* callsOnPins(job: ToolJob): AsyncGenerator<ToolCall> {
  const places = await findPins(job);
  pins.set(job, places);
  if (places.size === 0) {
    job.log('info', 'No requirement is pinned to a version, so there is nothing to look up.');
    return;
  }
  const list = join(job.scratch, 'requirements.txt');
  // One version of each package per call: a requirements list cannot contain two.
  const rounds: string[][] = [];
  const seen = new Map<string, number>();
  for (const key of places.keys()) {
    const [name = ''] = key.split('==');
    const round = seen.get(name) ?? 0;
    seen.set(name, round + 1);
    (rounds[round] ??= []).push(key);
  }
  const { url } = job.settings.osv;
  const own = url !== osvSettings.parse({}).url;
  const service = own ? ['-s', 'osv', '--osv-url', `${url.replace(/\/+$/, '')}/v1/query`] : ['-s', 'pypi'];
  const args = ['-r', list, '--no-deps', '--disable-pip', '-f', 'json', '--progress-spinner', 'off'];
  for (const [index, round] of rounds.entries()) {
    await writeFile(list, `${round.join('\n')}\n`);
    const cache = ['--cache-dir', join(job.scratch, 'cache')];
    // Not in the scanned folder: Python would look for modules there first.
    const files = index === rounds.length - 1 ? job.files.length : 0;
    yield { args: [...args, ...cache, ...service], cwd: job.scratch, base: job.root, files };
  }
}

async function findPins(job: ToolJob): Promise<Map<string, Pin[]>> {
  const places = new Map<string, Pin[]>();
  for (const { path } of job.files) {
    job.signal.throwIfAborted();
    let text: string;
    try {
      text = await readTextBounded(join(job.root, path), { maxBytes: maxReadSize });
    } catch (error) {
      reportFailed(job, [{ file: path, reason: errorCode(error) ?? 'not a file' }]);
      continue;
    }
    for (const [index, line] of text.split(/\r?\n/).entries()) {
      const [, name, version] = pinned.exec(line) ?? [];
      if (name === undefined || version === undefined) continue;
      const key = keyOf(name, version);
      const place = { file: path, line: index + 1 };
      places.set(key, [...(places.get(key) ?? []), place]);
    }
  }
  return places;
}

/** Names are compared without regard to case and separators (PEP 503). */
function keyOf(name: string, version: string): string {
  return `${name.toLowerCase().replace(/[-_.]+/g, '-')}==${version}`;
}
