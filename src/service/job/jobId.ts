const pattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether an untrusted string is a valid job ID; nothing else ever becomes part of a file name or a key. */
export function isJobId(id: string): boolean {
  return pattern.test(id);
}
