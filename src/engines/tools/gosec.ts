import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path/posix';
import { resolve } from 'node:path';
import * as z from 'zod';
import { confidence } from '../../protocol';
import { commandLines } from './calls';
import { cwesIn } from '../../findings/severity';
import { titleFrom } from '../../findings/title';
import { severityOf, type Tool, type ToolCall, type ToolJob } from './tool';

/** `gosec -fmt=json`: https://github.com/securego/gosec#output-formats */
const output = z.object({
  'Golang errors': z.record(z.string(), z.array(z.object({ error: z.string() })).nullable()).nullish(),
  Issues: z
    .array(
      z.object({
        severity: z.string(),
        confidence: z.string(),
        cwe: z.object({ id: z.string() }).nullish(),
        rule_id: z.string(),
        details: z.string(),
        file: z.string(),
        /** `12` or `12-14`. */
        line: z.string(),
        column: z.string().optional(),
      }),
    )
    .nullable(),
});

/** https://github.com/securego/gosec. It needs Go, and the modules that the code uses in Go's module cache; nothing is downloaded. */
export const gosec: Tool = {
  id: 'gosec',
  title: 'gosec',
  program: 'gosec',
  versionArgs: ['-version'],
  install: 'go install github.com/securego/gosec/v2/cmd/gosec@latest',
  // 1: findings, or packages that could not be loaded; the output says which.
  exitCodes: [0, 1],
  reads: (path) => path.endsWith('.go'),
  calls: callsOnPackages,
  read(text, job) {
    // With -quiet, it writes nothing at all if there are no findings.
    if (text.trim() === '') return [];
    const parsed = output.parse(JSON.parse(text));
    const errors = Object.entries(parsed['Golang errors'] ?? {});
    for (const [file, list] of errors) {
      job.gap('unparsed', 'gosec could not load some packages, so their code was not checked.', [file]);
      job.log('info', `${file}: ${list?.[0]?.error ?? ''}`.slice(0, 300));
    }
    return (parsed.Issues ?? []).map((found) => {
      const [line = 1, end = line] = found.line.split('-').map(Number);
      const column = Number(found.column ?? NaN);
      const certain = confidence.safeParse(found.confidence.toLowerCase()).data;
      return {
        type: 'security',
        title: titleFrom({ texts: [found.details.replace(/\s*\(.*\)$/, '')], message: found.details }),
        message: found.details,
        severity: severityOf(found.severity),
        file: found.file,
        line,
        end_line: end,
        ...(column > 0 && { column }),
        rule_id: found.rule_id,
        cwe: cwesIn(found.cwe?.id),
        ...(certain && { confidence: certain }),
      };
    });
  },
};

/** One call, or a few, for each module, with its packages as folders. */
async function* callsOnPackages(job: ToolJob): AsyncGenerator<ToolCall> {
  const modules = new Map<string, Map<string, number>>();
  const withoutModule: string[] = [];
  for (const { path } of job.files) {
    const folder = dirname(path);
    const module = await moduleOf(job.root, folder);
    if (module === undefined) {
      withoutModule.push(path);
      continue;
    }
    const packages = modules.get(module) ?? new Map<string, number>();
    packages.set(folder, (packages.get(folder) ?? 0) + 1);
    modules.set(module, packages);
  }
  if (withoutModule.length > 0)
    job.gap(
      'unparsed',
      'gosec only checks packages of Go modules. Some files have no go.mod in their folder or above it.',
      withoutModule,
    );
  let done = 0;
  for (const [module, packages] of modules) {
    const below = (folder: string) => (module === '.' ? folder : folder.slice(module.length + 1));
    for (const given of commandLines([...packages.keys()].map((folder) => `./${below(folder) || '.'}`))) {
      for (const folder of given) done += packages.get(join(module, folder)) ?? 0;
      // The scan's policy decides whether comments count.
      yield {
        args: ['-fmt=json', '-quiet', '-nosec', ...given],
        cwd: resolve(job.root, module),
        base: job.root,
        files: done,
      };
    }
  }
}

/** The folder of the nearest go.mod, no higher than the root. Both relative to the root. */
async function moduleOf(root: string, folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    if (
      await access(resolve(root, at, 'go.mod')).then(
        () => true,
        () => false,
      )
    )
      return at;
    if (at === '.') return undefined;
  }
}
