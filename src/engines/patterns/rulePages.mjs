// Generates a page for each rule: docs/rules/<id>.md and, for Explain in the editor, dist/rulePages.json. A build step.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readRules } from './compileRules.mjs';
import { languagesShown } from './ruleSchema.mjs';

const categories = {
  A01: 'Broken Access Control',
  A02: 'Cryptographic Failures',
  A03: 'Injection',
  A04: 'Insecure Design',
  A05: 'Security Misconfiguration',
  A06: 'Vulnerable and Outdated Components',
  A07: 'Identification and Authentication Failures',
  A08: 'Software and Data Integrity Failures',
  A09: 'Security Logging and Monitoring Failures',
  A10: 'Server-Side Request Forgery (SSRF)',
};

const escaped = (/** @type {string} */ text) => text.replace(/[\\`*_<>[\]]/g, '\\$&');

/**
 * @typedef {object} Page
 * @property {string} title
 * @property {string} [id]
 * @property {string} [languages]
 * @property {string} [severity]
 * @property {string} [confidence]
 * @property {readonly string[]} cwe
 * @property {readonly string[]} owasp
 * @property {string} message
 * @property {string} suggestion
 * @property {string} [fence] the language of the examples
 * @property {string} [bad]
 * @property {string} [good]
 * @property {readonly string[]} references
 * @property {string} [former] the id that it had
 * @property {readonly string[]} [replaced] the ids of rules in whose place it came
 */

/** @param {Page} page @returns {string} Markdown */
function pageText(page) {
  const code = (/** @type {string} */ title, /** @type {string | undefined} */ text) =>
    text === undefined ? [] : [`## ${title}`, `~~~${page.fence ?? ''}\n${text.trimEnd()}\n~~~`];
  const facts = [
    page.id && `\`${page.id}\``,
    page.languages,
    page.severity && `${page.severity} severity`,
    page.confidence && `${page.confidence} confidence`,
  ].filter(Boolean);
  const links = [
    ...page.cwe.map((one) => [one, `https://cwe.mitre.org/data/definitions/${one.slice(4)}.html`]),
    ...page.owasp.map((one) => {
      const name = categories[one.slice(0, 3)];
      const path = `${one.replace(':', '_')}-${name.replaceAll(' ', '_').replace('(', '%28').replace(')', '%29')}`;
      return [`OWASP ${one} ${name}`, `https://owasp.org/Top10/${path}/`];
    }),
  ];
  const known = new Set(links.map(([, url]) => url));
  const parts = [
    `# ${escaped(page.title)}`,
    ...(facts.length > 0 ? [facts.join(' · ')] : []),
    escaped(page.message),
    `**What to do:** ${escaped(page.suggestion)}`,
    ...code('Bad', page.bad),
    ...code('Good', page.good),
    '## References',
    [
      ...links.map(([name, url]) => `- [${name}](${url})`),
      ...page.references.filter((url) => !known.has(url)).map((url) => `- <${url}>`),
    ].join('\n'),
    ...(page.replaced
      ? [`Also finds what ${namesOf(page.replaced)} used to find; decisions about it still apply.`]
      : []),
    ...(page.former ? [`Part of \`${page.former}\` in the past; decisions about that id still apply.`] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** @param {readonly string[]} ids */
function namesOf(ids) {
  return ids.map((id) => `\`${id}\``).join(' and ');
}

/** The first of the snippets that is short enough for a page, otherwise the shortest, with its language. */
function example(list, language) {
  const snippets = (list ?? []).map((one) => (typeof one === 'string' ? { code: one, language } : one));
  const length = ({ code }) => code.split('\n').length;
  return snippets.find((one) => length(one) <= 12) ?? snippets.sort((a, b) => length(a) - length(b))[0];
}

/**
 * @param {{ rules: string, fixtures: string, pages: string, models: string }} paths folders of the rule sources and their fixtures, file of what other engines' pages say, folder with one of taint models for each language
 * @param {{ ruffRules: Readonly<Record<string, any>>, taintRules: Readonly<Record<string, any>>, renamedRules: Readonly<Record<string, string>>, replacedRules: Readonly<Record<string, readonly string[]>>, languages: readonly { id: string, names: readonly string[], prefix: string, fence: string }[] }} tables
 * @returns {Promise<{ rules: Record<string, string>, tools: Record<string, string> }>} Markdown by rule id, and by engine for rules without a page of their own
 */
export async function rulePages(paths, { ruffRules, taintRules, renamedRules, replacedRules, languages }) {
  const pages = {};
  for (const rule of await readRules(paths.rules)) {
    const fixture = parse(await readFile(join(paths.fixtures, rule.group, `${rule.id}.yml`), 'utf8'));
    const bad = example(fixture.invalid, rule.languages[0]);
    const good = example(fixture.valid, rule.languages[0]);
    const { title, severity, request_severity, confidence, cwe, owasp, suggestion, help_url } = rule.metadata;
    const language = bad?.language ?? rule.languages[0];
    pages[rule.id] = {
      title,
      languages: languagesShown(rule),
      severity: request_severity ? `${severity} (${request_severity} with request data)` : severity,
      confidence,
      cwe,
      owasp,
      message: rule.message,
      suggestion,
      fence: rule.id.startsWith('docker-') ? 'dockerfile' : language.toLowerCase(),
      bad: bad?.code,
      good: good?.code,
      references: [help_url],
      former: renamedRules[rule.id],
    };
  }
  const texts = parse(await readFile(paths.pages, 'utf8'));
  for (const { id, names, prefix, fence } of languages) {
    const folder = join(paths.models, id);
    const files = (await readdir(folder)).sort();
    const models = await Promise.all(files.map(async (name) => parse(await readFile(join(folder, name), 'utf8'))));
    const sinks = models.flatMap(({ sinks, assignments, misuses }) =>
      [sinks, assignments, misuses].flatMap((one) => one ?? []),
    );
    const found = new Set(sinks.map(({ defect }) => defect));
    const examples = models.flatMap((model) => model.examples ?? []);
    for (const [defect, rule] of Object.entries(taintRules)) {
      if (!found.has(defect)) continue;
      const shown = examples.find((one) => one.defect === defect);
      pages[`${prefix}-flow-${defect}`] = {
        title: rule.title,
        languages: names.join(', '),
        severity: rule.severity,
        confidence: rule.confidence,
        cwe: [`CWE-${rule.cwe[0]}`],
        owasp: [rule.owasp],
        message: rule.message,
        suggestion: rule.suggestion,
        fence,
        bad: shown?.bad,
        good: shown?.good,
        references: [rule.help],
        replaced: replacedRules[`${prefix}-flow-${defect}`],
      };
    }
  }
  for (const [code, rule] of Object.entries(ruffRules)) {
    const name = rule.name
      .replaceAll('-', ' ')
      .replace(/\b(?:sql|ssl|ssh|tls|xml|snmp|ftp|http|url|yaml)\b/g, (word) => word.toUpperCase());
    pages[code] = {
      ...rule,
      title: `${name[0].toUpperCase()}${name.slice(1)}`,
      languages: 'Python',
      cwe: [rule.cwe],
      owasp: [rule.owasp],
      references: [`https://docs.astral.sh/ruff/rules/${rule.name}/`],
    };
  }
  Object.assign(pages, texts.others);
  const text = (/** @type {[string, any]} */ [id, page]) => [id, pageText({ ...page, id })];
  const tool = (/** @type {[string, any]} */ [id, page]) => [id, pageText(page)];
  return {
    rules: Object.fromEntries(Object.entries(pages).sort().map(text)),
    tools: Object.fromEntries(Object.entries(texts.tools).map(tool)),
  };
}
