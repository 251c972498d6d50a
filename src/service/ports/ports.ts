import type { Access } from './access';
import type { Blobs } from './blobs';
import type { Events } from './events';
import type { Queue } from './queue';
import type { ServiceRecord } from './record';
import type { Watch } from './watch';

/** Everything that the service stores or passes on. */
export interface Ports {
  readonly queue: Queue;
  readonly record: ServiceRecord;
  readonly blobs: Blobs;
  readonly events: Events;
}

/** The ports, as opened by a process. */
export interface OpenPorts extends Ports {
  /** This process's own folder for checkouts, which is removed with the process. */
  readonly work: string;
  /** The tokens that may use the service; absent if there is at most one, which is given at startup. */
  readonly access?: Access | undefined;
  /** Absent if the service does not depend on other servers. */
  readonly watch?: Watch;
  /** Does work of which one of the processes that share the storage is enough. */
  readonly alone?: RunExclusively;
  /** How often to look for webhook deliveries that other processes have recorded, in ms. */
  readonly outboxMs?: number;
  /** Milliseconds that pending requests may take when the process is asked to end. */
  readonly drainMs?: number;
  close(): Promise<void>;
}

/**
 * Does some work unless another process does it at the moment, or has done it shortly before.
 * @param name the same in all processes
 * @param everyMs how often it is to be done
 */
export type RunExclusively = (name: string, everyMs: number, work: () => Promise<void>) => Promise<void>;
