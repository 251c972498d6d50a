import * as z from 'zod';
import { callsOnCopies } from './calls';
import { titleFrom } from '../../findings/title';
import type { Tool } from './tool';

/** `gitleaks dir --report-format json`: https://github.com/gitleaks/gitleaks */
const output = z
  .array(
    z.object({
      RuleID: z.string(),
      Description: z.string(),
      StartLine: z.number().int(),
      EndLine: z.number().int(),
      StartColumn: z.number().int(),
      EndColumn: z.number().int(),
      File: z.string(),
    }),
  )
  .nullable();

/** https://github.com/gitleaks/gitleaks. It scans the current files, not the history. */
export const gitleaks: Tool = {
  id: 'gitleaks',
  title: 'Gitleaks',
  program: 'gitleaks',
  versionArgs: ['version'],
  install: 'brew install gitleaks',
  exitCodes: [0],
  // "10:21AM ERR could not open file error=..."
  problems: /^\S+ (?:ERR|FTL) (?<what>.+)$/,
  reads: () => true,
  calls: (job) =>
    callsOnCopies(
      job,
      [
        'dir',
        '.',
        '--report-format=json',
        '--report-path=-',
        '--no-banner',
        '--exit-code=0',
        '--redact',
        '--log-level=error',
        // The scan's policy decides whether comments count.
        '--ignore-gitleaks-allow',
      ],
      ['.gitleaks.toml', '.gitleaksignore'],
    ),
  read(text) {
    const found = text.trim() === '' ? [] : (output.parse(JSON.parse(text)) ?? []);
    return found.map((leak) => ({
      type: 'secret',
      title: secretTitle(leak.RuleID),
      message: leak.Description,
      severity: 'high' as const,
      file: leak.File,
      line: Math.max(1, leak.StartLine),
      end_line: Math.max(1, leak.EndLine),
      ...(leak.StartColumn > 0 && { column: leak.StartColumn }),
      ...(leak.EndColumn > 0 && { end_column: leak.EndColumn + 1 }),
      rule_id: leak.RuleID,
      suggestion: 'Revoke it where it was issued, and read its replacement from the environment or a secret store.',
      cwe: ['CWE-798'],
      owasp: ['A07:2021'],
    }));
  },
};

/** `aws-access-token`: "Hard-coded AWS access token". */
function secretTitle(rule: string): string {
  const what = titleFrom({ names: [rule], message: 'secret' });
  return `Hard-coded ${/^[A-Z][a-z]/.test(what) ? what.charAt(0).toLowerCase() + what.slice(1) : what}`;
}
