/** Takes details for troubleshooting. vscode's LogOutputChannel fits it as is. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
