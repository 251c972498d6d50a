/**
 * The address of a scan service as it is kept: http or https, without a slash at its end.
 * @returns undefined when it is none, or when it holds a name, a password or a query: those would show wherever the address is shown
 */
export function serviceUrl(text: string): string | undefined {
  const trimmed = text.trim().replace(/\/+$/, '');
  if (!/^https?:\/\/[^/]/i.test(trimmed) || !URL.canParse(trimmed)) return undefined;
  const { username, password, search, hash } = new URL(trimmed);
  return username + password + search + hash === '' ? trimmed : undefined;
}
