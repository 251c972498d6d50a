import type { ScanRequest } from '../../protocol';
import type { Origin } from '../../store/scanStore';

/** What is to be scanned, and by whom. */
export interface ScanPlan {
  readonly service: Exclude<Origin['service'], 'imported'>;
  /** A folder (`path`) or a repository; what of a folder goes to a remote service is found when it is submitted. */
  readonly request: ScanRequest;
  /** What a person calls it. */
  readonly label: string;
  /** The workspace folder that findings belong to, as an absolute path. */
  readonly folder?: string;
  /** Started in the background: nothing but the status bar tells of it. */
  readonly quiet?: boolean;
}
