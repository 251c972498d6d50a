import * as z from 'zod';

/** Values of a field that are known to be valid: how many to keep. */
const maxKnown = 10_000;

/**
 * A quick check of values that mostly are what a schema would make of them, for lists of thousands: parsing makes each anew. Whatever is not plain, such
 * as a part that is transformed or missing, fails: then the schema has to decide.
 * @returns whether a value is valid, and parsing would return an equal one
 */
export function plainCheck<T>(schema: z.ZodType<T>): (value: unknown) => value is T {
  const isPlain = checkOf(schema);
  return (value): value is T => isPlain(value);
}

type Check = (value: unknown) => boolean;

function checkOf(schema: z.ZodType): Check {
  const hasChecks = (schema.def.checks?.length ?? 0) > 0;
  if (!hasChecks && schema instanceof z.ZodOptional) return checkOf(schema.unwrap() as z.ZodType);
  if (!hasChecks && schema instanceof z.ZodNullable) {
    const isInner = checkOf(schema.unwrap() as z.ZodType);
    return (value) => value === null || isInner(value);
  }
  if (!hasChecks && schema instanceof z.ZodDefault) return checkOf(schema.unwrap() as z.ZodType);
  if (!hasChecks && schema instanceof z.ZodString) return (value) => typeof value === 'string';
  if (!hasChecks && schema instanceof z.ZodArray) {
    const isItem = checkOf(schema.element as z.ZodType);
    return (value) => Array.isArray(value) && value.every(isItem);
  }
  if (!hasChecks && schema instanceof z.ZodObject) return objectCheck(schema);
  return leafCheck(schema);
}

function objectCheck(schema: z.ZodObject): Check {
  const fields = new Map<string, { readonly isPlain: Check; readonly isRequired: boolean }>();
  for (const [name, field] of Object.entries(schema.shape) as [string, z.ZodType][]) {
    const missing = field.safeParse(undefined);
    fields.set(name, { isPlain: checkOf(field), isRequired: !missing.success || missing.data !== undefined });
  }
  const required = [...fields.values()].filter(({ isRequired }) => isRequired).length;
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    let found = 0;
    for (const name in value) {
      const field = fields.get(name);
      if (!field?.isPlain(value[name as keyof typeof value])) return false;
      if (field.isRequired) found += 1;
    }
    return found === required;
  };
}

/** The schema itself decides, once for each text and number. */
function leafCheck(schema: z.ZodType): Check {
  const known = new Set<unknown>();
  return (value) => {
    if (known.has(value)) return true;
    const read = schema.safeParse(value);
    // An object is made anew, so it is never the same.
    if (!read.success || read.data !== value) return false;
    if (known.size >= maxKnown) known.clear();
    known.add(value);
    return true;
  };
}
