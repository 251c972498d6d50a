import { isDoubtfulName, isSecretName } from './names';
import { allTokens } from './tokens';

/** Offsets of a secret in a text, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is shown in a secret's place. */
export const mask = '********';

/** Of what was looked at last: rules say the same of many lines, and many findings stand on one long line. */
const known = new Map<string, readonly Span[]>();
const maxKnown = 200;
const longestKnown = 2_000;
let last: { readonly text: string; readonly spans: readonly Span[] } | undefined;

/**
 * The text with every secret in it replaced by {@link mask}: what has the shape of a key, and what is assigned to a secret's name in whatever notation.
 * In doubt a literal is masked; names, calls and placeholders stay.
 */
export function maskSecrets(text: string): string {
  return maskSpans(text, secretsIn(text));
}

/** Replaces spans, which must be in order and apart. */
export function maskSpans(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  let masked = '';
  let from = 0;
  for (const { start, end } of spans) {
    masked += text.slice(from, start) + mask;
    from = end;
  }
  return masked + text.slice(from);
}

/** Where the secrets of a text are, in order and apart. Takes time in proportion to the text. */
export function secretsIn(text: string): readonly Span[] {
  if (text.length > longestKnown) {
    if (last?.text !== text) last = { text, spans: joined(new Finder(text).find(), text) };
    return last.spans;
  }
  let spans = known.get(text);
  if (!spans) {
    if (known.size >= maxKnown) known.clear();
    known.set(text, (spans = joined(new Finder(text).find(), text)));
  }
  return spans;
}

function joined(found: Span[], text: string): Span[] {
  const spans: { start: number; end: number }[] = [];
  for (const { start, end } of found.sort((a, b) => a.start - b.start)) {
    if (end <= start || /^\**$/.test(text.slice(start, Math.min(end, start + 40)))) continue;
    const before = spans.at(-1);
    if (before && start <= before.end) before.end = Math.max(before.end, end);
    else spans.push({ start, end });
  }
  return spans;
}

/** Looked for first: without one of these nothing is assigned to a secret's name. */
const nameWord =
  /pass(?!enger|ing|ive|age|ed\b|es\b|port\b)|pwd|psw|secret|token|key|cred|auth|bearer|kennwort|senha|\bmdp\b|contrase|wachtwoord|(?<![a-z])pw(?![a-z])|[a-z]pw\b|salt|signature|session|cookie|\bpin\b|\bdsn\b|nonce|identified/gi;

const longestName = 100;
/** Characters of one value: without quotes, before its end is looked for; in a line; in several lines. */
const longestBare = 1_000;
const longestLine = 20_000;
const longestBlock = 20_000;
/** Characters of an expression or of a call's arguments in which literals are looked for. */
const longestExpression = 600;

