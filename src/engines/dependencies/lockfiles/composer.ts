import { readJson } from './json';
import type { Locked, LockfileContent } from './locked';
import { at, textAt, type Node } from './node';

/** Public code hosts from which Packagist's packages are downloaded. */
const publicCodeHosts = /^https:\/\/(?:api\.|codeload\.)?(?:github\.com|gitlab\.com|bitbucket\.org)\//;
const packagist = /^https?:\/\/(?:[\w-]+\.)*(?:packagist\.org|packagist\.com\/downloads|drupal\.org)(?:\/|$)/;

/** composer.lock: https://getcomposer.org/doc/01-basic-usage.md */
export function readComposerLock(source: string): LockfileContent {
  const {
    documents: [lock],
    problem,
  } = readJson(source);
  if (!at(lock, 'packages')) throw new Error(problem ?? 'it has no "packages"');
  const sections = ['packages', 'packages-dev'] as const;
  const all = sections.flatMap((section) => (at(lock, section)?.items ?? []).map((node) => ({ node, section })));
  // Composer writes it for everything from Packagist; other programs that write such files may omit it.
  const reportsInstalls = all.some(({ node }) => at(node, 'notification-url'));
  const packages = all.flatMap(({ node, section }): Locked[] => {
    const name = textAt(node, 'name');
    const version = textAt(node, 'version');
    if (name === undefined || version === undefined || /^dev-|-dev$/.test(version)) return [];
    if (textAt(node, 'dist', 'type') === 'path') return [];
    const notified = textAt(node, 'notification-url');
    // Without a registry, it comes from a repository in composer.json.
    if (notified === undefined && (reportsInstalls || !isOpen(node))) return [];
    const own = notified !== undefined && !packagist.test(notified);
    const licenses = (at(node, 'license')?.items ?? []).flatMap(({ value }) => value ?? []);
    return [
      {
        name,
        version,
        line: at(node, 'name')?.line ?? 1,
        dev: section === 'packages-dev',
        private: own,
        ...(licenses.length > 0 && { licenses }),
      },
    ];
  });
  return { packages, problem };
}

function isOpen(node: Node): boolean {
  const urls = [textAt(node, 'source', 'url'), textAt(node, 'dist', 'url')];
  return urls.every((url) => url === undefined || url === '' || publicCodeHosts.test(url) || packagist.test(url));
}
