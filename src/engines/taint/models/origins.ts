/** Where data comes from, starting with the least trusted; this determines what it may cause (`bitsOfOrigin`). */
export const origins = [
  'request',
  'message',
  'page',
  'archive',
  'response',
  'database',
  'file',
  'command line',
  'environment',
  'parameter',
] as const;
export type Origin = (typeof origins)[number];
