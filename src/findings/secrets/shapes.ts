import type { Found } from './found';
import { isRandom, isPlaceholderOrEmpty } from './likelySecret';
import { longestBlock } from './literals';
import { allTokens } from './tokens';

/** Most texts have none of the tokens' hints, which one search tells. */
const anyHint = new RegExp(
  allTokens
    .flatMap(({ hints }) => hints.map((hint) => hint.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)))
    .join('|'),
);

/** Finds the tokens and keys that are known by their shape. */
export function findByShape(found: Found): void {
  for (const token of anyHint.test(found.lower) ? allTokens : []) {
    if (!found.has(token.hints)) continue;
    for (const match of found.text.matchAll(token.pattern)) {
      const [start, end] = match.indices?.groups?.['secret'] ?? [match.index, match.index + match[0].length];
      found.add(start, token.endOf?.(found.text, end) ?? end);
    }
  }
  if (found.has(['private key'])) findPrivateKeys(found);
}

/** Finds the content between the lines around a private key. If one of the lines was cut off, everything on that side counts. */
function findPrivateKeys(found: Found): void {
  const text = found.text;
  const begin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
  const firstEnd = text.indexOf('-----END ');
  const firstBegin = text.indexOf('-----BEGIN ');
  if (firstEnd >= 0 && (firstBegin < 0 || firstEnd < firstBegin)) {
    const tail = /[\w+/=\s\\"',]*$/.exec(text.slice(Math.max(0, firstEnd - longestBlock), firstEnd))?.[0] ?? '';
    if (tail.trim().length > 8) found.addValue(firstEnd - tail.length, firstEnd);
  }
  for (let match = begin.exec(text); match; match = begin.exec(text)) {
    const start = begin.lastIndex;
    const length = text.slice(start, start + longestBlock).indexOf('-----END');
    const end = length < 0 ? Math.min(text.length, start + longestBlock) : start + length;
    found.addValue(start, end);
    begin.lastIndex = Math.max(end, start + 1);
  }
}

const schemes = ['bearer', 'basic', 'digest', 'token', 'apikey', 'negotiate', 'sso-key'];

/** Finds passwords in URLs, and the credentials after an authentication scheme. */
export function findByScheme(found: Found): void {
  const text = found.text;
  if (text.includes('://'))
    for (const match of text.matchAll(
      /[a-z][a-z\d+.-]{0,30}:\/\/(?:(?<user>[^\s:@/"'`<>]{0,100}):(?<secret>[^\s"'`<>]{1,200}?)|(?<alone>[^\s:@/"'`<>]{8,200}))@(?=[^\s@"'`<>/]{0,200}(?:[\s"'`<>/?#,;)]|$))/dgi,
    )) {
      const [start, end] = match.indices?.groups?.['secret'] ?? match.indices?.groups?.['alone'] ?? [0, 0];
      if (match.groups?.['alone'] !== undefined && !/\d/.test(match.groups['alone'])) continue;
      if (!isPlaceholderOrEmpty(text.slice(start, end))) found.add(start, end);
    }
  if (found.has(schemes))
    for (const match of text.matchAll(
      /\b(?:bearer|basic|digest|token|apikey|negotiate|sso-key)(?:\s+|%20)["']?(?<secret>[^\s"'`,;<>(){}]{6,4000})/dgi,
    )) {
      const [start, end] = match.indices?.groups?.['secret'] ?? [0, 0];
      const before = text.slice(Math.max(0, match.index - 60), match.index);
      const secret = match.groups?.['secret'] ?? '';
      const isHeader = /authorization|x-auth|header/i.test(before);
      if (isHeader ? !/^[a-z]+\.\w|^authentication/i.test(secret) : isRandom(secret)) found.addValue(start, end);
    }
  if (text.includes('$'))
    for (const match of text.matchAll(
      /\$(?:apr1|[1567y]|2[abxy]?|argon2(?:id?|d)|scrypt|pbkdf2[\w-]*|P)\$[\w./$=,+-]{16,400}/g,
    ))
      found.add(match.index, match.index + match[0].length);
}
