import type { FindingsEvent, LogEvent } from '../../protocol';
import type { Disposable } from '../../base/lifecycle';
import type { Frame } from '../job/frames';
import type { FullJob } from '../job/jobMachine';
import type { Lease } from '../job/lease';

/** What a job publishes: a frame, and what it tells. */
export type JobEvent =
  | (Frame<'job'> & {
      /** The whole Job, of which `text` may leave out what has not changed. */
      readonly data: FullJob;
      /** Only numbers have changed: nobody who comes back needs it. */
      readonly isUpdate: boolean;
    })
  | (Frame<'log'> & { readonly data: LogEvent })
  | (Frame<'findings'> & { readonly data: FindingsEvent });

/**
 * The streams of events, one for each job. One process publishes to a stream at a time, any number follows it. The ids of frames are those that clients get and
 * send back as `Last-Event-ID`; the publisher assigns them, growing by one from 1.
 */
export interface Events {
  /**
   * Publishes a frame: to those who follow the job now, at once and in the order of the calls, and for those who come back later. Never throws: a frame that
   * cannot be kept is told in the service's log. One whose id is not above the last one's is dropped: it comes from a worker that has lost its job.
   */
  publish(lease: Lease, event: JobEvent): void;

  /** Makes the holder of a lease the only publisher of its job's stream. @returns the id of the newest frame; 0 if there is none */
  claim(lease: Lease): Promise<number>;

  /** Waits until all that was published is kept, and lets go of the stream: after the job's last frame. */
  close(id: string): Promise<void>;

  /** The id of a job's newest frame, as far as it is kept; 0 if there is none. */
  lastId(id: string): Promise<number>;

  /**
   * The Job as it was published last, with the id of the newest frame, for a job that has not ended: newer than in the record, which does not have every percent.
   * Undefined for a job that has ended, and where only the record is reached.
   */
  current(id: string): Promise<{ readonly id: number; readonly job: FullJob } | undefined>;

  /**
   * Follows a job that has not ended: with `after`, first the log and findings frames after that one, as far as they are kept; then the current Job; then every
   * new frame, until the last.
   * @param send gets the frames in the order of their ids
   * @returns ends it; undefined, with nothing sent, if the job has ended
   */
  follow(id: string, after: number | undefined, send: (frame: Frame) => void): Promise<Disposable | undefined>;

  /** The kept log and findings frames of an ended job after `after`, in their wire format: as many as somebody who follows a running one would get. */
  kept(id: string, after: number): AsyncIterable<string>;

  /** Removes the stream of an ended job. */
  remove(id: string): Promise<void>;
}
