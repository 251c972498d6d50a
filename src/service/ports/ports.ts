import type { Blobs } from './blobs';
import type { Events } from './events';
import type { Queue } from './queue';
import type { ServiceRecord } from './record';

/** All that the service keeps or passes on, and all that it knows about where. */
export interface Ports {
  readonly queue: Queue;
  readonly record: ServiceRecord;
  readonly blobs: Blobs;
  readonly events: Events;
}
