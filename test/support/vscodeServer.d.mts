/** A running VS Code server; `stop` ends its whole process tree. */
export interface VsCodeServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
  /** Lets this process end without it, which ends the server, too. */
  unref(): void;
}

export function startServer(options: {
  home: string;
  env?: Record<string, string>;
  args?: string[];
  /** Removes `home` once the server has ended. */
  removeHome?: boolean;
  onLine?: (line: string) => void;
}): Promise<VsCodeServer>;
export function installExtension(home: string, vsix: string): Promise<void>;
export function writeSettings(home: string, settings?: Record<string, unknown>): Promise<void>;
