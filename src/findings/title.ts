import { memoized } from '../base/memoized';
import type { Issue } from '../protocol';
import { weaknessTitles } from './weaknesses';

/** The maximum length of a title, in UTF-16 units. */
const maxTitle = 80;
/** Maximum words in a derived title. */
const maxWords = 7;
/** Maximum length of a rule's name from which a title is derived, in UTF-16 units. */
const maxName = 200;
/** How many titles to keep: most findings share one. */
const maxKnown = 1_000;

/** The texts of an analyzer from which a finding's title can be derived. */
export interface TitleSources {
  /** Texts that were meant as titles, the best first. */
  readonly texts?: readonly (string | undefined)[];
  /** Names of the rule, which often consist of words: `subprocess_popen_with_shell`, `js/sql-injection`. */
  readonly names?: readonly (string | undefined)[];
  readonly cwe?: readonly string[] | undefined;
  readonly message: string;
}

/** The title of a finding: its own, or one derived from other texts. A single line without control characters; it may contain markup of any kind. */
export function titleOf(issue: Pick<Issue, 'title' | 'type' | 'rule_id' | 'cwe' | 'message'>): string {
  const texts = [issue.title, issue.type === 'dependency' ? 'Vulnerable dependency' : undefined];
  return titleFrom({ texts, names: [issue.rule_id], cwe: issue.cwe, message: issue.message });
}

/** A finding's title, followed by what happens and why it matters, as one text. */
export function titledMessage(issue: Parameters<typeof titleOf>[0]): string {
  const [title, { message }] = [titleOf(issue), issue];
  return message.toLowerCase().startsWith(title.replace(/…$/, '').toLowerCase()) ? message : `${title}: ${message}`;
}

/** A title, usually of two to seven words, and never empty. */
export function titleFrom({ texts = [], names = [], cwe = [], message }: TitleSources): string {
  for (const text of texts) {
    const line = lineOf(text ?? '');
    if (line !== '' && line.length <= maxTitle) return line;
  }
  const named = names.map((name = '') => (name.length > maxName ? '' : wordsOf(name))).find((title) => title !== '');
  if (named !== undefined) return named;
  const weakness = cwe.map((id) => weaknessTitles[Number(/\d+/.exec(id)?.[0])]).find((title) => title !== undefined);
  return weakness ?? shortened(texts.map((text) => lineOf(text ?? '')).find((line) => line !== '') ?? message);
}

function lineOf(text: string): string {
  return knownLine(text.slice(0, 4 * maxTitle));
}

const knownLine = memoized(
  (text) =>
    text
      .replace(/\s+/g, ' ')
      // Characters that change the text direction, or move a terminal's cursor, are made visible.
      .replace(/[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu, '\ufffd')
      .trim()
      .replace(/(?<!\.)\.$/, ''),
  maxKnown,
);

/** The words of a rule's name, capitalized like a sentence; empty if the name has no words, or too many. */
const wordsOf = memoized((name) => {
  if (/^(?:CVE|GHSA|MAL|OSV|PYSEC|RUSTSEC|GO|SNYK|DSA|USN)-[\w-]+$/i.test(name)) return `Vulnerability ${name}`;
  const last = name.split(/[/.:\s]+/).at(-1) ?? '';
  const words = last
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .filter((word) => word !== '');
  const isWords =
    words.length >= 2 && words.length <= maxWords && words.every((word) => /^[A-Za-z]+\d{0,3}$/.test(word));
  if (!isWords || words.filter((word) => word.length > 2).length < 2) return '';
  const text = words.map((word) => spellings.get(word.toLowerCase()) ?? word.toLowerCase()).join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}, maxKnown);

/** The first words of a text, cut between words. */
function shortened(text: string): string {
  const line = lineOf(text);
  const sentence = /^.{10,}?(?=[.:;!?](?:\s|$))/.exec(line)?.[0] ?? line;
  const words = sentence.split(' ');
  const cut = words.slice(0, maxWords + 1).join(' ');
  const isCut = words.length > maxWords + 1 || cut.length > maxTitle;
  return isCut ? `${cut.slice(0, maxTitle - 1)}…` : cut || 'Finding';
}

/** Words that are capitalized within a sentence. */
const spellings = new Map(
  (
    'AES API AWS CBC CORS CRLF CSP CSRF CSV DES DNS DOM DSA ECB FTP GCP GraphQL gRPC GitHub GitLab HMAC HTML HTTP HTTPS IAM ID IP IV JDBC JNDI ' +
    'JSON JSX JWT LDAP MD4 MD5 MFA MySQL NoSQL OAuth OS PHP RCE RDS ReDoS RSA SHA SHA1 SMTP SNMP SOAP SQL SSH SSL SSRF SSTI SVG TLS UDP URI URL ' +
    'UUID XML XPath XSS XXE YAML Django Docker Express Flask JavaScript Kubernetes MongoDB Python React S3 Slack Stripe Azure Google'
  )
    .split(' ')
    .map((word) => [word.toLowerCase(), word]),
);
