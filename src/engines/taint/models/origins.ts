/** Where data comes from, from the least trusted on; what it may cause depends on it (`bitsOfOrigin`). */
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
