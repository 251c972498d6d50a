const pattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a string from outside is a valid job id; nothing else ever becomes part of a file name or of a key. */
export function isJobId(id: string): boolean {
  return pattern.test(id);
}
