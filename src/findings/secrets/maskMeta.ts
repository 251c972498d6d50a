import type { ReportMeta } from '../../protocol';
import { maskSecrets } from './maskSecrets';

/** Masks the secrets in a report's meta. Names, ids and paths stay. */
export function maskMeta(meta: ReportMeta): ReportMeta {
  const { repo, analyzers, coverage, policy, rule_help: help } = meta;
  return {
    ...meta,
    repo: maskAddress(repo, repo.source === 'path'),
    ...(analyzers && { analyzers: analyzers.map(maskReason) }),
    ...(coverage && { coverage: { ...coverage, gaps: coverage.gaps.map(maskReason) } }),
    ...(help && { rule_help: mapValues(help, (rules) => mapValues(rules, maskSecrets)) }),
    ...(policy && {
      policy: {
        ...policy,
        problems: policy.problems.map((one) => ({ ...one, message: maskSecrets(one.message) })),
      },
    }),
  };
}

function mapValues<T, R>(values: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}

/** Masks the secrets in a reason. */
export function maskReason<T extends { readonly reason: string | null }>(entry: T): T {
  return entry.reason === null ? entry : { ...entry, reason: maskSecrets(entry.reason) };
}

/** Masks the password in a source's URL. @param isPath whether it is a path, which stays unchanged */
export function maskAddress<T extends { readonly url: string | null }>(source: T, isPath: boolean): T {
  return source.url === null || isPath ? source : { ...source, url: maskSecrets(source.url) };
}
