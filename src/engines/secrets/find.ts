import { lintSource } from '@secretlint/core';
import { creator as preset } from '@secretlint/secretlint-rule-preset-recommend';
import type { SecretLintRuleCreator } from '@secretlint/types';
import type { Confidence, Severity } from '../../protocol';
import { filePurpose } from '../engine/filePurpose';
import { snippetOf } from '../engine/text';
import { WordSearch } from '../engine/wordSearch';
import { maxPerFile, type SecretHit } from './messages';
import { filePatterns, laterPreset, patterns, settingPattern } from './patterns';
import { presetKinds } from './titles';
import type { SecretPattern } from '../../findings/secrets/tokens';
import type { Span } from '../../findings/secrets/spans';
import { isExample, isPlaceholder } from '../../findings/secrets/values';

interface Found {
  readonly id: string;
  readonly kind: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly certain: boolean;
  /** UTF-16 offsets of the secret. */
  readonly start: number;
  readonly end: number;
}

const settingsFile =
  /(?:^|\/)(?:\.env(?:\.[\w.-]+)?|\.envrc|\.(?:npmrc|yarnrc|pypirc|s3cfg|boto|flaskenv)|\.aws\/(?:credentials|config)|credentials|hosts|(?:[^/]*\.)?dockerfile(?:\.[\w.-]+)?|[^/]*\.(?:env|properties|ini|cnf|cfg|conf|config|toml|ya?ml|tfvars|sh|bash|zsh|ksh|bat|cmd|rc))$/i;
/** Reports of other secret scanners. */
const findingsFile =
  /(?:^|\/)(?:\.?[\w.-]*secrets?[\w.-]*\.baseline(?:\.json)?|[\w.-]*(?:gitleaks|trufflehog|detect-secrets|talisman|whispers)[\w.-]*|\.talismanrc|\.gitleaksignore)$/i;
