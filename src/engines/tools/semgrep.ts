import * as z from 'zod';
import { confidence } from '../../protocol';
import { callsNamingFiles } from './calls';
import { cwesIn } from '../../findings/severity';
import { severityOf, type Tool } from './tool';

const place = z.object({ line: z.number().int(), col: z.number().int() });
const texts = z.union([z.string(), z.array(z.string())]).nullish();

/** `semgrep scan --json`: https://semgrep.dev/docs/semgrep-appsec-platform/json-and-sarif */
const output = z.object({
  results: z.array(
    z.object({
      check_id: z.string(),
      path: z.string(),
      start: place,
      end: place,
      extra: z.object({
        message: z.string(),
        severity: z.string(),
        fix: z.string().nullish(),
        metadata: z
          .object({ cwe: texts, owasp: texts, confidence: z.string().nullish(), source: z.string().nullish() })
          .partial()
          .nullish(),
      }),
    }),
  ),
  errors: z
    .array(
      z.object({
        message: z.string().nullish(),
        path: z.string().nullish(),
        /** Some kinds of errors have their path here. */
        spans: z
          .array(z.object({ file: z.string() }))
          .nullish()
          .catch(undefined),
        /** The name of the kind, or a name and details. */
        type: z.union([z.string(), z.array(z.unknown())]).nullish(),
      }),
    )
    .default([]),
  /** Rules that the installed version cannot run. */
  skipped_rules: z.array(z.unknown()).default([]),
});

const rulesIgnored = 'Semgrep could not apply some of its rules.';

const extensions =
  /\.(?:[cm]?[jt]sx?|py|pyi|java|kts?|go|rb|php|cs|c|h|cc|cpp|cxx|hpp|hh|rs|swift|scala|sh|bash|lua|dart|exs?|clj[sc]?|sol|vue|html?|xml|json|ya?ml|tf|hcl|apex|cls|r|ml|jsonnet)$/i;

/** https://semgrep.dev; it uses only the configured rules, and downloads none unless the configuration names rules of its registry. */
export const semgrep: Tool = {
  id: 'semgrep',
  title: 'Semgrep',
  program: 'semgrep',
  versionArgs: ['--version', '--disable-version-check'],
  install: 'pipx install semgrep',
  takesRulesets: true,
  needs: (rulesets) =>
    rulesets.length > 0
      ? undefined
      : 'Semgrep has no rules: add some to codeagent.analyzers.rulesets, for example {"semgrep": ["/path/to/rules.yml"]}.',
  env: { SEMGREP_SEND_METRICS: 'off', SEMGREP_ENABLE_VERSION_CHECK: '0' },
  // 1: findings, if it was asked to report them this way.
  exitCodes: [0, 1],
  reads: (path) => extensions.test(path) || /(?:^|\/)Dockerfile[^/]*$/.test(path),
  calls: (job) =>
    callsNamingFiles(job, [
      'scan',
      ...job.rulesets.map((ruleset) => `--config=${ruleset}`),
      ...['--json', '--quiet', '--metrics=off', '--disable-version-check', '--no-rewrite-rule-ids', '--jobs=2'],
      // The scan's policy decides whether comments count.
      '--disable-nosem',
    ]),
  read(text, job) {
    const { results, errors, skipped_rules } = output.parse(JSON.parse(text));
    if (skipped_rules.length > 0) job.gap('rules_ignored', rulesIgnored);
    for (const { message, path, spans, type } of errors) {
      const name = String([type ?? ''].flat()[0]);
      const files = typeof path === 'string' ? [path] : (spans ?? []).map(({ file }) => file);
      if (/rule|pattern|config/i.test(name)) job.gap('rules_ignored', rulesIgnored, files);
      else if (/pars|syntax|lexical/i.test(name))
        job.gap('unparsed', 'Semgrep could not parse some files, or parts of them.', files);
      else job.gap('unfinished', 'Semgrep gave up on some files.', files);
      job.log('info', `${path ?? ''} ${message ?? ''}`.trim().slice(0, 300));
    }
    return results.map(({ check_id, path, start, end, extra }) => {
      const metadata = extra.metadata ?? {};
      const certain = confidence.safeParse(metadata.confidence?.toLowerCase()).data;
      const cwe = cwesIn(metadata.cwe);
      const owasp = [metadata.owasp ?? []].flat().flatMap((entry) => /A\d\d:\d{4}/.exec(entry)?.[0] ?? []);
      return {
        type: 'security',
        message: extra.message.trim(),
        severity: severityOf(extra.severity),
        file: path,
        line: start.line,
        column: start.col,
        end_line: end.line,
        end_column: end.col,
        rule_id: check_id,
        ...(cwe.length > 0 && { cwe }),
        ...(owasp.length > 0 && { owasp }),
        ...(certain && { confidence: certain }),
        // The replacement of the whole match.
        ...(typeof extra.fix === 'string' && {
          fix: {
            edits: [
              {
                start: { line: start.line, column: start.col },
                end: { line: end.line, column: end.col },
                text: extra.fix,
              },
            ],
          },
        }),
        ...(typeof metadata.source === 'string' && { help_url: metadata.source }),
      };
    });
  },
};
