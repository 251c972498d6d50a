/** Where an engine's work is done: worker threads or processes. */
export interface Workers {
  /**
   * Has a worker run its function `name`.
   * @param ms how long it may take
   * @throws CodedError TIMEOUT or TOOL_FAILED; the signal's reason
   */
  run(name: string, task: unknown, signal: AbortSignal, ms?: number): Promise<unknown>;
  /** Starts a worker for an upcoming task. */
  prepare(): void;
  /** Ends the idle workers. */
  close(): Promise<void>;
}
