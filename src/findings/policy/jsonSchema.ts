import * as z from 'zod';
import { configSchema } from './config';

/**
 * The JSON schema of `.codeagent/config.json`, with completion for rule IDs and their titles.
 * @param titles of rules, by ID
 */
export function jsonSchemaOfConfig(titles: Readonly<Record<string, string>>): object {
  const schema = z.toJSONSchema(configSchema, { target: 'draft-7', io: 'input' }) as Node;
  const { rules, overrides } = schema.properties ?? {};
  const named = Object.fromEntries(
    Object.entries(titles).map(([id, title]) => [id, { description: title, $ref: '#/definitions/level' }]),
  );
  const level = rules?.additionalProperties;
  const inOverrides = overrides?.items?.properties?.['rules'];
  for (const one of [rules, inOverrides])
    if (one) {
      one.properties = named;
      one.additionalProperties = { $ref: '#/definitions/level' };
    }
  return { ...schema, title: 'CodeAgent', allowComments: true, allowTrailingCommas: true, definitions: { level } };
}

/** The parts of a JSON schema that are read and changed here. */
interface Node {
  properties?: Record<string, Node>;
  items?: Node;
  additionalProperties?: object;
  description?: string;
  $ref?: string;
}
