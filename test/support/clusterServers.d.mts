export interface ClusterServers {
  readonly redis: string;
  readonly postgres: string;
  readonly s3: string;
  /** All commands that Redis has written down. */
  redisLog(): Promise<string>;
  start(name: 'redis' | 'postgres' | 's3'): Promise<void>;
  stop(name: 'redis' | 'postgres' | 's3', signal?: NodeJS.Signals): Promise<void>;
  /** Of all of them. */
  pids(): Promise<number[]>;
  end(): Promise<void>;
}
export function installServers(): Promise<void>;
export function startServers(): Promise<ClusterServers>;
