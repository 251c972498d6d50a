import type { ReportMeta } from '../../protocol';
import { maskSecrets } from './maskSecrets';

/** What a report says of its scan, without any secret in its texts. Names, ids and paths stay. */
export function maskMeta(meta: ReportMeta): ReportMeta {
  const { repo, analyzers, coverage } = meta;
  return {
    ...meta,
    repo: maskAddress(repo, repo.source === 'path'),
    ...(analyzers && { analyzers: analyzers.map(maskReason) }),
    ...(coverage && { coverage: { ...coverage, gaps: coverage.gaps.map(maskReason) } }),
  };
}

/** Whatever gives a reason, with the secrets of that masked. */
export function maskReason<T extends { readonly reason: string | null }>(told: T): T {
  return told.reason === null ? told : { ...told, reason: maskSecrets(told.reason) };
}

/** A source without the password in its address. @param isPath whether the address is a path, which stays as it is */
export function maskAddress<T extends { readonly url: string | null }>(source: T, isPath: boolean): T {
  return source.url === null || isPath ? source : { ...source, url: maskSecrets(source.url) };
}
