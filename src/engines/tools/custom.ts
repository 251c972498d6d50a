import ignore from 'ignore';
import { join } from 'node:path';
import type { CustomAnalyzer } from '../../protocol';
import { readSarif } from '../../findings/readSarif';
import type { SarifFiles } from '../../findings/sarifPlaces';
import { pathOf } from '../../findings/sarifPath';
import { brief, type Tool } from './tool';

/** Describes a user-defined tool, which is run once, in the scanned folder. */
export function customTool({ id, title = id, command, files, exitCodes }: CustomAnalyzer): Tool {
  const [program = '', ...args] = command;
  const patterns = files && ignore().add([...files]);
  return {
    id,
    title,
    program,
    versionArgs: [],
    exitCodes,
    reads: (path) => patterns?.ignores(path) ?? true,
    calls(job) {
      const output = join(job.scratch, 'result.sarif');
      const filled = args.map((arg) => arg.replaceAll('${folder}', job.root).replaceAll('${output}', output));
      const writes = args.some((arg) => arg.includes('${output}'));
      return [{ args: filled, cwd: job.root, ...(writes && { output }), files: job.files.length }];
    },
    read(text, job) {
      const { runs, gaps } = readSarif(text, pathsAsWritten);
      const found = runs.flatMap((run) => run.found);
      const withoutFile = found.filter(({ file }) => file === undefined).length;
      if (withoutFile > 0) job.gap('unread_report', `Results without a file were left out: ${withoutFile}.`);
      const all = gaps.all;
      for (const { kind, reason, files } of all.slice(0, maxGaps)) job.gap(kind, reason, files);
      if (all.length > maxGaps) {
        const files = all.slice(maxGaps).flatMap((gap) => gap.files);
        job.gap('unfinished', `The tool reported ${all.length - maxGaps} more problems.`, files);
      }
      return found.flatMap(({ file, issue }) =>
        file === undefined ? [] : [{ ...issue, file, message: brief(issue.message, 1000) }],
      );
    },
  };
}

/** How many of the problems that a tool reports become gaps of their own. */
const maxGaps = 50;

/** Keeps paths as the tool writes them: the caller resolves them. */
const pathsAsWritten: SarifFiles = { placed: pathOf, textOf: () => undefined };
