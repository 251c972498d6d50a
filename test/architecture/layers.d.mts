/** Each part of src/ (a folder, or a file at its top) with the other parts that it may import from. */
export const layers: Readonly<Record<string, readonly string[]>>;

/** Each part of src/service with the other parts that it may import from. */
export const serviceParts: Readonly<Record<string, readonly string[]>>;

/** What touches files or paths above the service's ports, and which. */
export const serviceFiles: Readonly<Record<string, string>>;

/** Folders of src/engines that every engine may import from; no engine imports another. */
export const sharedByEngines: readonly string[];
