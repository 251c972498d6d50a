import type { Access } from './access';
import type { Blobs } from './blobs';
import type { Events } from './events';
import type { Queue } from './queue';
import type { ServiceRecord } from './record';
import type { Watch } from './watch';

/** All that the service keeps or passes on, and all that it knows about where. */
export interface Ports {
  readonly queue: Queue;
  readonly record: ServiceRecord;
  readonly blobs: Blobs;
  readonly events: Events;
}

/** The ports, opened by a process. */
export interface OpenPorts extends Ports {
  /** This process's own folder for checkouts. It goes with the process. */
  readonly work: string;
  /** The tokens that may use the service; absent where there is at most one, which is given at startup. */
  readonly access?: Access | undefined;
  /** Absent where the service needs nothing but itself. */
  readonly watch?: Watch;
  /** Does work of which one of the processes that share the storage is enough. */
  readonly alone?: Alone;
  /** Milliseconds after which to look for webhook deliveries that other processes have recorded. */
  readonly outboxMs?: number;
  /** Milliseconds that requests under way have to end when the process is told to. */
  readonly drainMs?: number;
  close(): Promise<void>;
}

/**
 * Does some work unless another process does it at the moment, or has done it shortly before.
 * @param name the same in all processes
 * @param everyMs how often it is to be done
 */
export type Alone = (name: string, everyMs: number, work: () => Promise<void>) => Promise<void>;
