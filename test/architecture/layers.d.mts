/** Each part of src/ (a folder, or a file at its top) with the other parts that it may import from. */
export const layers: Readonly<Record<string, readonly string[]>>;

/** Folders of src/engines that every engine may import from; no engine imports another. */
export const sharedByEngines: readonly string[];
