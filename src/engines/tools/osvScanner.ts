import { relative, sep } from 'node:path';
import * as z from 'zod';
import { callsNamingFiles } from './calls';
import { DependencyLines, dependencyIssue, lockfile } from './dependencies';
import { cwesIn, severityOfScore } from '../../findings/severity';
import { brief, severityOf, type ReportedIssue, type Tool } from './tool';

/** `osv-scanner --format json`: https://google.github.io/osv-scanner/output/ */
const output = z.object({
  results: z
    .array(
      z.object({
        source: z.object({ path: z.string() }),
        packages: z.array(
          z.object({
            package: z.object({ name: z.string(), version: z.string() }),
            vulnerabilities: z
              .array(
                z.object({
                  id: z.string(),
                  aliases: z.array(z.string()).nullish(),
                  summary: z.string().nullish(),
                  details: z.string().nullish(),
                  database_specific: z
                    .object({ severity: z.unknown(), cwe_ids: z.array(z.string()).nullish().catch(undefined) })
                    .partial()
                    .nullish(),
                  affected: z
                    .array(
                      z.object({
                        package: z.object({ name: z.string() }).nullish(),
                        ranges: z
                          .array(
                            z.object({ type: z.string(), events: z.array(z.object({ fixed: z.string().optional() })) }),
                          )
                          .nullish(),
                      }),
                    )
                    .nullish(),
                }),
              )
              .nullish(),
            groups: z.array(z.object({ ids: z.array(z.string()), max_severity: z.string().nullish() })).nullish(),
          }),
        ),
      }),
    )
    .nullish(),
});

/** https://google.github.io/osv-scanner/ */
export const osvScanner: Tool = {
  id: 'osv-scanner',
  title: 'OSV-Scanner',
  program: 'osv-scanner',
  versionArgs: ['--version'],
  install: 'go install github.com/google/osv-scanner/v2/cmd/osv-scanner@latest',
  sends: 'the names and versions of dependencies, to osv.dev and deps.dev',
  // 1: vulnerabilities; 128: the files contain no packages.
  exitCodes: [0, 1, 128],
  problems: /^(?=.*\b(?:errors?|fail(?:ed|ure)?|could not|cannot|unable|unsupported)\b)(?<what>.+)$/i,
  reads: (path) => lockfile.test(path),
  calls: (job) => callsNamingFiles(job, ['--format=json'], (path) => `--lockfile=${path}`),
  async read(text, job) {
    if (text.trim() === '') return [];
    const lines = new DependencyLines(job);
    const issues: ReportedIssue[] = [];
    for (const { source, packages } of output.parse(JSON.parse(text)).results ?? []) {
      const file = relative(job.root, source.path).split(sep).join('/');
      for (const {
        package: { name, version },
        vulnerabilities,
        groups,
      } of packages) {
        const line = await lines.find(file, name, version);
        const known = new Set<string>();
        for (const found of vulnerabilities ?? []) {
          const ids = [found.id, ...(found.aliases ?? [])];
          // Several databases list the same vulnerability.
          if (ids.some((id) => known.has(id))) continue;
          for (const id of ids) known.add(id);
          const score = Number(groups?.find(({ ids }) => ids.includes(found.id))?.max_severity || NaN);
          const word = found.database_specific?.severity;
          const ranges = (found.affected ?? [])
            .filter((one) => one.package?.name === name)
            .flatMap((one) => one.ranges ?? []);
          const events = ranges.filter(({ type }) => type !== 'GIT').flatMap((range) => range.events);
          issues.push(
            dependencyIssue({
              file: source.path,
              line,
              name,
              version,
              summary: brief(found.summary ?? found.details ?? found.id),
              fixed: [...new Set(events.flatMap(({ fixed }) => fixed ?? []))],
              severity: score > 0 ? severityOfScore(score) : typeof word === 'string' ? severityOf(word) : 'medium',
              ids,
              help_url: `https://osv.dev/vulnerability/${encodeURIComponent(found.id)}`,
              cwe: cwesIn(found.database_specific?.cwe_ids),
            }),
          );
        }
      }
    }
    return issues;
  },
};
