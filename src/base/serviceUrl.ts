/**
 * Normalizes the URL of a scan service: http or https, without a trailing slash.
 * @returns undefined when it is not one, or contains credentials or a query, which would be visible wherever the URL is shown
 */
export function serviceUrl(text: string): string | undefined {
  const trimmed = text.trim().replace(/\/+$/, '');
  if (!/^https?:\/\/[^/]/i.test(trimmed) || !URL.canParse(trimmed)) return undefined;
  const { username, password, search, hash } = new URL(trimmed);
  return username + password + search + hash === '' ? trimmed : undefined;
}
