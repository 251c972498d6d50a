import type { Found } from './found';
import {
  isIdentifier,
  isLookup,
  isRandom,
  mixesLettersAndDigits,
  isPlaceholderOrEmpty,
  mayBeSecret,
} from './likelySecret';
import {
  endOfLine,
  literalsUpTo,
  longestBlock,
  longestExpression,
  longestLine,
  quotedAt,
  startOfLine,
} from './literals';
import { isDoubtfulName, isSecretName } from './names';

/** Searched for first: a secret's name has one of these. */
const nameWord =
  /pass(?!enger|ing|ive|age|ed\b|es\b|port\b)|pwd|psw|secret|token|key|cred|auth|bearer|kennwort|senha|\bmdp\b|contrase|wachtwoord|(?<![a-z])pw(?![a-z])|[a-z]pw\b|salt|signature|session|cookie|\bpin\b|\bdsn\b|nonce|identified/gi;

const longestName = 100;
/** Characters of a value without quotes that are kept before its end is searched for separately. */
const longestBare = 1_000;

/** What follows a name up to the value: a closing quote or bracket, a type, an operator. */
const link =
  /(?:\\{0,2}["'`]|&quot;)?\]?(?:[?!](?!=))?[ \t]{0,20}(?::[ \t]{0,3}[A-Za-z_&*][\w.<>[\]|?&* ]{0,40}?[ \t]{0,3}(?==[^=]))?(?<operator>=>|->|:=|\?=|[!=]==?|\+=|\|\|=|\?\?=|<-|=|::?)\s*/y;
/** The text before the name on a line with a single setting and nothing else. */
const startOfSetting = /^[ \t]*(?:(?:export|set|setx|ENV|ARG|declare -x|-[ \t]*(?:name:)?|\$env:)[ \t]*)?["']?$/i;
/** Finds the values of names that suggest a secret, in whatever notation they are assigned. */
export function findByName(found: Found): void {
  new NamedValues(found).find();
}

class NamedValues {
  constructor(private readonly found: Found) {}

  find(): void {
    const { text } = this.found;
    let done = 0;
    for (const { index } of text.matchAll(nameWord)) {
      if (index < done) continue;
      let start = index;
      while (start > 0 && index - start < longestName && isNamePart(text.charCodeAt(start - 1))) start -= 1;
      let end = index + 1;
      while (end < text.length && end - index < longestName && isNamePart(text.charCodeAt(end))) end += 1;
      while (end > start && /[.-]/.test(text[end - 1] ?? '') && !/->/.test(text.slice(end - 1, end + 1))) end -= 1;
      if (text[end - 1] === '-' && text[end] === '>') end -= 1;
      done = end;
      const name = text.slice(start, end);
      if (isSecretName(name)) this.#named(name, start, end, false);
      else if (isDoubtfulName(name)) this.#named(name, start, end, true);
    }
  }

  /** Finds what follows a secret's name. With `isDoubtful`, only what looks like a key. */
  #named(name: string, start: number, end: number, isDoubtful: boolean): void {
    const text = this.found.text;
    const from = this.found.spans.length;
    this.#valueAfter(name, start, end);
    if (!isDoubtful) return;
    const isAuth = /(?:^|[._-])_?auth(?:entication|orization)?$/i.test(name);
    const isPair = isAuth && /^\W{0,12}[([]/.test(text.slice(end, end + 14));
    const kept = this.found.spans.splice(from).filter((one) => {
      const value = text.slice(one.start, one.end);
      return (
        isRandom(value) ||
        (isAuth && mayBeSecret(value) && (isPair || !/^[A-Za-z]+$/.test(value))) ||
        value.length > 1_000
      );
    });
    this.found.spans.push(...kept);
  }

  #valueAfter(name: string, start: number, end: number): void {
    const text = this.found.text;
    link.lastIndex = end;
    const match = link.exec(text);
    if (match) {
      const operator = match.groups?.['operator'] ?? '=';
      const at = end + match[0].length;
      // `Type::name`, `a ? b : c`.
      if (operator === '::') return;
      this.#value(name, start, at, operator, text.slice(end, at).includes('\n'));
      return;
    }
    const opening = text[start - 1] ?? '';
    // <password>…</password>
    if (opening === '<' || (opening === ':' && /<\w{1,30}:$/.test(text.slice(Math.max(0, start - 32), start)))) {
      const tag = /(?:\s[^<>]{0,500})?>(?:\s*<!\[CDATA\[)?(?<secret>[^<]{1,20000}?)(?:\]\]>)?\s*(?=<|$)/dy;
      tag.lastIndex = end;
      const [from, to] = tag.exec(text)?.indices?.groups?.['secret'] ?? [0, 0];
      this.found.addValue(from, to);
      return;
    }
    // name="password" value="…", - name: PASSWORD, value: …, <key>password</key><string>…</string>
    const other =
      /["'`]?(?:<\/\w+>\s*<\w+>|\s*\{[^{}"']{0,200}\bdefault\s*=\s*|[^\S\n]*\/?>(?=[^<\s])|\s*[,;]?\s*(?:-\s*)?["'`]?(?:value|val|string|content|default(?:value)?|data)["'`]?\s*(?:=>?|:)\s*)/iy;
    other.lastIndex = end;
    const valued = other.exec(text);
    if (valued) {
      const at = end + valued[0].length;
      if (valued[0].endsWith('>') && !valued[0].endsWith('=>')) {
        const close = text.slice(at, at + longestLine).indexOf('<');
        this.found.addValue(at, close < 0 ? endOfLine(text, at) : at + close);
      } else this.#value(name, start, at, ':', false);
      return;
    }
    if (/["'`]/.test(opening) && text[end] === opening) {
      // "password", "…" of a call; value="…" before name="…" of an element
      const next = /["'`]\s*,\s*/y;
      next.lastIndex = end;
      const comma = next.exec(text);
      if (comma) this.#quoted(end + comma[0].length);
      const near = Math.max(0, start - 300);
      const open = near + text.slice(near, start).lastIndexOf('<');
      if (text[open] === '<') {
        const value = /\bvalue\s*=\s*["'](?<secret>[^"'<>]+)["']/dgi;
        const found = value.exec(text.slice(open, start));
        const [from, to] = found?.indices?.groups?.['secret'] ?? [0, 0];
        this.found.addValue(open + from, open + to);
      }
      return;
    }
    // --password …, password … of .netrc, PASSWORD '…' of SQL, ENV PASSWORD … of a Dockerfile
    const blank = /[ \t]+(?:(?:is|was|to|as)[ \t]+)?/y;
    blank.lastIndex = end;
    const gap = blank.exec(text);
    if (!gap) return;
    const at = end + gap[0].length;
    if (this.#quoted(at)) return;
    const word = /[^\s"'`<>,;|()]{3,300}/y;
    word.lastIndex = at;
    const bare = word.exec(text)?.[0] ?? '';
    if (bare === '' || isPlaceholderOrEmpty(bare) || /^[-=:&|?{[]/.test(bare)) return;
    const isOption = /^--?|^\//.test(text.slice(start, end)) || text[start - 1] === '-';
    const isSetting =
      /(?:^|\n)[ \t]*(?:ENV|ARG|set|setx|requirepass|masterauth|login \S+|machine [^\n]{0,200})?[ \t]*$/i.test(
        text.slice(Math.max(0, start - 260), start),
      );
    const isAlone = /^[ \t]*(?:\r?\n|$)/.test(text.slice(at + bare.length, at + bare.length + 40));
    if (
      isOption
        ? !/^[a-z]+$/.test(bare) || bare.length >= 6
        : mixesLettersAndDigits(bare) || (isSetting && isAlone && bare.length >= 4)
    )
      this.found.add(at, at + bare.length);
  }

  /** A value, literal or with literals in it. */
  #value(name: string, start: number, at: number, operator: string, isOnNextLine: boolean): void {
    const text = this.found.text;
    const end = this.#quoted(at);
    if (end !== undefined) {
      this.#rest(end);
      return;
    }
    const block = operator === ':' ? /[|>][+-]?\d?[+-]?[ \t]*\r?\n/y : undefined;
    if (block) {
      block.lastIndex = at;
      const head = block.exec(text);
      if (head) {
        this.#indented(start, at + head[0].length);
        return;
      }
    }
    const heredoc = /(?:\$\(\s*cat\s*)?<<[-~<]?\s*["'`]?(?<word>\w+)["'`]?[^\n]{0,200}\n/y;
    heredoc.lastIndex = at;
    const here = heredoc.exec(text);
    if (here) {
      const from = at + here[0].length;
      const close = new RegExp(String.raw`^[ \t]*${here.groups?.['word'] ?? ''}\b`, 'm').exec(
        text.slice(from, from + longestBlock),
      );
      this.found.addValue(from, close ? from + close.index : Math.min(text.length, from + longestBlock));
      return;
    }
    const first = text[at] ?? '';
    if (/[([{]/.test(first) && !/^(?:\{\{|\[\[)/.test(text.slice(at, at + 2))) {
      const close = first === '(' ? ')' : first === '[' ? ']' : '}';
      const { literals } = literalsUpTo(text, at + 1, longestExpression, close);
      for (const one of literals) {
        // In a pair of user and password, the user may be shown.
        if (first === '(' && one.argument === 0 && literals.some((other) => other.argument > 0)) continue;
        if (one.isKey || (one.isKeyed && first === '{' && /auth|cred/i.test(name))) continue;
        if (mayBeSecret(text.slice(one.start, one.end))) this.found.add(one.start, one.end);
      }
      if (literals.length > 0 || first !== '{') return;
    }
    if (isOnNextLine && !/[=:]\s*$/.test(text.slice(start, at))) return;
    if (!isOnNextLine || operator !== ':') this.#bare(start, at, operator);
  }

  /** A value without quotes, or an expression. */
  #bare(start: number, at: number, operator: string): void {
    const text = this.found.text;
    const lineStart = startOfLine(text, start);
    const line = text.slice(at, Math.min(endOfLine(text, at), at + longestBare));
    const before = text.slice(Math.max(lineStart, start - 400), start);
    // ${PASSWORD:-…}
    const [from, to] = /^\$\{[\w.]{1,100}:?[-=?:](?<secret>[^}\s]{1,300})\}/d.exec(line)?.indices?.groups?.[
      'secret'
    ] ?? [0, 0];
    if (to > 0) {
      this.found.addValue(at + from, at + to);
      return;
    }
    // ?token=… of an address
    if (/[?&]$|&amp;$/.test(before)) {
      this.found.addValue(at, at + (/^[^\s"'`&#<>]*/.exec(line)?.[0].length ?? 0));
      return;
    }
    const path = /^[A-Za-z_$@][\w$]*(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]*)*/.exec(line)?.[0] ?? '';
    const isCall = path !== '' && /^\s{0,2}[([{]/.test(line.slice(path.length));
    // Password=…; of a connection string
    const others = /[\w )]=[^;=]{0,200};\s*$/.test(before) || /^[^;"']{1,200};\s*\w[\w ]*=/.test(line);
    if (operator === '=' && others && !isCall) {
      const braced = line.startsWith('{') && !line.startsWith('{{') ? 1 : 0;
      const end = /^[^;"'`<>&}]{1,300}/.exec(line.slice(braced))?.[0].length ?? 0;
      if (braced + end > 3) this.found.addValue(at + braced, at + braced + end);
      return;
    }
    const word = /^[^\s"'`]*/.exec(line)?.[0] ?? '';
    const isSetting = startOfSetting.test(before) && /^\S+[ \t]*(?:[#;].*)?\r?$/.test(line);
    const lead = isSetting && !isCall ? word.replace(/[,;]$/, '') : (/^[^\s"'`,;()[\]{}|&<>]*/.exec(word)?.[0] ?? '');
    // NAME=value and --name=value of a shell.
    const isOfShell =
      operator === '=' &&
      /(?:^|[\s"'`/:=]|--?D?)$/.test(before) &&
      !/\s/.test(text.slice(start, at)) &&
      /^(?:[\s"'`]|$)/.test(line.slice(lead.length)) &&
      !isSecretName(lead) &&
      !/[.>:]/.test(path);
    const isName =
      !isOfShell &&
      lead === path &&
      (/[.>:]/.test(path) ? !isRandom(path) : isIdentifier(path, isSetting, operator, word));
    if (
      isCall ||
      isName ||
      isPlaceholderOrEmpty(word) ||
      lead.length < 3 ||
      /^[-+]?[\d.]{1,3}$|^0x[\da-f]{1,4}$/i.test(lead)
    )
      this.#expression(at);
    else
      this.found.addValue(
        at,
        at + lead.length + (lead.length < longestBare ? 0 : lengthOfRest(text, at + lead.length)),
      );
  }

  /** Finds the literals in an expression. */
  #expression(at: number): void {
    const { literals } = literalsUpTo(this.found.text, at, longestExpression, undefined);
    for (const one of literals) {
      const value = this.found.text.slice(one.start, one.end);
      // The name used to look it up.
      if (one.isKey || isLookup(value)) continue;
      if (mayBeSecret(value)) this.found.add(one.start, one.end);
    }
  }

  /** Finds what is concatenated with a literal. */
  #rest(at: number): void {
    const more =
      /[ \t]*(?:(?:\+|\.\.?|\|\||\?\?|&|\\|%|\bor\b|\/\/)[ \t\\]*\r?\n?[ \t]*|\r?\n?[ \t]*(?:\+|\.|&|\|\|)[ \t]*|[ \t]*\\?\r?\n?[ \t]*)(?=[rRbBuUfF@$]{0,2}["'`])/y;
    for (let from = at, n = 0; n < 200; n += 1) {
      more.lastIndex = from;
      const match = more.exec(this.found.text);
      if (!match) return;
      const begin = from + match[0].length;
      const span = quotedAt(this.found.text, begin);
      // The next key of an object, not the next part of this value.
      if (!span || /^[ \t]*(?::|=>?)/.test(this.found.text.slice(span.after, span.after + 10))) return;
      this.found.addValue(span.start, span.end);
      from = span.after;
    }
  }

  #quoted(at: number): number | undefined {
    const span = quotedAt(this.found.text, at);
    if (!span) return undefined;
    this.found.addValue(span.start, span.end);
    return span.after;
  }

  /** Finds the lines below that are indented further. */
  #indented(nameAt: number, from: number): void {
    const text = this.found.text;
    const lineStart = text.lastIndexOf('\n', nameAt - 1) + 1;
    const indent = /^[ \t]*/.exec(text.slice(lineStart, nameAt))?.[0].length ?? 0;
    let end = from;
    while (end < text.length && end - from < longestBlock) {
      const next = endOfLine(text, end);
      const line = text.slice(end, next);
      if (line.trim() !== '' && (/^[ \t]*/.exec(line)?.[0].length ?? 0) <= indent) break;
      end = Math.min(text.length, next + 1);
    }
    while (end > from && /\s/.test(text[end - 1] ?? '')) end -= 1;
    this.found.add(from, end);
  }
}

/** How far a value without quotes continues. */
function lengthOfRest(text: string, at: number): number {
  return /^[^\s"'`]*/.exec(text.slice(at, at + longestBlock))?.[0].length ?? 0;
}

function isNamePart(code: number): boolean {
  // Letters, digits, _ . - and everything beyond ASCII.
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 46 ||
    code === 45 ||
    code >= 192
  );
}
