import type { ZodType } from 'zod';

interface VsCodeApi {
  postMessage(message: unknown): void;
  setState(state: unknown): void;
  getState(): unknown;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** The connection of a webview's script to the extension, and its state across a window reload. Only one may exist. */
export interface ExtensionHost<Message, State> {
  postMessage(message: Message): void;
  setState(state: State): void;
  /** As stored, perhaps by an earlier version: must be parsed. */
  getState(): unknown;
}

/** Connects the script of a webview to the extension. VS Code allows it once. */
export function connect<Message, State = never>(): ExtensionHost<Message, State> {
  return acquireVsCodeApi();
}

/** Handles the extension's messages; one that does not fit the schema is reported and ignored. */
export function onMessage<Message>(schema: ZodType<Message>, handle: (message: Message) => void): void {
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const parsed = schema.safeParse(event.data);
    if (parsed.success) handle(parsed.data);
    else console.error('The extension sent an invalid message.', parsed.error.message);
  });
}
