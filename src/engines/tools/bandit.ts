import * as z from 'zod';
import { confidence } from '../../protocol';
import { callsNamingFiles } from './calls';
import { cwesIn } from '../../findings/severity';
import { titleFrom } from '../../findings/title';
import { severityOf, type Tool } from './tool';

/** `bandit -f json`: https://bandit.readthedocs.io/en/latest/formatters/json.html */
const output = z.object({
  errors: z.array(z.object({ filename: z.string(), reason: z.string() })),
  results: z.array(
    z.object({
      filename: z.string(),
      test_id: z.string(),
      /** `subprocess_popen_with_shell_equals_true` */
      test_name: z.string().optional(),
      issue_text: z.string(),
      issue_severity: z.string(),
      issue_confidence: z.string(),
      line_number: z.number().int(),
      line_range: z.array(z.number().int()).default([]),
      /** From 0, in UTF-8 bytes; -1 if unknown. */
      col_offset: z.number().int().optional(),
      end_col_offset: z.number().int().optional(),
      more_info: z.string().optional(),
      issue_cwe: z.object({ id: z.number().int().optional() }).optional(),
    }),
  ),
});

/** https://bandit.readthedocs.io. When it is given files, it does not look for `.bandit` or other configuration. */
export const bandit: Tool = {
  id: 'bandit',
  title: 'Bandit',
  program: 'bandit',
  versionArgs: ['--version'],
  install: 'pipx install bandit',
  // 1: findings.
  exitCodes: [0, 1],
  reads: (path) => path.endsWith('.py'),
  // The scan's policy decides whether comments count.
  calls: (job) => callsNamingFiles(job, ['-f', 'json', '-q', '--ignore-nosec']),
  read(text, job) {
    const { errors, results } = output.parse(JSON.parse(text));
    for (const { filename, reason } of errors) {
      if (/syntax/i.test(reason)) job.gap('unparsed', 'Bandit could not parse some files.', [filename]);
      else job.gap('unfinished', 'Bandit could not check some files.', [filename]);
      job.log('info', `${filename} was not checked: ${reason}`);
    }
    return results.map((result) => {
      // The line number may be that of an argument, while the columns are those of the whole expression.
      const line = Math.min(result.line_number, ...result.line_range);
      const lastLine = Math.max(result.line_number, ...result.line_range);
      const certain = confidence.safeParse(result.issue_confidence.toLowerCase()).data;
      const cwe = cwesIn(result.issue_cwe?.id);
      const { col_offset: from = -1, end_col_offset: to = -1 } = result;
      return {
        type: 'security',
        title: titleFrom({ names: [result.test_name], cwe, message: result.issue_text }),
        message: result.issue_text,
        severity: severityOf(result.issue_severity),
        file: result.filename,
        line,
        end_line: lastLine,
        ...(from >= 0 && { column: from + 1 }),
        ...(to > 0 && (lastLine > line || to > from) && { end_column: to + 1 }),
        rule_id: result.test_id,
        cwe,
        ...(certain && { confidence: certain }),
        ...(result.more_info !== undefined && { help_url: result.more_info }),
      };
    });
  },
};