/** Notebooks, which document as much as they run. */
const notebook = /\.ipynb$/i;
const exampleFile = /\.(?:example|sample|template|dist|tpl)(?:\.\w+)?$/i;
const exampleWord = /\b(?:examples?|e\.g\.|sample|dummy|fake|placeholder|for instance|not (?:a )?real)\b/i;
const commentStart = /^\s*(?:\/\/|#|\*|\/\*|--|;|<!--|%|REM\b|"""|''')/i;

/** Finds the secrets in a file; their snippets are masked. `path` is relative, '/'-separated. */
export async function findSecrets(path: string, text: string): Promise<SecretHit[]> {
  const purpose = filePurpose(path);
  const isOfOthers = findingsFile.test(path);
  const all = await matches(path, text);
  if (all.length === 0) return [];
  const lines = new Lines(text);
  const found = all.filter((one) => {
    if (isOfOthers && !one.certain) return false;
    const value = text.slice(one.start, one.end);
    if (
      one.id !== 'private-key' &&
      (one.certain ? isExample(value) : isPlaceholder(value) && !hashOfPassword.test(value))
    )
      return false;
    if (!one.certain && isInDocs(path, text, lines, one.start)) return false;
    // Words for "Password" in other languages.
    if (!one.certain && purpose === 'translation' && !/\d/.test(value)) return false;
    return !exampleFile.test(path) && !isMarkedExample(lines, lines.at(one.start));
  });
  const kept = withoutOverlaps(found).slice(0, maxPerFile);
  // Keys and logins in tests and examples are mostly made up, as are passwords in documentation and translations.
  const isMadeUp = isOfOthers || purpose === 'test' || purpose === 'example';
  const isMild = (one: Found) => isMadeUp || (!one.certain && (purpose !== undefined || notebook.test(path)));
  return kept.map((one) => {
    const line = lines.at(one.start);
    const endLine = lines.at(Math.max(one.start, one.end - 1));
    return {
      file: path,
      id: one.id,
      kind: one.kind,
      severity: isMild(one) ? 'low' : one.severity,
      confidence: isMild(one) ? 'low' : one.confidence,
      line: line + 1,
      column: one.start - lines.start(line) + 1,
      endLine: endLine + 1,
      endColumn: one.end - lines.start(endLine) + 1,
      snippet: snippetOf(lines.text(line), one.start - lines.start(line) + 1, spansOf(lines, line, kept)),
    };
  });
}

function ownMatches(path: string, text: string, words: ReadonlySet<string>): Found[] {
  const all = settingsFile.test(path) ? [...patterns, settingPattern] : patterns;
  const ofFile = filePatterns
    .filter(({ file }) => file.test(path))
    .map((pattern) => ({ ...settingPattern, ...pattern }));
  const hinted = (pattern: SecretPattern) =>
    pattern.hints.some((hint) => words.has(hint)) ? matchesOf(pattern, text) : [];
  return [
    ...all.flatMap(hinted),
    ...ofFile.flatMap((pattern) => matchesOf({ ...pattern, accept: hasValue }, text)),
    ...laterPreset.flatMap(hinted),
  ];
}

/** As in .htpasswd. Its start looks like a variable. */
const hashOfPassword = /^\$(?:apr1|2[aby]|5|6)\$/;

function hasValue({ groups }: RegExpExecArray): boolean {
  const secret = groups?.['secret'] ?? '';
  return hashOfPassword.test(secret) || !isPlaceholder(secret);
}

function matchesOf(pattern: SecretPattern, text: string): Found[] {
  const found: Found[] = [];
  for (const match of pattern.around
    ? matchesAround(pattern.around, pattern.pattern, text)
    : text.matchAll(pattern.pattern)) {
    if (pattern.accept && !pattern.accept(match)) continue;
    const [start, end] = match.indices?.groups?.['secret'] ?? [match.index, match.index + match[0].length];
    const { id, kind, severity, confidence, certain } = pattern;
    found.push({ id, kind, severity, confidence, certain, start, end: pattern.endOf?.(text, end) ?? end });
    if (found.length === maxPerFile) break;
  }
  return found;
}

/** Length of the longest name that `patterns` match; of a longer name, only the last characters count. */
const nameLength = 61;

/**
 * The matches that contain `word`, and maybe others, of a pattern that begins with a name: as with `matchAll`, but tried only near the words, which
 * is faster. @param pattern has the flag y
 */
export function* matchesAround(word: RegExp, pattern: RegExp, text: string): Generator<RegExpExecArray> {
  const names = /[A-Za-z_][\w.-]*/g;
  const nonBlank = /\S/g;
  let end = 0;
  /** The start and end of the current line, and the start of the first line from which an assignment may continue to it. */
  let [first, line, lineEnd] = [0, 0, text.indexOf('\n')];
  /** The last character before the line that is not white space. */
  let before = '';
  for (const { index } of text.matchAll(word)) {
    if (index < end) continue;
    for (; lineEnd >= 0 && lineEnd < index; lineEnd = text.indexOf('\n', line)) {
      before = text.slice(line, lineEnd).trimEnd().at(-1) ?? before;
      line = lineEnd + 1;
      nonBlank.lastIndex = line;
      // An assignment continues over a line break only at an operator.
      if (!/[=:>]/.test(before) && !/[=:]/.test(nonBlank.exec(text)?.[0] ?? '')) first = line;
    }
    // From there, so that the value of an earlier assignment is not taken for a name.
    names.lastIndex = Math.max(end, first);
    for (let name = names.exec(text); name && name.index <= index; name = names.exec(text)) {
      const tooLong = Math.max(0, name[0].length - nameLength);
      pattern.lastIndex = name.index + tooLong + Math.max(0, name[0].slice(tooLong).search(/[A-Za-z_]/));
      const match = pattern.exec(text);
      if (match) {
        yield match;
        names.lastIndex = match.index + match[0].length;
      }
      end = names.lastIndex;
    }
  }
}

/** The matches of our patterns and secretlint's preset. */
async function matches(path: string, text: string): Promise<Found[]> {
  const hits = hints.find(Buffer.from(text));
  const words = new Set(hintWords.filter((_, number) => hits[number] === 1));
  const own = ownMatches(path, text, words);
  const mayHoldMore = presetHints.some(
    (hint) => words.has(hint.toLowerCase()) && (hint === hint.toLowerCase() || text.includes(hint)),
  );
  if (own.length === 0 && !mayHoldMore) return [];
  const { messages } = await lintSource({
    source: {
      filePath: path,
      content: withoutDecisions(text),
      ext: path.slice(path.lastIndexOf('.')),
      contentType: 'text',
    },
    options: {
      config: {
        rules: [
          { id: '@secretlint/secretlint-rule-preset-recommend', rule: preset },
          { id: ownRule, rule: reporting(own, text) },
        ],
      },
      maskSecrets: true,
      noPhysicFilePath: true,
    },
  });
  const kept = new Set(messages.filter(({ ruleId }) => ruleId === ownRule).map(({ range }) => range[0]));
  const leftOut = own.filter((one) => !kept.has(one.start));
  const ofPreset = messages.flatMap(({ ruleId, range }) => {
    const name = ruleId.replace('@secretlint/secretlint-rule-', '');
    // Our own pattern recognizes placeholders and local databases.
    if (ruleId === ownRule || name === 'basicauth' || name === 'database-connection-string') return [];
    const [start, end] = range;
    if (leftOut.some((one) => start < one.end && one.start < end)) return [];
    const kind = presetKinds[name] ?? `${name} secret`;
    return [{ id: name, kind, severity: 'high', confidence: 'high', certain: true, start, end } as const];
  });
  return [...own.filter((one) => kept.has(one.start)), ...ofPreset];
}

/** A text in which secretlint sees no comment that suppresses a finding: src/findings/policy reads them, and what they hide stays in the report. */
function withoutDecisions(text: string): string {
  return text.replaceAll('secretlint-disable', 'secretlint-disablf');
}

const ownRule = 'codeagent-secrets';

/**
 * Every text in which the preset finds something that we report contains one of these: those with capitals exactly as written, the others in any
 * case. Taken from its source, whose version package-lock.json pins.
 */
const presetHints: readonly string[] = [
  ...['private_key_id', 'PRIVATE KEY'],
  ...['SECRET', 'secret', 'Secret'].flatMap((s) => ['ACCESS', 'access', 'Access'].flatMap((a) => [s + a, `${s}_${a}`])),
  ...['x-oauth-basic', '_authToken', 'npm_', 'xox', 'xapp-', 'hooks.slack.com', 'T3BlbkFJ', 'sk-ant-', 'gsk_', 'hf_'],
  ...['lin_api_', 'ntn_', 'SG.', 'shppa_', 'shpca_', 'shpat_', 'shpss_'],
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_', 'glpat-', 'glc_', 'glsa_', 'ops_', 'hvs.', 'hvb.', 'hvr.'],
  ...['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_', 'dapi', 'dckr_pat_', 'figd_'],
];
const hintWords = [
  ...new Set([
    ...[...patterns, settingPattern, ...laterPreset].flatMap((pattern) => pattern.hints),
    ...presetHints.map((hint) => hint.toLowerCase()),
  ]),
];
const hints = new WordSearch(hintWords);

/** A secretlint rule that reports these matches. For a secret of several lines, the first line counts. */
function reporting(found: readonly Found[], text: string): SecretLintRuleCreator {
  return {
    messages: {},
    meta: { id: ownRule, recommended: true, type: 'scanner', supportedContentTypes: ['text'] },
    create: (context) => ({
      file() {
        for (const { kind, start, end } of found) {
          const lineEnd = text.indexOf('\n', start);
          const range = [start, lineEnd < 0 ? end : Math.min(end, lineEnd)] as const;
          context.report({ message: { messageId: ownRule, message: kind, data: undefined }, range });
        }
      },
    }),
  };
}

/** One finding for each secret: of two that overlap, the earlier in the list wins. Ours come first, specific ones before general ones. */
function withoutOverlaps(found: readonly Found[]): Found[] {
  const kept: Found[] = [];
  for (const one of found) if (!kept.some((k) => one.start < k.end && k.start < one.end)) kept.push(one);
  return kept.sort((a, b) => a.start - b.start);
}

const docsOf = /^[ \t]*(?:(?:DOCUMENTATION|EXAMPLES|RETURN)[ \t]*=[ \t]*)?[rRuU]?("""|\'\'\')/;

/** Whether an offset is in a documentation comment: JSDoc, Javadoc, a docstring. Other comments may contain commented-out code. */
function isInDocs(path: string, text: string, lines: Lines, offset: number): boolean {
  const line = lines.at(offset);
  if (/^\s*(?:\*(?!\/)|\/\*\*|\/\/[/!])/.test(lines.text(line))) return !/\.(?:md|css|ini|cnf|conf)$/i.test(path);
  if (!path.endsWith('.py')) return false;
  let opened: string | undefined;
  let isDocs = false;
  for (const { index, 0: quotes } of text.slice(0, offset).matchAll(/"""|\'\'\'/g)) {
    if (opened === quotes) opened = undefined;
    else if (opened === undefined) {
      opened = quotes;
      isDocs = docsOf.test(lines.text(lines.at(index)));
    }
  }
  return opened !== undefined && isDocs;
}

