import * as z from 'zod';
import { callsOnCopies } from './calls';
import { DependencyLines, dependencyIssue, lockfile } from './dependencies';
import { cwesIn } from '../../findings/severity';
import { titleFrom } from '../../findings/title';
import { brief, severityOf, type ReportedIssue, type Tool } from './tool';

/** `trivy fs --format json`: https://trivy.dev/latest/docs/configuration/reporting/ */
const output = z.object({
  Results: z
    .array(
      z.object({
        Target: z.string(),
        Vulnerabilities: z
          .array(
            z.object({
              VulnerabilityID: z.string(),
              VendorIDs: z.array(z.string()).nullish(),
              PkgName: z.string(),
              InstalledVersion: z.string(),
              FixedVersion: z.string().optional(),
              Severity: z.string(),
              Title: z.string().optional(),
              Description: z.string().optional(),
              PrimaryURL: z.string().optional(),
              CweIDs: z.array(z.string()).optional(),
            }),
          )
          .nullish(),
        Misconfigurations: z
          .array(
            z.object({
              ID: z.string(),
              Title: z.string(),
              Message: z.string().optional(),
              Resolution: z.string().optional(),
              Severity: z.string(),
              PrimaryURL: z.string().optional(),
              Status: z.string().optional(),
              CauseMetadata: z.object({ StartLine: z.number().int(), EndLine: z.number().int() }).partial().optional(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

const infrastructure = /(?:^|\/)(?:(?:Docker|Container)file[^/]*|[^/]+\.(?:tf|tfvars|ya?ml|dockerfile))$/;

/** https://trivy.dev: vulnerable dependencies and misconfigured infrastructure. */
export const trivy: Tool = {
  id: 'trivy',
  title: 'Trivy',
  program: 'trivy',
  versionArgs: ['--version'],
  install: 'brew install trivy',
  sends: 'none of the code; it downloads its vulnerability database and its checks',
  env: {
    TRIVY_DISABLE_TELEMETRY: 'true',
    TRIVY_SKIP_VERSION_CHECK: 'true',
    TRIVY_NO_PROGRESS: 'true',
    // Otherwise it looks up the coordinates of Java packages at Maven Central.
    TRIVY_OFFLINE_SCAN: 'true',
  },
  exitCodes: [0],
  // "2026-11-29T10:00:00Z<tab>WARN<tab>[npm] Unable to parse ..."
  problems:
    /^\S+\s+(?:(?:ERROR|FATAL)|WARN(?=.*\b(?:fail|unable|could not|cannot|invalid|skip|unsupported|not supported)))\s+(?<what>.+)$/i,
  reads: (path) => lockfile.test(path) || infrastructure.test(path),
  calls: (job) => callsOnCopies(job, ['fs', '--format=json', '--scanners=vuln,misconfig', '.'], ['.trivyignore']),
  async read(text, job) {
    const lines = new DependencyLines(job);
    const issues: ReportedIssue[] = [];
    for (const { Target: file, Vulnerabilities, Misconfigurations } of output.parse(JSON.parse(text)).Results ?? []) {
      for (const found of Vulnerabilities ?? []) {
        issues.push(
          dependencyIssue({
            file,
            line: await lines.find(file, found.PkgName, found.InstalledVersion),
            name: found.PkgName,
            version: found.InstalledVersion,
            summary: brief(found.Title ?? found.Description ?? found.VulnerabilityID),
            fixed: found.FixedVersion ? found.FixedVersion.split(/\s*,\s*/) : [],
            severity: severityOf(found.Severity),
            ids: [found.VulnerabilityID, ...(found.VendorIDs ?? [])],
            cwe: cwesIn(found.CweIDs),
            ...(found.PrimaryURL !== undefined && { help_url: found.PrimaryURL }),
          }),
        );
      }
      for (const found of (Misconfigurations ?? []).filter(({ Status = 'FAIL' }) => Status === 'FAIL')) {
        const line = Math.max(1, found.CauseMetadata?.StartLine ?? 1);
        issues.push({
          type: 'security',
          title: titleFrom({ texts: [found.Title], message: found.Message ?? found.Title }),
          message: brief(found.Message ?? found.Title),
          severity: severityOf(found.Severity),
          file,
          line,
          end_line: Math.max(line, found.CauseMetadata?.EndLine ?? line),
          rule_id: found.ID,
          suggestion: found.Resolution ?? null,
          ...(found.PrimaryURL !== undefined && { help_url: found.PrimaryURL }),
        });
      }
    }
    return issues;
  },
};
