/** What an entry of the allow list permits. */
interface Allowed {
  readonly host: string;
  /** Undefined: any. */
  readonly port: string | undefined;
  /** Starts and ends with a slash. */
  readonly folder: string;
}

/**
 * An entry of the allow list: a host (`git.example.com`, `git.example.com:8443`), or a URL (`https://github.com/`, `https://github.com/owner/`), which
 * permits everything below its path.
 */
function readEntry(entry: string): Allowed | undefined {
  const text = entry.trim();
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (text === '' || !URL.canParse(address)) return undefined;
  const { hostname, port, pathname, username, password, search, hash } = new URL(address);
  if (hostname === '' || username + password + search + hash !== '') return undefined;
  return { host: hostname, port: port === '' ? undefined : port, folder: pathname.replace(/\/*$/, '/') };
}

/** Whether an entry is valid. */
export function isAllowEntry(entry: string): boolean {
  return readEntry(entry) !== undefined;
}

/** Whether an entry permits the URL. */
export function isListed(url: URL, entries: readonly string[]): boolean {
  return entries.some((entry) => {
    const allowed = readEntry(entry);
    if (allowed?.host !== url.hostname.toLowerCase()) return false;
    if (allowed.port !== undefined && allowed.port !== url.port) return false;
    return `${url.pathname.replace(/\/*$/, '')}/`.startsWith(allowed.folder);
  });
}
