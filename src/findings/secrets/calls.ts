import type { Found } from './found';
import { isLookup, mayBeSecret } from './likelySecret';
import { literalsUpTo, longestExpression } from './literals';
import { isSecretName } from './names';

const callOfSecret =
  /(?<![\w$])(?<name>(?:[\w$]{0,60}(?:auth|log_?in|log_?on|sign_?in|connect|credential|mysqli|pdo|passw(?:or)?d|pass|userinfo|create_?user|add_?user|set_?user|identity|secret|token|api_?key|keyspec)[\w$]{0,60}|jwt\.\w+|\w*hmac\w*(?:\.new)?|create(?:De)?cipher\w*|aes\.new|fernet|bind|simple_bind_s|basic|init|client|user|datasource))(?:::new|\.new|!)?[ \t]{0,3}(?:<[\w.]{1,40}>)?\(/gi;
const takesKey = /^(?:secretkeyspec|keyspec|fernet|aes\.new)$/i;
const promptName =
  /^(?:get|find|has|is|delete|remove|read|fetch|load|require|check|lookup|ask|prompt|input)(?![a-z])|exists$/;

/** Finds values that are passed to a call next to a user name, `login("root", "…")`, or to a setter of a secret: `setPassword("…")`. */
export function findInCalls(found: Found): void {
  const text = found.text;
  if (!text.includes('(')) return;
  let until = 0;
  for (const { index, 0: head, groups } of text.matchAll(callOfSecret)) {
    const name = groups?.['name'] ?? '';
    const takesOne = takesKey.test(name) || (isSecretName(name) && !promptName.test(name));
    const open = index + head.length;
    // The arguments of nested calls were examined together with the outer call's.
    if (index < until && !takesOne) continue;
    const { literals, end } = literalsUpTo(text, open, longestExpression, ')', true);
    until = end;
    if (/^(?:bind|init|client|user|datasource)$/i.test(name) && !/user|root|admin|login/i.test(text.slice(open, end)))
      continue;
    for (const one of literals) {
      if ((one.argument === 0 && !takesOne) || one.isKeyed) continue;
      const value = text.slice(one.start, one.end);
      if (mayBeSecret(value) && !isLookup(value)) found.add(one.start, one.end);
    }
  }
}
