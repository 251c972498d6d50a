import { join } from 'node:path';
import { hasAsset, readAsset } from '../base/asset';
import type { Logger } from '../base/logger';
import type { Page } from '../service/api/context';

const html = 'text/html; charset=utf-8';
const files = [
  { path: '/', file: 'index.html', type: html },
  { path: '/page/team.js', file: 'team.js', type: 'text/javascript; charset=utf-8' },
  { path: '/page/team.css', file: 'team.css', type: 'text/css; charset=utf-8' },
  { path: '/page/icon.svg', file: 'icon.svg', type: 'image/svg+xml' },
];

/**
 * The team page, as built.
 * @param assets the folder of the built files (dist)
 * @returns undefined in a .vsix, which does not include it
 */
export async function teamPage(assets: string, log: Logger): Promise<Page | undefined> {
  const folder = join(assets, 'page');
  if (!files.every(({ file }) => hasAsset(join(folder, file)))) {
    log.info('This installation does not include the team page: use the npm package or the container image.');
    return undefined;
  }
  return new Map(
    await Promise.all(
      files.map(async ({ path, file, type }) => {
        const content = new Uint8Array(await readAsset(join(folder, file)));
        return [path, { type, content }] as const;
      }),
    ),
  );
}
