import type { Issue } from '../../protocol';
import { formerRules } from '../renamedRules';
import { commentsOf, type Comment } from './commentText';
import { sameWeakness, weaknessesOf } from './ruleClasses';

/** A decision made in a comment. */
interface Marker {
  /** The line of the comment that contains it. */
  readonly line: number;
  /** The lines that it applies to, both included. */
  readonly from: number;
  readonly to: number;
  /** Whether it may be anywhere in the block that it applies to. */
  readonly inBlock: boolean;
  readonly covers: (issue: Issue) => boolean;
  readonly reason: string | null;
}

/** The decisions in a file's comments. */
export interface FileMarkers {
  /** By the lines that they apply to, so that a finding need not be compared with each of them. */
  readonly near: ReadonlyMap<number, readonly Marker[]>;
  /** The markers for more lines than a statement has, or anywhere in a block. */
  readonly wide: readonly Marker[];
  /** Malformed comments in our own syntax, which hide nothing. */
  readonly mistakes: readonly { readonly line: number; readonly message: string }[];
  /** The rule IDs in comments in our own syntax. */
  readonly named: readonly { readonly line: number; readonly id: string }[];
}

/** A word that every such comment contains: files without one need not be searched. */
const anyMarker =
  /codeagent-ignore|no(?:sec|sem|qa|sonar|lint)|-(?:disable|ignore)|(?:disable|ignore)-|:\s*(?:disable|ignore|skip|allow)|allowlist secret|skipcq|psalm-suppress|hadolint|kics-scan|codeql\[|lgtm\[/i;

/** How far into a finding's lines a comment may be: longer ranges are blocks, where it might be about something else. */
const longestStatement = 10;

/** A tool's syntax for ignoring a line. */
interface Form {
  /** Followed by IDs and a reason. */
  readonly pattern: RegExp;
  /**
   * `line`: its own, or the next one if it is alone on its line. `next`: the next one. `own`: its own. `file`: all. `range`: up to its counterpart.
   */
  readonly scope: 'line' | 'next' | 'own' | 'file' | 'range';
  /** How its rules are named in the rest of the comment; without a group, it applies to all rules. */
  readonly ids?: RegExp;
  /** Whether it has no effect unless it names rules. */
  readonly needsIds?: boolean;
  /** Whether the tool's IDs do not reveal what they are about, so that they may match any finding. */
  readonly opaque?: boolean;
  readonly inBlock?: boolean;
  /** Ends a range. */
  readonly end?: RegExp;
  /** Whether the tool is a linter: it hides a secret, and findings over several lines, only if it names the weakness. */
  readonly lint?: boolean;
  /** Whether an ID of this tool can be about security. */
  readonly isAbout?: (id: string) => boolean;
}

const list = String.raw`[\w@][\w./@-]*(?:\s*,\s*[\w@][\w./@-]*)*`;
const after = new RegExp(String.raw`^[:\s]\s*(?<ids>${list})`);
const inParens = /^\s*[([](?<ids>[^()[\]]*)[)\]]/;
const security = (id: string) =>
  /secur|gosec|semgrep|bandit|taint|no-eval|implied-eval|new-func|script-url|unsanitized|xss|danger|secret|credential|hard-?coded|^all$/i.test(
    id,
  );

const forms: readonly Form[] = [
  // The suppression syntax that all analyzers of this product share is parsed separately: see ownMarker.
  { pattern: /^ast-grep-ignore(?!-)/, lint: true, scope: 'line', ids: /^:\s*(?<ids>[\w.,\s-]+)/ },
  { pattern: /^nosem(?:grep)?\b/i, scope: 'line', ids: /^:\s*(?<ids>[\w./@-]+(?:\s*,\s*[\w./@-]+)*)/ },
  {
    pattern: /^nosec\b/i,
    scope: 'line',
    ids: /^[:\s]\s*(?<ids>[BG]\d{3}(?:[\s,]+[BG]\d{3})*|[a-z]\w*_\w+(?:[\s,]+[a-z]\w*_\w+)*)/,
  },
  { pattern: /^gosec:disable\b/, scope: 'line', ids: /^\s+(?<ids>G\d{3}(?:[\s,]+G\d{3})*)/ },
  {
    pattern: /^(?:ruff|flake8):\s*noqa\b/i,
    lint: true,
    scope: 'file',
    ids: /^:\s*(?<ids>[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)/,
  },
  { pattern: /^ruff:\s*ignore(?=\[)/i, lint: true, scope: 'line', ids: inParens, needsIds: true },
  {
    pattern: /^ruff:\s*disable(?=\[)/i,
    lint: true,
    scope: 'range',
    end: /^ruff:\s*enable\b/i,
    ids: inParens,
    needsIds: true,
  },
  { pattern: /^noqa\b/i, lint: true, scope: 'own', ids: /^\s*:\s*(?<ids>[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)/i },
  { pattern: /^NOSONAR\b/, scope: 'line', ids: inParens },
  { pattern: /^NOLINTBEGIN\b/, lint: true, scope: 'range', end: /^NOLINTEND\b/, ids: inParens },
  { pattern: /^NOLINTNEXTLINE\b/, lint: true, scope: 'next', ids: inParens },
  { pattern: /^NOLINT\b/, lint: true, scope: 'own', ids: inParens },
  { pattern: /^nolint\b/, lint: true, scope: 'line', ids: /^:\s*(?<ids>[\w,-]+)/, isAbout: security },
  { pattern: /^(?:eslint|oxlint|biome)-disable-next-line\b/, lint: true, scope: 'next', ids: after, isAbout: security },
  { pattern: /^(?:eslint|oxlint)-disable-line\b/, lint: true, scope: 'own', ids: after, isAbout: security },
  {
    pattern: /^(?:eslint|oxlint)-disable\b(?!-)/,
    lint: true,
    scope: 'range',
    end: /^(?:eslint|oxlint)-enable\b/,
    ids: after,
    isAbout: security,
  },
  { pattern: /^biome-ignore\b/, lint: true, scope: 'next', ids: after, isAbout: security, needsIds: true },
  { pattern: /^secretlint-disable-next-line\b/, scope: 'next', ids: after },
  { pattern: /^secretlint-disable-line\b/, scope: 'own', ids: after },
  { pattern: /^secretlint-disable\b(?!-)/, scope: 'range', end: /^secretlint-enable\b/, ids: after },
  {
    pattern: /^rubocop:(?:disable|todo)\b/,
    lint: true,
    scope: 'range',
    end: /^rubocop:enable\b/,
    ids: after,
    needsIds: true,
    isAbout: security,
  },
  { pattern: /^brakeman:?[\s_-]*(?:ignore|disable|skip)\b/i, scope: 'line', ids: after },
  { pattern: /^checkov:skip=/, scope: 'line', ids: /^(?<ids>[\w,-]+)/, needsIds: true, opaque: true, inBlock: true },
  {
    pattern: /^(?:tfsec|trivy):ignore:/,
    scope: 'line',
    ids: /^(?<ids>[\w,*-]+)/,
    needsIds: true,
    opaque: true,
    inBlock: true,
  },
  { pattern: /^kics-scan\s+ignore-(?:line|block)\b/, scope: 'next', inBlock: true },
  {
    pattern: /^ts:skip=/,
    scope: 'line',
    ids: /^(?<ids>[\w,-]+)/,
    needsIds: true,
    opaque: true,
    inBlock: true,
  },
  {
    pattern: /^hadolint\s+(?:global\s+)?ignore=/,
    lint: true,
    scope: 'next',
    ids: /^(?<ids>[\w,]+)/,
    needsIds: true,
    opaque: true,
  },
  { pattern: /^(?:gitleaks|trufflehog|betterleaks):(?:allow|ignore)\b/i, scope: 'own' },
  { pattern: /^pragma:\s*allowlist\s+nextline\s+secret\b/i, scope: 'next' },
  { pattern: /^pragma:\s*(?:allowlist|whitelist)\s+secret\b/i, scope: 'own' },
  { pattern: /^skipcq\b/i, scope: 'line', ids: /^:\s*(?<ids>[\w-]+(?:\s*,\s*[\w-]+)*)/, opaque: true },
  { pattern: /^devskim:\s*ignore\b/i, scope: 'line', ids: /^\s+(?<ids>DS\d+(?:[\s,]+DS\d+)*)/i, opaque: true },
  { pattern: /^bearer:disable\b/, scope: 'line', ids: /^\s+(?<ids>[\w,\s-]+)/ },
  { pattern: /^(?:codeql|lgtm)\s*(?=\[)/i, scope: 'line', ids: inParens, needsIds: true },
  {
    pattern: /^@?psalm-suppress\b/,
    lint: true,
    scope: 'next',
    ids: /^\s+(?<ids>\w+(?:\s*,\s*\w+)*)/,
    needsIds: true,
    isAbout: (id) => /^(?:Tainted|all$)/.test(id),
  },
  {
    pattern: /^phpcs:ignore\b/,
    lint: true,
    scope: 'line',
    ids: /^\s+(?<ids>[\w.]+(?:\s*,\s*[\w.]+)*)/,
    isAbout: security,
  },
  { pattern: /^swiftlint:disable:next\b/, lint: true, scope: 'next', ids: after, needsIds: true, isAbout: security },
  { pattern: /^swiftlint:disable:this\b/, lint: true, scope: 'own', ids: after, needsIds: true, isAbout: security },
  { pattern: /^sobelow_skip\b/, scope: 'next', ids: inParens, needsIds: true },
];

/** Syntaxes that are only about secrets. */
const ofSecrets = /^(?:secretlint|gitleaks|trufflehog|betterleaks|pragma)/i;
/** Where a suppression may start in a line of a comment: at its start, or after another comment mark in it, as in `# noqa # nosec`. */
const begins = /(?:^-*|(?<=\s)(?:#|\/\/|\/\*|<!--))[\s*#/!;%]*/g;
/** What may follow its keyword. */
const ends = /^(?:$|[\s:;,([{*#\]})]|\.(?!\w)|\/\/)/;

/** Reads the decisions in a file's comments. */
export function markersOf(path: string, text: string): FileMarkers {
  const markers: Marker[] = [];
  const mistakes: { line: number; message: string }[] = [];
  const named: { line: number; id: string }[] = [];
  if (!anyMarker.test(text)) return { ...placed(markers), mistakes, named };
  const comments = commentsOf(path, text);
  const next = nextLineAfter(comments);
  /** The open ranges, by syntax and IDs: repeating one adds nothing. */
  const open = new Map<Form, Map<string, Omit<Marker, 'to'>>>();
  const close = (form: Form, to: number) => {
    for (const marker of open.get(form)?.values() ?? []) markers.push({ ...marker, to });
    open.delete(form);
  };
  for (const comment of comments) {
    for (const [offset, part] of comment.text.split(/\r\n|\n|\r/).entries()) {
      const line = comment.line + offset;
      const starts = startsIn(part);
      const own = ownMarker(starts);
      if (own === 'mistake')
        mistakes.push({
          line,
          message:
            'This "codeagent-ignore" hides nothing: write "codeagent-ignore: reason" or "codeagent-ignore rule-id: reason".',
        });
      else if (own) {
        named.push(...own.ids.map((id) => ({ line, id })));
        const covers = (issue: Issue) =>
          own.ids.length === 0 || own.ids.some((id) => isRule(id, issue) || isSameOfRuff(id, issue));
        markers.push({ line, ...about(comment, 'line', next), inBlock: false, covers, reason: own.reason });
      }
      for (const { form, ids, reason } of formsIn(starts)) {
        // After code, it applies to that code.
        const isRange = form.scope === 'range' && comment.isAlone;
        const covers = coverage(form, ids, isRange || form.scope === 'file');
        const marker = { line, covers, reason, inBlock: form.inBlock ?? false };
        if (isRange) {
          const ranges = open.get(form) ?? new Map<string, Omit<Marker, 'to'>>();
          const key = ids.join();
          if (!ranges.has(key)) ranges.set(key, { ...marker, from: comment.endLine });
          open.set(form, ranges);
        } else markers.push({ ...marker, ...about(comment, form.scope, next) });
      }
      for (const form of [...open.keys()])
        if (starts.some((rest) => startOf(form.end, rest) !== undefined)) close(form, line);
    }
  }
  for (const form of [...open.keys()]) close(form, Infinity);
  return { ...placed(markers), mistakes, named };
}

/** The comment that suppresses a finding. */
export function commentOn(issue: Issue, { near, wide }: FileMarkers): Pick<Marker, 'line' | 'reason'> | undefined {
  const first = issue.line;
  const last = Math.max(first, issue.end_line ?? first);
  // In a block of many lines, the finding is about its first one.
  const end = last - first < longestStatement ? last : first;
  const counts = ({ from, to, inBlock, line, covers }: Marker) => {
    const isHere = from <= end && to >= first;
    return (isHere || (inBlock && line >= first && line <= last)) && covers(issue);
  };
  for (let line = first; line <= end; line += 1) {
    const found = near.get(line)?.find(counts);
    if (found) return found;
  }
  return wide.find(counts);
}

function placed(markers: readonly Marker[]): Pick<FileMarkers, 'near' | 'wide'> {
  const near = new Map<number, Marker[]>();
  const wide: Marker[] = [];
  for (const marker of markers) {
    const { from, to, inBlock } = marker;
    if (inBlock || to - from >= longestStatement) {
      wide.push(marker);
      continue;
    }
    for (let line = from; line <= to; line += 1) {
      const known = near.get(line);
      if (known) known.push(marker);
      else near.set(line, [marker]);
    }
  }
  return { near, wide };
}

/** Whether a name refers to the finding's rule: its ID, a former one, an alias of its advisory, or the end of a longer ID. */
function isRule(name: string, issue: Pick<Issue, 'rule_id' | 'aliases' | 'cwe'>): boolean {
  const ids = [issue.rule_id, ...formerRules(issue.rule_id), ...(issue.aliases ?? [])];
  const wanted = name.toLowerCase();
  return ids.some((id) => {
    const one = id.toLowerCase();
    return one === wanted || one.endsWith(`.${wanted}`) || wanted.startsWith(`${one}.`);
  });
}

/** A finding that several analyzers reported only keeps one rule; ruff's IDs reveal by themselves what they are about. */
function isSameOfRuff(id: string, { also_found_by: tools, cwe }: Issue): boolean {
  return /^S\d{3}$/.test(id) && tools?.includes('ruff') === true && sameWeakness(weaknessesOf(id) ?? [], cwe);
}

/** @param isWide whether it applies to more than a statement */
function coverage(form: Form, ids: readonly string[], isWide: boolean): (issue: Issue) => boolean {
  const isSecretForm = ofSecrets.test(form.pattern.source.replace(/^\^(?:\(\?:)?/, ''));
  const named = ids.map((id) => ({ id, weaknesses: weaknessesOf(id) }));
  return (issue) => {
    const isSecret = issue.type === 'secret';
    if (isSecretForm && !isSecret) return false;
    // Turning off a linter altogether says nothing about secrets, or about each defect in a file.
    const countsForAll = form.lint !== true || !(isSecret || isWide);
    if (ids.length === 0) return countsForAll;
    return named.some(({ id, weaknesses }) => {
      if (isRule(id, issue)) return true;
      if (/^(?:all|\*|security)$/i.test(id)) return countsForAll;
      if (form.isAbout && !form.isAbout(id)) return false;
      // gosec and bandit as linters with others' findings.
      if (/^(?:gosec|bandit|semgrep)$/.test(id)) return !isWide;
      return weaknesses ? sameWeakness(weaknesses, issue.cwe) : form.opaque === true && !isSecret;
    });
  };
}

interface FoundForm {
  readonly form: Form;
  readonly ids: readonly string[];
  readonly reason: string | null;
}

function formsIn(starts: readonly string[]): FoundForm[] {
  return starts.flatMap((rest): FoundForm[] => {
    for (const form of forms) {
      const begin = startOf(form.pattern, rest);
      if (begin === undefined) continue;
      const more = rest.slice(begin.length);
      const found = form.ids?.exec(more);
      const ids = (found?.groups?.['ids'] ?? '')
        .split(/[\s,]+/)
        .filter((id) => id !== '')
        .map((id) => id.replace(/^@secretlint\/secretlint-rule-(?:preset-.*)?/, '') || 'all');
      if (ids.length === 0 && form.needsIds === true) return [];
      const reason = more
        .slice(found?.[0].length ?? 0)
        .replace(/^[\s:.,;–—-]+/, '')
        .trim();
      return [{ form, ids, reason: reason === '' ? null : reason }];
    }
    return [];
  });
}

/** The text after a keyword, if that is a whole word: not `nosec-free`, nor `NOSONAR?`. */
function startOf(pattern: RegExp | undefined, text: string): string | undefined {
  const begin = pattern?.exec(text)?.[0];
  return begin !== undefined && (/\W$/.test(begin) || ends.test(text.slice(begin.length))) ? begin : undefined;
}

/** The parts of a comment's line in which a suppression may start. */
function startsIn(text: string): string[] {
  return [...text.matchAll(begins)].map(({ index, 0: before }) => text.slice(index + before.length));
}

/** A comment in the syntax that all analyzers share. */
function ownMarker(starts: readonly string[]): { ids: string[]; reason: string | null } | 'mistake' | undefined {
  const found = starts.find((text) => /^codeagent-ignore(?![\w-])/.test(text));
  if (found === undefined) return undefined;
  let end = found.length;
  while (/[\s*}]/.test(found.charAt(end - 1))) end -= 1;
  const rest = found.slice('codeagent-ignore'.length, end);
  const read = new RegExp(String.raw`^(?:\s+(?<ids>${list}))?\s*(?:(?::|\s--?)\s*(?<reason>.*))?$`).exec(rest);
  if (!read) return 'mistake';
  const ids = read.groups?.['ids']?.split(/\s*,\s*/) ?? [];
  const reason = read.groups?.['reason']?.trim() ?? '';
  return { ids, reason: reason === '' ? null : reason };
}

/** The lines that a comment applies to. */
function about(
  comment: Comment,
  scope: Form['scope'],
  next: (comment: Comment) => number,
): { readonly from: number; readonly to: number } {
  if (scope === 'file') return { from: 1, to: Infinity };
  const at = comment.endLine;
  if (scope === 'own' || (!comment.isAlone && scope !== 'next')) return { from: comment.line, to: at };
  const line = comment.isAlone ? next(comment) : at + 1;
  return { from: line, to: line };
}

/** The line below a comment that is alone on its line, skipping further comments. */
function nextLineAfter(comments: readonly Comment[]): (comment: Comment) => number {
  /** By the line of such a comment. */
  const next = new Map<number, number>();
  const after = ({ endLine }: Comment) => next.get(endLine + 1) ?? endLine + 1;
  // Bottom-up, so that the comments below are already known.
  for (const comment of comments.toReversed())
    if (comment.isAlone && !next.has(comment.line)) next.set(comment.line, after(comment));
  return after;
}
