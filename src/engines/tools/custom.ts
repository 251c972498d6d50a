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
    read: (text) =>
      readSarif(text, asNamed).runs.flatMap(({ found }) =>
        found.flatMap(({ file, issue }) =>
          file === undefined ? [] : [{ ...issue, file, message: brief(issue.message, 1000) }],
        ),
      ),
  };
}

/** Its files are placed by what starts it. */
const asNamed: SarifFiles = { placed: pathOf, textOf: () => undefined };
