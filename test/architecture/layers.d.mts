/** Each part of src/ (a folder, or a file at its top) with the other parts that it may import from. */
export const layers: Readonly<Record<string, readonly string[]>>;
