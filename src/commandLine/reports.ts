import { relative, sep } from 'node:path';
import { readTextBounded } from '../base/boundedFile';
import { errorMessage } from '../base/errors';
import { insidePath } from '../base/insidePath';
import { maxReadSize } from '../base/limits';
import { githubAnnotations } from '../findings/annotations';
import { writers, type WriteContext } from '../findings/formats';
import { filesOfFixes } from '../findings/htmlFix';
import { readLines } from '../findings/merge';
import type { Report } from '../protocol';
import type { OutputFormat, ReportFile } from './args/options';
import { withoutCommands, writeCommands } from './actionsLog';
import { checkOutput, writeOutput } from './output';
import { printable } from './progress';
import { reportAsText } from './text';

/** Which reports a command writes. */
export interface ReportArgs {
  readonly format: OutputFormat;
  /** Undefined: stdout. */
  readonly output: string | undefined;
  readonly reports: readonly ReportFile[];
}

/** @throws CodedError USAGE when a report would be a folder, or its folder does not exist */
export async function checkReports({ output, reports }: ReportArgs): Promise<void> {
  for (const file of [output, ...reports.map((one) => one.file)]) await checkOutput(file);
}

/**
 * Writes all reports of a scan, even if one of them fails.
 * @param about `label` names what was scanned, for text; `root` is the folder with the report's files, if it is available
 * @throws why the first failed report could not be written; the others are printed
 */
export async function writeReports(
  report: Report,
  { format, output, reports }: ReportArgs,
  about: { readonly label: string; readonly root: string | undefined; readonly version: string },
): Promise<void> {
  const wanted: readonly { format: OutputFormat; file: string | undefined }[] = [{ format, file: output }, ...reports];
  const isWanted = (format: OutputFormat) => wanted.some((one) => one.format === format);
  const needsLines = about.root !== undefined && isWanted('rdjson');
  const context: WriteContext = {
    version: about.version,
    lineOf: needsLines ? await linesOf(report, about.root) : () => '',
    texts: about.root !== undefined && isWanted('html') ? await textsOf(report, about.root) : new Map(),
  };
  const failures: unknown[] = [];
  for (const one of wanted) {
    try {
      await writeOutput(textOf(report, one, about.label, context), one.file);
    } catch (error) {
      failures.push(error);
    }
  }
  for (const failure of failures.slice(1)) process.stderr.write(`${printable(errorMessage(failure))}\n`);
  if (failures.length > 0) throw failures[0];
}

function textOf(
  report: Report,
  { format, file }: { readonly format: OutputFormat; readonly file: string | undefined },
  label: string,
  context: WriteContext,
): string {
  if (format !== 'text') return writers[format](report, context);
  const text = reportAsText(report, label);
  return file === undefined ? withoutCommands(text) : text;
}

function linesOf(report: Report, root: string): Promise<WriteContext['lineOf']> {
  const steps = report.files.flatMap(({ issues }) => issues.flatMap(({ flow = [] }) => flow.map(({ file }) => file)));
  return readLines(root, [...report.files.map(({ path }) => path), ...steps]);
}

/** The files that fixes change. One that cannot be read is left out. */
async function textsOf(report: Report, root: string): Promise<WriteContext['texts']> {
  const texts = new Map<string, string>();
  for (const path of filesOfFixes(report.files.flatMap(({ issues }) => issues))) {
    const found = await insidePath(root, path);
    if (typeof found === 'string') continue;
    const text = await readTextBounded(found.file, { maxBytes: maxReadSize }).catch(() => undefined);
    if (text !== undefined) texts.set(path, text);
  }
  return texts;
}

/**
 * Annotates the scanned files in a GitHub Actions run, which reads commands from the log.
 * @param root the scanned folder
 */
export function annotate(report: Report, root: string): void {
  if (process.env['GITHUB_ACTIONS'] !== 'true') return;
  const way = relative(process.env['GITHUB_WORKSPACE'] ?? root, root)
    .split(sep)
    .join('/');
  writeCommands(githubAnnotations(report, way.startsWith('..') ? '' : way));
}
