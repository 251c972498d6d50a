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
  /** Does some work in only one of the processes that share the storage; in the others, it does nothing. */
  readonly alone?: Alone;
  /** How often to look for webhook deliveries that other processes have recorded, in ms. */
  readonly outboxMs?: number;
  /** Milliseconds that pending requests may take when the process is told to end. */
  readonly drainMs?: number;
  close(): Promise<void>;
}

/** @param name the same in all processes */
export type Alone = (name: string, work: () => Promise<void>) => Promise<void>;
