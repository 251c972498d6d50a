import type { FindingsEvent, LogEvent } from '../../protocol';
import type { Disposable } from '../../base/lifecycle';
import type { Frame } from '../job/frames';
import type { FullJob } from '../job/jobMachine';
import type { Lease } from '../job/lease';

/** An event of a job: a frame, and its content. */
export type JobEvent =
  | (Frame<'job'> & {
      /** The whole Job; `text` may omit what has not changed. */
      readonly data: FullJob;
      /** Set if only numbers have changed: reconnecting clients do not need it. */
      readonly isUpdate: boolean;
    })
  | (Frame<'log'> & { readonly data: LogEvent })
  | (Frame<'findings'> & { readonly data: FindingsEvent });

/**
 * The event streams, one per job. One process publishes to a stream at a time, and any number can follow it. Clients receive the frames'
 * IDs and send them back as `Last-Event-ID`; the publisher assigns them, counting up from 1.
 */
export interface Events {
  /**
   * Publishes a frame: to the current followers, immediately and in the order of the calls, and for those that reconnect later. Never
   * throws: a frame that cannot be stored is reported in the service's log. A frame whose ID is not above the last one's is dropped: it
   * comes from a worker that has lost its job.
   */
  publish(lease: Lease, event: JobEvent): void;

  /** Makes the holder of a lease the only publisher of its job's stream. @returns the id of the newest frame; 0 if there is none */
  claim(lease: Lease): Promise<number>;

  /** Waits until everything published is stored, and releases the stream: after the job's last frame. */
  close(id: string): Promise<void>;

  /** The ID of a job's newest stored frame; 0 if there is none. */
  lastId(id: string): Promise<number>;

  /**
   * The Job as last published, with the ID of the newest frame, for a job that has not ended: newer than in the record, which does not
   * store every percentage. Undefined for a job that has ended, and if only the record is reachable.
   */
  current(id: string): Promise<{ readonly id: number; readonly job: FullJob } | undefined>;

  /**
   * Follows a job that has not ended: with `after`, first the stored log and findings frames after that one; then the current Job; then
   * every new frame, until the last.
   * @param send receives the frames in the order of their IDs
   * @returns a function to stop following; undefined, with nothing sent, if the job has ended
   */
  follow(id: string, after: number | undefined, send: (frame: Frame) => void): Promise<Disposable | undefined>;

  /** The stored log and findings frames of an ended job after `after`, in their wire format: as many as a follower of a running one would get. */
  kept(id: string, after: number): AsyncIterable<string>;

  /** Removes the stream of an ended job. */
  remove(id: string): Promise<void>;
}