/** Whether the line is a comment that says, there or on one of the comment lines above, that it shows an example. */
function isMarkedExample(lines: Lines, line: number): boolean {
  if (!commentStart.test(lines.text(line))) return false;
  for (let n = line; n >= Math.max(0, line - 3) && commentStart.test(lines.text(n)); n -= 1)
    if (exampleWord.test(lines.text(n))) return true;
  return false;
}

/** The parts of these secrets that are on a line, as offsets in it. */
function spansOf(lines: Lines, line: number, found: readonly Found[]): Span[] {
  const [from, to] = [lines.start(line), lines.start(line) + lines.text(line).length];
  return found.flatMap(({ start, end }) =>
    start < to && from < end ? [{ start: Math.max(0, start - from), end: Math.min(to, end) - from }] : [],
  );
}

/** Finds the line of an offset. */
class Lines {
  readonly #text: string;
  readonly #starts = [0];

  constructor(text: string) {
    this.#text = text;
    for (const { index, 0: end } of text.matchAll(/\r\n|\n|\r/g)) this.#starts.push(index + end.length);
  }

  /** The line (from 0) of an offset. */
  at(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.start(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  start(line: number): number {
    return this.#starts[line] ?? this.#text.length;
  }

  text(line: number): string {
    return this.#text.slice(this.start(line), this.#starts[line + 1] ?? this.#text.length).replace(/(?:\r?\n|\r)$/, '');
  }
}
