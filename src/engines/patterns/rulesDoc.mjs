// Generates docs/rules.md from the rule sources: a build step, so that it is up to date wherever the tests run.
import { readRules } from './compileRules.mjs';
import { languagesShown } from './ruleSchema.mjs';

/**
 * The page that lists all rules.
 * @param {string} sourceDir folder of the rule sources
 * @returns {Promise<string>} Markdown
 */
export async function rulesDoc(sourceDir) {
  const rules = await readRules(sourceDir);
  const languages = new Set(rules.flatMap((rule) => rule.languages));
  const cell = (/** @type {string} */ text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
  const rows = rules.map((rule) => {
    const { id, metadata: m } = rule;
    const cwe = m.cwe.map((one) => `[${one}](https://cwe.mitre.org/data/definitions/${one.slice(4)}.html)`);
    const cells = [
      `[\`${id}\`](rules/${id}.md)`,
      cell(m.title),
      languagesShown(rule),
      cwe.join(', '),
      m.owasp.join(', '),
    ];
    const severity = m.request_severity ? `${m.severity}, ${m.request_severity} with request data` : m.severity;
    return `| ${[...cells, severity, m.confidence].join(' | ')} |`;
  });
  return `# Rules

The ${rules.length} built-in \`ast-grep\` rules, for ${languages.size} languages. The build (\`node esbuild.mjs\`) generates this page from the rule
files in \`src/rules/patterns/\`. Rules with low confidence are noisy, so they are off.

| rule | what it finds | languages | CWE | OWASP | severity | confidence |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
