import * as z from 'zod';

/** The parts of a JSON schema about one field that are used here. */
interface Field {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly anyOf?: readonly Field[];
}

type Values = Record<string, string>;

const sampleOf: Readonly<Record<string, string>> = {
  'date-time': '2020-02-03T04:05:06Z',
  date: '2020-02-03',
  uri: 'https://example.org/',
};

function fieldsOf(schema: z.ZodObject): [string, Field][] {
  const { properties = {} } = z.toJSONSchema(schema, { unrepresentable: 'any' }) as {
    properties?: Record<string, Field>;
  };
  return Object.entries(properties);
}

/** Inputs that a schema accepts: each field alone, with every value that is interesting for its kind. @param known values for fields by name */
export function variants(schema: z.ZodObject | undefined, known: Values = {}): Values[] {
  if (!schema) return [];
  const values = (name: string, field: Field): string[] => {
    const given = known[name];
    if (given !== undefined) return [given];
    if (field.anyOf) return field.anyOf.flatMap((one) => values(name, one));
    if (field.enum) return [...field.enum];
    if (field.minimum !== undefined || field.maximum !== undefined)
      return [field.minimum, field.maximum].filter((n) => n !== undefined).map(String);
    return [sampleOf[field.format ?? ''] ?? 'x'];
  };
  return fieldsOf(schema).flatMap(([name, field]) => values(name, field).map((value) => ({ [name]: value })));
}

/** Inputs that a schema rejects: each field alone, violating its range, list, length, pattern or kind; for a JSON body with a wrong type too. */
export function unfit(schema: z.ZodObject | undefined): Record<string, unknown>[] {
  if (!schema) return [];
  const values = (field: Field): unknown[] => {
    if (field.anyOf || field.format !== undefined) return ['neither this nor that'];
    if (field.enum) return ['no-such-value', field.enum.join()];
    if (field.type === 'integer' || field.type === 'number')
      return [(field.minimum ?? 0) - 1, (field.maximum ?? 1e300) + 1, 1.5, 'many'].map(String);
    if (field.type === 'array' || field.type === 'object') return ['text', 1];
    const wrong: string[] = [];
    if (field.maxLength !== undefined) wrong.push('x'.repeat(field.maxLength + 1));
    if ((field.minLength ?? 0) > 0) wrong.push('');
    if (field.pattern !== undefined) wrong.push('!');
    return wrong;
  };
  return fieldsOf(schema).flatMap(([name, field]) =>
    values(field)
      // Some invalid values of one field are valid for another kind: the schema decides.
      .map((value) => ({ [name]: value }))
      .filter((input) => !schema.partial().safeParse(input).success),
  );
}