/** What follows a name up to the value: a closing quote or bracket, a type, an operator. */
const link =
  /(?:\\{0,2}["'`]|&quot;)?\]?(?:[?!](?!=))?[ \t]{0,20}(?::[ \t]{0,3}[A-Za-z_&*][\w.<>[\]|?&* ]{0,40}?[ \t]{0,3}(?==[^=]))?(?<operator>=>|->|:=|\?=|[!=]==?|\+=|\|\|=|\?\?=|<-|=|::?)\s*/y;
/** What stands before the name on a line that holds one setting and nothing else. */
const startOfSetting = /^[ \t]*(?:(?:export|set|setx|ENV|ARG|declare -x|-[ \t]*(?:name:)?|\$env:)[ \t]*)?["']?$/i;
const prefix = /[rRbBuUfFlL@$]{1,3}(?=["'`])|\\{1,3}(?=["'])|(?:new[ \t]+)?[Ss]tring\(?(?=")/y;

const callOfSecret =
  /(?<![\w$])(?<name>(?:[\w$]{0,60}(?:auth|log_?in|log_?on|sign_?in|connect|credential|mysqli|pdo|passw(?:or)?d|pass|userinfo|create_?user|add_?user|set_?user|identity|secret|token|api_?key|keyspec)[\w$]{0,60}|jwt\.\w+|\w*hmac\w*(?:\.new)?|create(?:De)?cipher\w*|aes\.new|fernet|bind|simple_bind_s|basic|init|client|user|datasource))(?:::new|\.new|!)?[ \t]{0,3}(?:<[\w.]{1,40}>)?\(/gi;
const takesKey = /^(?:secretkeyspec|keyspec|fernet|aes\.new)$/i;
const asksForIt =
  /^(?:get|find|has|is|delete|remove|read|fetch|load|require|check|lookup|ask|prompt|input)(?![a-z])|exists$/;

/** Passwords that programs take in ways of their own. */
const usualCommands = [
  /\b(?:pass|passin|passout)[ =:]+pass:(?<secret>[^\s"'`]+)/dgi,
  /\bpass:(?<secret>[^\s"'`]{3,})/dg,
  /\bIDENTIFIED\s+(?:WITH\s+\w+\s+)?BY\s+(?:PASSWORD\s+)?["'`]?(?<secret>[^\s"'`;]+)/dgi,
  /\b(?:thin|oci8?|sqlplus|sqlldr|expdp|impdp|exp|imp)(?::|(?:[ \t]+-\w+)*[ \t]+)["']?[\w$#.]{1,60}\/(?<secret>[^\s@"'/]{1,100})(?=@|["'\s]|$)/dgi,
  /\/user:[\w.@\\-]{1,80}[ \t]+(?<secret>[^\s"'`/]\S{2,100})/dgi,
  /\bSecureString[ \t]+(?:-String[ \t]+)?["'](?<secret>[^"'\n]{1,300})["']/dgi,
  /\b(?:echo|printf)[ \t]+(?:-\w+[ \t]+)?["']?(?<secret>[^"'|\n]{3,200}?)["']?[ \t]*\|[^|\n]{0,120}(?:password-stdin|sudo[ \t]+-\w*S|passwd|--stdin|--token-stdin)/dg,
];

class Finder {
  readonly #text: string;
  readonly #found: Span[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  find(): Span[] {
    const text = this.#text;
    this.#tokens();
    this.#schemes();
    this.#arguments();
    this.#calls();
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
    return this.#found;
  }

  #add(start: number, end: number): void {
    if (end > start) this.#found.push({ start, end });
  }

  /** What is known by its shape. */
  #tokens(): void {
    const lower = this.#text.toLowerCase();
    for (const { hints, pattern } of allTokens) {
      if (!hints.some((hint) => lower.includes(hint))) continue;
      for (const match of this.#text.matchAll(pattern)) {
        const [start, end] = match.indices?.groups?.['secret'] ?? [match.index, match.index + match[0].length];
        this.#add(start, end);
      }
    }
    if (lower.includes('private key')) this.#privateKeys();
  }

  /** What stands between the lines around a key; where one of them was cut off, all on that side. */
  #privateKeys(): void {
    const text = this.#text;
    const begin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
    const firstEnd = text.indexOf('-----END ');
    const firstBegin = text.indexOf('-----BEGIN ');
    if (firstEnd >= 0 && (firstBegin < 0 || firstEnd < firstBegin)) {
      const tail = /[\w+/=\s\\"',]*$/.exec(text.slice(Math.max(0, firstEnd - longestBlock), firstEnd))?.[0] ?? '';
      if (tail.trim().length > 8) this.#literal(firstEnd - tail.length, firstEnd);
    }
    for (let match = begin.exec(text); match; match = begin.exec(text)) {
      const start = begin.lastIndex;
      const length = text.slice(start, start + longestBlock).indexOf('-----END');
      const end = length < 0 ? Math.min(text.length, start + longestBlock) : start + length;
      this.#literal(start, end);
      begin.lastIndex = Math.max(end, start + 1);
    }
  }

  /** Passwords of addresses, and what follows the name of an authentication scheme. */
  #schemes(): void {
    const text = this.#text;
    if (text.includes('://'))
      for (const match of text.matchAll(
        /[a-z][a-z\d+.-]{0,30}:\/\/(?:(?<user>[^\s:@/"'`<>]{0,100}):(?<secret>[^\s"'`<>]{1,200}?)|(?<alone>[^\s:@/"'`<>]{8,200}))@(?=[^\s@"'`<>/]{0,200}(?:[\s"'`<>/?#,;)]|$))/dgi,
      )) {
        const [start, end] = match.indices?.groups?.['secret'] ?? match.indices?.groups?.['alone'] ?? [0, 0];
        if (match.groups?.['alone'] !== undefined && !/\d/.test(match.groups['alone'])) continue;
        if (!isStandIn(text.slice(start, end))) this.#add(start, end);
      }
    for (const match of text.matchAll(
      /\b(?:bearer|basic|digest|token|apikey|negotiate|sso-key)(?:\s+|%20)["']?(?<secret>[^\s"'`,;<>(){}]{6,4000})/dgi,
    )) {
      const [start, end] = match.indices?.groups?.['secret'] ?? [0, 0];
      const before = text.slice(Math.max(0, match.index - 60), match.index);
      const secret = match.groups?.['secret'] ?? '';
      const isHeader = /authorization|x-auth|header/i.test(before);
      if (isHeader ? !/^[a-z]+\.\w|^authentication/i.test(secret) : isRandom(secret)) this.#literal(start, end);
    }
    if (text.includes('$'))
      for (const match of text.matchAll(
        /\$(?:apr1|[1567y]|2[abxy]?|argon2(?:id?|d)|scrypt|pbkdf2[\w-]*|P)\$[\w./$=,+-]{16,400}/g,
      ))
        this.#add(match.index, match.index + match[0].length);
  }

  /** Options of programs that take a password in a letter. */
  #arguments(): void {
    const text = this.#text;
    // -pSECRET, -p SECRET of programs whose -p is a password; -u user:SECRET of any.
    const tool =
      /\b(?:mysql\w*|mariadb\w*|sshpass|docker|podman|helm|oc|az|buildah|skopeo|crane|nerdctl|sqlcmd|bcp|isql|osql|redis-cli|ldap\w+|mongo\w*|psql|7z\w?|7za|zip|unzip|unrar|rar|smbclient|sqlplus|lftp|ftp|svn|htpasswd|openssl|cqlsh|influx|rabbitmqctl|kinit|vncviewer|xfreerdp|rdesktop|winexe|psexec|plink|pscp|net use|keytool|jarsigner|twine|nexus|jfrog|jf|npm|mosquitto_\w+|impacket-\w+|crackmapexec|net|curl|wget|http|https|ab|siege|hydra)\b/gi;
    let until = 0;
    for (const { index, 0: word } of text.matchAll(tool)) {
      if (index < until) continue;
      const end = endOfCommand(text, index);
      until = end;
      const command = text.slice(index, end);
      const letters = /^(?:redis-cli)/i.test(word)
        ? 'a'
        : /^(?:ldap|htpasswd)/i.test(word)
          ? 'wyb'
          : /^(?:sqlcmd|bcp|osql|mosquitto|7z)/i.test(word)
            ? 'Pp'
            : 'pP';
      const pattern = new RegExp(
        String.raw`(?<=[\s"'\`,\[(])-[${letters}](?<link>\s*=?\s*(?:["'],\s*)?["'\`]?|=)(?<secret>[^\s"'\`,;|&<>)\]]{3,300})`,
        'dg',
      );
      for (const match of command.matchAll(pattern)) {
        const secret = match.groups?.['secret'] ?? '';
        const joinedTo = match.groups?.['link'] === '';
        // A port, a path, another option: none of them is a password.
        if (/^\d{1,5}(?::\d|$)|^-|^[./~]|^\d+:\d+/.test(secret) || isStandIn(secret)) continue;
        if (
          !joinedTo &&
          /^(?:docker|podman|nerdctl|npm|net|http|https|ab|mongo)/i.test(word) &&
          !/login|-u|user/i.test(command)
        )
          continue;
        if (/^(?:docker|podman|npm|curl|wget|http|https)$/i.test(word) && !/login|auth/i.test(command)) continue;
        const [start, stop] = match.indices?.groups?.['secret'] ?? [0, 0];
        this.#add(index + start, index + stop);
      }
    }
    for (const match of text.matchAll(
      /(?<=[\s"'`,[(])(?:-[uU]|--(?:proxy-)?user|--http-user|--creds|--auth|-U)(?:\s*=?\s*(?:["'],\s*)?["'`]?)(?<user>[\w.@\\%+-]{1,80}):(?<secret>[^\s"'`]{1,300})/dg,
    )) {
      const secret = match.groups?.['secret'] ?? '';
      if (/^\d{1,5}$/.test(secret) || isStandIn(secret)) continue;
      const [start, end] = match.indices?.groups?.['secret'] ?? [0, 0];
      this.#add(start, end);
    }
    for (const pattern of usualCommands)
      for (const { indices } of text.matchAll(pattern)) {
        const [start, end] = indices?.groups?.['secret'] ?? [0, 0];
        this.#literal(start, end);
      }
  }

  /** What is handed to a call next to a user's name, `login("root", "…")`, or to one that is named for it: `setPassword("…")`. */
  #calls(): void {
    const text = this.#text;
    let until = 0;
    for (const { index, 0: head, groups } of text.matchAll(callOfSecret)) {
      const name = groups?.['name'] ?? '';
      const takesOne = takesKey.test(name) || (isSecretName(name) && !asksForIt.test(name));
      const open = index + head.length;
      // What the calls inside take was looked at with the one around them.
      if (index < until && !takesOne) continue;
      const { literals, end } = literalsUpTo(text, open, longestExpression, ')', true);
      until = end;
      if (/^(?:bind|init|client|user|datasource)$/i.test(name) && !/user|root|admin|login/i.test(text.slice(open, end)))
        continue;
      for (const one of literals) {
        if ((one.argument === 0 && !takesOne) || one.isKeyed) continue;
        const value = text.slice(one.start, one.end);
        if (isTelling(value) && !isLookup(value)) this.#add(one.start, one.end);
      }
    }
  }

  /** What stands behind a secret's name. With `isDoubtful` only what looks like a key. */
  #named(name: string, start: number, end: number, isDoubtful: boolean): void {
    const text = this.#text;
    const from = this.#found.length;
    this.#valueAfter(name, start, end);
    if (!isDoubtful) return;
    const isAuth = /(?:^|[._-])_?auth(?:entication|orization)?$/i.test(name);
    const isPair = isAuth && /^\W{0,12}[([]/.test(text.slice(end, end + 14));
    const kept = this.#found.splice(from).filter((one) => {
      const value = text.slice(one.start, one.end);
      return (
        isRandom(value) ||
        (isAuth && isTelling(value) && (isPair || !/^[A-Za-z]+$/.test(value))) ||
        value.length > 1_000
      );
    });
    this.#found.push(...kept);
  }

  #valueAfter(name: string, start: number, end: number): void {
    const text = this.#text;
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
      this.#literal(from, to);
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
        this.#literal(at, close < 0 ? endOfLine(text, at) : at + close);
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
        this.#literal(open + from, open + to);
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
    if (bare === '' || isStandIn(bare) || /^[-=:&|?{[]/.test(bare)) return;
    const isOption = /^--?|^\//.test(text.slice(start, end)) || text[start - 1] === '-';
    const isSetting =
      /(?:^|\n)[ \t]*(?:ENV|ARG|set|setx|requirepass|masterauth|login \S+|machine [^\n]{0,200})?[ \t]*$/i.test(
        text.slice(Math.max(0, start - 260), start),
      );
    const isAlone = /^[ \t]*(?:\r?\n|$)/.test(text.slice(at + bare.length, at + bare.length + 40));
    if (
      isOption
        ? !/^[a-z]+$/.test(bare) || bare.length >= 6
        : isRandomish(bare) || (isSetting && isAlone && bare.length >= 4)
    )
      this.#add(at, at + bare.length);
  }

  /** A value, literal or with literals in it. */
  #value(name: string, start: number, at: number, operator: string, isOnNextLine: boolean): void {
    const text = this.#text;
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
      this.#literal(from, close ? from + close.index : Math.min(text.length, from + longestBlock));
      return;
    }
    const first = text[at] ?? '';
    if (/[([{]/.test(first) && !/^(?:\{\{|\[\[)/.test(text.slice(at, at + 2))) {
      const close = first === '(' ? ')' : first === '[' ? ']' : '}';
      const { literals } = literalsUpTo(text, at + 1, longestExpression, close);
      for (const one of literals) {
        // Of user and password the user may be seen.
        if (first === '(' && one.argument === 0 && literals.some((other) => other.argument > 0)) continue;
        if (one.isKey || (one.isKeyed && first === '{' && /auth|cred/i.test(name))) continue;
        if (isTelling(text.slice(one.start, one.end))) this.#add(one.start, one.end);
      }
      if (literals.length > 0 || first !== '{') return;
    }
    if (isOnNextLine && !/[=:]\s*$/.test(text.slice(start, at))) return;
    if (!isOnNextLine || operator !== ':') this.#bare(start, at, operator);
  }

  /** A value without quotes, or an expression. */
  #bare(start: number, at: number, operator: string): void {
    const text = this.#text;
    const lineStart = startOfLine(text, start);
    const line = text.slice(at, Math.min(endOfLine(text, at), at + longestBare));
    const before = text.slice(Math.max(lineStart, start - 400), start);
    // ${PASSWORD:-…}
    const [from, to] = /^\$\{[\w.]{1,100}:?[-=?:](?<secret>[^}\s]{1,300})\}/d.exec(line)?.indices?.groups?.[
      'secret'
    ] ?? [0, 0];
    if (to > 0) {
      this.#literal(at + from, at + to);
      return;
    }
    // ?token=… of an address
    if (/[?&]$|&amp;$/.test(before)) {
      this.#literal(at, at + (/^[^\s"'`&#<>]*/.exec(line)?.[0].length ?? 0));
      return;
    }
    const path = /^[A-Za-z_$@][\w$]*(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]*)*/.exec(line)?.[0] ?? '';
    const isCall = path !== '' && /^\s{0,2}[([{]/.test(line.slice(path.length));
    // Password=…; of a connection string
    const others = /[\w )]=[^;=]{0,200};\s*$/.test(before) || /^[^;"']{1,200};\s*\w[\w ]*=/.test(line);
    if (operator === '=' && others && !isCall) {
      const braced = line.startsWith('{') && !line.startsWith('{{') ? 1 : 0;
      const end = /^[^;"'`<>&}]{1,300}/.exec(line.slice(braced))?.[0].length ?? 0;
      if (braced + end > 3) this.#literal(at + braced, at + braced + end);
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
    if (isCall || isName || isStandIn(word) || lead.length < 3 || /^[-+]?[\d.]{1,3}$|^0x[\da-f]{1,4}$/i.test(lead))
      this.#expression(at);
    else this.#literal(at, at + lead.length + (lead.length < longestBare ? 0 : lengthOfRest(text, at + lead.length)));
  }

  /** The literals of an expression up to its end. */
  #expression(at: number): void {
    const { literals } = literalsUpTo(this.#text, at, longestExpression, undefined);
    for (const one of literals) {
      const value = this.#text.slice(one.start, one.end);
      // The name by which it is looked up.
      if (one.isKey || isLookup(value)) continue;
      if (isTelling(value)) this.#add(one.start, one.end);
    }
  }

  /** What is put together with a literal. */
  #rest(at: number): void {
    const more =
      /[ \t]*(?:(?:\+|\.\.?|\|\||\?\?|&|\\|%|\bor\b|\/\/)[ \t\\]*\r?\n?[ \t]*|\r?\n?[ \t]*(?:\+|\.|&|\|\|)[ \t]*|[ \t]*\\?\r?\n?[ \t]*)(?=[rRbBuUfF@$]{0,2}["'`])/y;
    for (let from = at, n = 0; n < 200; n += 1) {
      more.lastIndex = from;
      const match = more.exec(this.#text);
      if (!match) return;
      const begin = from + match[0].length;
      const span = quotedAt(this.#text, begin);
      // The next name of an object, not the next part of this.
      if (!span || /^[ \t]*(?::|=>?)/.test(this.#text.slice(span.after, span.after + 10))) return;
      this.#literal(span.start, span.end);
      from = span.after;
    }
  }

  #quoted(at: number): number | undefined {
    const span = quotedAt(this.#text, at);
    if (!span) return undefined;
    this.#literal(span.start, span.end);
    return span.after;
  }

  /** The lines below that stand further in. */
  #indented(nameAt: number, from: number): void {
    const text = this.#text;
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
    this.#add(from, end);
  }

  #literal(start: number, end: number): void {
    const [from, to] = shortened(this.#text, start, end);
    if (to > from && !isStandIn(this.#text.slice(from, to))) this.#add(from, to);
  }
}

/** How far a value without quotes goes on. */
function lengthOfRest(text: string, at: number): number {
  return /^[^\s"'`]*/.exec(text.slice(at, at + longestBlock))?.[0].length ?? 0;
}

function shortened(text: string, start: number, end: number): [number, number] {
  let [from, to] = [start, end];
  while (from < to && /\s/.test(text[from] ?? '')) from += 1;
  while (to > from && /\s/.test(text[to - 1] ?? '')) to -= 1;
  return [from, to];
}

function isNamePart(code: number): boolean {
  // Letters, digits, _ . - and what is beyond ASCII.
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

/** Where the line of an offset begins and where it ends; of a very long one only what is near, so that a minified file takes no longer than another. */
function startOfLine(text: string, at: number): number {
  const from = Math.max(0, at - longestLine / 10);
  return from + text.slice(from, at).lastIndexOf('\n') + 1;
}

function endOfLine(text: string, at: number): number {
  const end = text.slice(at, at + longestLine).indexOf('\n');
  return end < 0 ? Math.min(text.length, at + longestLine) : at + end;
}

/** Where a command ends: at the line's end that is not escaped, but not far away. */
function endOfCommand(text: string, at: number): number {
  let end = endOfLine(text, at);
  while (text[end - 1] === '\\' && end < text.length && end - at < longestExpression) end = endOfLine(text, end + 1);
  return Math.min(end, at + 2 * longestExpression);
}

/** The literal in quotes that begins at a place, without its quotes. */
function quotedAt(text: string, at: number): { start: number; end: number; after: number } | undefined {
  prefix.lastIndex = at;
  const before = prefix.exec(text)?.[0] ?? '';
  const escapes = /\\*$/.exec(before)?.[0] ?? '';
  const open = at + before.length;
  if (text.startsWith('&quot;', at) || text.startsWith('&apos;', at)) {
    const close = text.slice(at + 6, at + longestLine).indexOf(text.slice(at, at + 6));
    return close < 0 ? undefined : { start: at + 6, end: at + 6 + close, after: at + 12 + close };
  }
  const quote = text[open] ?? '';
  if (!/["'`]/.test(quote) || quote === '') return undefined;
  const triple = quote.repeat(3);
  if (text.startsWith(triple, open)) {
    const near = text.slice(open + 3, open + longestBlock).indexOf(triple);
    const close = near < 0 ? near : open + 3 + near;
    const end = close < 0 ? Math.min(text.length, open + longestBlock) : close;
    return { start: open + 3, end, after: Math.min(text.length, end + 3) };
  }
  const start = open + 1;
  if (escapes !== '') {
    const near = text.slice(start, start + longestBlock).indexOf(escapes + quote);
    const close = near < 0 ? near : start + near;
    const end = close < 0 ? endOfLine(text, start) : close;
    return { start, end, after: close < 0 ? end : close + escapes.length + 1 };
  }
  let line = -1;
  const most = Math.min(text.length, start + longestBlock);
  for (let end = start; end < most; end += 1) {
    const character = text[end];
    if (character === '\\') end += 1;
    else if (character === quote) return { start, end, after: end + 1 };
    else if (character === '\n') {
      if (line < 0) line = end;
      // Only some languages have these; a quote that is not closed soon was none.
      if (quote !== '`' && end - start > 4_000) break;
    }
  }
  const end = line < 0 ? most : line;
  return { start, end, after: end };
}

interface Literal extends Span {
  /** Which argument it is of, counted by the commas before. */
  readonly argument: number;
  /** It follows a name and an operator, which are looked at on their own. */
  readonly isKeyed: boolean;
  /** It is itself such a name. */
  readonly isKey: boolean;
}

/**
 * The literals from a place up to the bracket that closes, or the end of the statement.
 * @param isFlat counts the commas inside of brackets, too
 */
function literalsUpTo(
  text: string,
  from: number,
  most: number,
  close: string | undefined,
  isFlat = false,
): { literals: Literal[]; end: number } {
  const literals: Literal[] = [];
  const limit = Math.min(text.length, from + most);
  let depth = 0;
  let argument = 0;
  let at = from;
  while (at < limit) {
    switch (text.charCodeAt(at)) {
      case 34:
      case 39:
      case 96: {
        const span = quotedAt(text, at);
        if (!span) return { literals, end: at };
        const before = text.slice(Math.max(from, at - 40), at);
        const after = text.slice(span.after, span.after + 8);
        literals.push({
          start: span.start,
          end: span.end,
          argument,
          isKeyed:
            /[\w"'\])]\s*(?:=>?|:)\s*[rRbBuUfF@$]{0,2}$/.test(before) && !/[=!]==?\s*$|\?[^:]*:\s*$/.test(before),
          isKey:
            (/^\s*(?::(?!:)|=>)/.test(after) && !/\?\s*$/.test(before)) ||
            (/\[\s*$/.test(before) && /^\s*\]/.test(after) && /[\w)\]]\s*\[\s*$/.test(before)),
        });
        at = Math.max(at + 1, span.after);
        continue;
      }
      case 40:
      case 91:
      case 123:
        depth += 1;
        break;
      case 41:
      case 93:
      case 125:
        if (depth === 0) return { literals, end: at };
        depth -= 1;
        break;
      case 44:
        if (depth > 0 && !isFlat) break;
        if (close === undefined) return { literals, end: at };
        argument += 1;
        break;
      case 59:
        if (close === undefined && depth === 0) return { literals, end: at };
        break;
      case 10:
        if (close === undefined && depth === 0 && !goesOn(text, from, at)) return { literals, end: at };
        break;
      default:
    }
    at += 1;
  }
  return { literals, end: at };
}

/** Whether an expression goes on behind a line's end. */
function goesOn(text: string, from: number, at: number): boolean {
  return (
    /(?:[=+\-*/&|?:,.(]|\bor)\s*$/.test(text.slice(Math.max(from, at - 20), at)) ||
    /^\s*(?:[+.&|?:]|or\b)/.test(text.slice(at + 1, at + 60))
  );
}

/** What is put in later, or is no value: `${X}`, `{{ x }}`, `<x>`, `null`, ... */
function isStandIn(value: string): boolean {
  return (
    value === '' ||
    /^(?:\$\{[^}]*\}|\{\{.*\}\}|\$\([^)]*\)|\$[A-Za-z_]\w*|\$\{\{.*\}\}|%\(?\w*\)?[sdrvq]|%[A-Za-z_]\w*%|#\{[^}]*\}|<[^<>]*>|<%.*%>|\{\w*\}|@[\w.]+@|\*+|!\w+|&\w+|__\w+__)[,;]?$/s.test(
      value,
    ) ||
    /^(?:null|nil|none|true|false|undefined|yes|no|on|off|nullptr|void|required|optional|string|str|number|boolean|bool|bytes?|int|any|object|unknown|never)[,;)?]?$/i.test(
      value,
    ) ||
    /^(?:\$\{|\{\{|\$\(|\$[A-Za-z_]\w*$|ENC\(|ENC\[AES|\$ANSIBLE_VAULT)/.test(value)
  );
}

/** Whether a word is rather the name of a variable or of a type than a value. */
function isIdentifier(word: string, isSetting: boolean, operator: string, whole: string): boolean {
  if (isStandIn(word) || /^(?:char|varchar|text|self|this)$/i.test(word)) return true;
  if (/\d/.test(word)) return word.length < 5 || /^(?:[a-z]+_)+[a-z]+\d?$/.test(word);
  // Of what stands alone on a line: `password = letmein`, not `password: rawPassword`, `token: Token;`, `secret = secret_name`.
  if (!isSetting || /[,;]$/.test(whole)) return true;
  if (operator === '=' && isSecretName(word)) return true;
  return /_|^[a-z]{1,20}[A-Z][a-z]+$|^[A-Z][a-z]+(?:[A-Z][a-z]+)*$/.test(word);
}

/** Whether a literal may be a secret, rather than an address, a path or a mark. */
function isTelling(value: string): boolean {
  return (
    value.length >= 3 &&
    !isStandIn(value) &&
    !/^(?:[a-z][\w+.-]*:\/\/[^@]*|[./~][\w./-]*|[\W_]*|utf-?8|\w+\/\w+|[a-z]{1,4})$/i.test(value)
  );
}

/** Whether a literal is the name by which a secret is looked up. */
function isLookup(value: string): boolean {
  return /^[A-Za-z_][\w.:/-]*$/.test(value) && !/\d/.test(value) && (isSecretName(value) || /^[A-Z_]+$/.test(value));
}

function isRandomish(value: string): boolean {
  return value.length >= 6 && /\d/.test(value) && /[A-Za-z]/.test(value) && !/^[a-z]+\d{1,2}$/.test(value);
}

function isRandom(value: string): boolean {
  return value.length >= 12 && /\d/.test(value) && /[A-Za-z]/.test(value) && !/^(?:[a-z]+[-_.:/])+[a-z]+$/.test(value);
}
