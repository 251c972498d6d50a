/** Where details go that a person reads when something went wrong. vscode's LogOutputChannel fits it as it is. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
