import ignore from 'ignore';
import { join } from 'node:path';
import type { CustomAnalyzer } from '../../protocol';
import { readSarif } from '../../findings/readSarif';
import type { SarifFiles } from '../../findings/sarifPlaces';
import { pathOf } from '../../findings/sarifPath';
import { brief, type Tool } from './tool';

/** Describes a user-defined tool, which is started once, in the scanned folder. */
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
      const { runs, gaps } = readSarif(text, asNamed);
      const found = runs.flatMap((run) => run.found);
      const homeless = found.filter(({ file }) => file === undefined).length;
      if (homeless > 0) job.gap('unread_report', `Results that name no file were left out: ${homeless}.`);
      const told = gaps.all;
      for (const { kind, reason, files } of told.slice(0, maxGaps)) job.gap(kind, reason, files);
      if (told.length > maxGaps) {
        const files = told.slice(maxGaps).flatMap((gap) => gap.files);
        job.gap('unfinished', `The tool told of ${told.length - maxGaps} more problems.`, files);
      }
      return found.flatMap(({ file, issue }) =>
        file === undefined ? [] : [{ ...issue, file, message: brief(issue.message, 1000) }],
      );
    },
  };
}

/** Of what a tool says that it could not do, so many different things are told one by one. */
const maxGaps = 50;

/** Its files are placed by what starts it. */
const asNamed: SarifFiles = { placed: pathOf, textOf: () => undefined };
