import { basename, join } from 'node:path';
import { counted } from '../base/counted';
import { CodedError, errorMessage } from '../base/errors';
import { importFile, type ImportedFile } from '../findings/importFile';
import { reaches } from '../findings/severity';
import type { ConvertArgs } from './args/convert';
import { isFolder } from './output';
import { printable } from './progress';
import { checkReports, writeReports } from './reports';

/**
 * Converts a SARIF log from any tool, or one of our reports. Gaps are printed on stderr.
 * @returns the exit code: 0 success, 1 an open issue reaches --fail-on, 4 gaps with --strict
 * @throws CodedError USAGE when the file is neither, or --root is not a folder
 */
export async function convert(args: ConvertArgs, version: string): Promise<number> {
  await checkReports(args);
  if (!(await isFolder(args.root))) throw new CodedError('USAGE', `${args.root} is not a readable folder.`);
  let imported: ImportedFile;
  try {
    imported = await importFile(join(__dirname, 'importWorker.js'), { file: args.file, folders: [args.root] });
  } catch (error) {
    throw new CodedError('USAGE', `${args.file} cannot be converted: ${errorMessage(error)}.`, { cause: error });
  }
  const { report } = imported;
  await writeReports(report, args, { label: basename(args.file), root: args.root, version });
  const gaps = report.meta.coverage?.gaps ?? [];
  for (const { analyzer, reason, files, examples } of gaps) {
    const where = files === 0 ? '' : ` (${counted(files, 'file')}: ${examples.join(', ')})`;
    process.stderr.write(`Gap: ${analyzer === null ? '' : `${printable(analyzer)}: `}${printable(reason + where)}\n`);
  }
  if (reaches(report.summary, args.failOn)) return 1;
  return args.strict && gaps.length > 0 ? 4 : 0;
}
