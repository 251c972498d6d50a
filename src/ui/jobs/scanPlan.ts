import type { ScanRequest } from '../../protocol';
import type { Origin } from '../../store/scanStore';

/** What to scan, and on which service. */
export interface ScanPlan {
  readonly service: Exclude<Origin['service'], 'imported'>;
  /** A folder (`path`) or a repository. How a folder gets to a remote service is decided when it is submitted. */
  readonly request: ScanRequest;
  /** Name for display. */
  readonly label: string;
  /** Absolute path of the workspace folder that the findings belong to. */
  readonly folder?: string;
}
