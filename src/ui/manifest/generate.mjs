// Derives code and texts from the commands, settings and views in package.json. The build (`npm run build`) runs it.
// - English text written directly into a command, setting or view of package.json moves to package.nls.json, where translations can replace it.
// - Each command gets our category; each setting is restricted in workspaces that are not trusted, and shown in the order of package.json.
// - src/ui/manifest/ids.ts: every ID, and every setting's type and default, for the code.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'oxfmt';

/**
 * @typedef {Record<string, any>} Json an object of package.json
 * @typedef {{ manifest: Json, texts: Record<string, string> }} Declared package.json and package.nls.json
 */

const prefix = 'codeagent.';
const idsFile = 'src/ui/manifest/ids.ts';

/**
 * Synchronizes package.json, package.nls.json and ids.ts.
 * @param {string} root the repository
 * @returns {Promise<string[]>} the files that were changed
 */
export async function generateManifest(root) {
  const outputs = await derive(root);
  const changed = [];
  for (const [file, text] of Object.entries(outputs)) {
    if (text === (await readFile(join(root, file), 'utf8').catch(() => ''))) continue;
    await writeFile(join(root, file), text);
    changed.push(file);
  }
  return changed;
}

/**
 * @param {string} root the repository
 * @returns {Promise<Record<string, string>>} the expected contents of the files, by path
 */
export async function derive(root) {
  const read = async (/** @type {string} */ file) => JSON.parse(await readFile(join(root, file), 'utf8'));
  const declared = { manifest: await read('package.json'), texts: await read('package.nls.json') };
  moveTexts(declared);
  const { manifest, texts } = declared;
  const { contributes, capabilities } = manifest;
  for (const command of contributes.commands) command.category ??= 'CodeAgent';
  const { properties } = contributes.configuration;
  for (const [index, id] of Object.keys(properties).entries()) properties[id].order = index + 1;
  capabilities.untrustedWorkspaces.restrictedConfigurations = Object.keys(properties);
  return {
    'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
    'package.nls.json': `${JSON.stringify(texts, null, 2)}\n`,
    [idsFile]: await idsSource(contributes, await read('.oxfmtrc.json')),
  };
}

/** Replaces each English text by a name (`%command.scanFile%`). @param {Declared} declared is changed */
function moveTexts({ manifest, texts }) {
  const { commands, views, configuration } = manifest.contributes;
  const move = (/** @type {Json} */ owner, /** @type {string | number} */ key, /** @type {string} */ name) => {
    const text = owner[key];
    if (typeof text !== 'string' || /^%.+%$/.test(text)) return;
    if (texts[name] !== undefined && texts[name] !== text)
      throw new Error(
        `package.json says "${text}" and package.nls.json says "${texts[name]}" for ${name}. Remove one.`,
      );
    texts[name] = text;
    owner[key] = `%${name}%`;
  };
  for (const command of commands) move(command, 'title', `command.${shortId(command.command)}`);
  for (const view of Object.values(views).flat()) move(view, 'name', `view.${shortId(view.id)}`);
  for (const [id, property] of Object.entries(configuration.properties)) {
    const name = `setting.${shortId(id)}`;
    move(property, 'markdownDescription', name);
    for (const [index, value] of (property.enum ?? []).entries())
      if (property.enumDescriptions) move(property.enumDescriptions, index, `${name}.${value}`);
  }
}

/** @param {Json} contributes @param {Json} style the formatter's configuration @returns {Promise<string>} the text of ids.ts */
async function idsSource({ commands, views, configuration }, { printWidth, singleQuote }) {
  const ids = (/** @type {string[]} */ list) => list.map((id) => `${nameOf(id)}: '${id}',`).join('\n');
  const settings = Object.entries(configuration.properties).map(
    ([id, property]) =>
      `${nameOf(id)}: { id: '${id}', schema: ${schemaOf(property)}.catch(${JSON.stringify(property.default)}) },`,
  );
  const source = `// Generated from package.json by the build (generate.mjs). Do not edit.
import * as z from 'zod';

/** The commands that package.json declares. */
export const commands = {
${ids(commands.map((/** @type {Json} */ { command }) => command))}
} as const;

/** The views that package.json declares. */
export const views = {
${ids(
  Object.values(views)
    .flat()
    .map(({ id }) => id),
)}
} as const;

/** The settings that package.json declares. The schema gives the default for a value of the wrong type. */
export const settings = {
${settings.join('\n')}
} as const;
`;
  const { code, errors } = await format(idsFile, source, { printWidth, singleQuote });
  if (errors.length > 0) throw new Error(`${idsFile} cannot be formatted: ${errors[0].message}`);
  return code;
}

/** @param {Json} property of JSON Schema @returns {string} the zod schema, as source */
function schemaOf({ type, enum: values, minLength, minimum, maximum, items, additionalProperties }) {
  switch (type) {
    case 'boolean':
      return 'z.boolean()';
    case 'string':
      if (values) return `z.enum(${JSON.stringify(values)})`;
      return minLength === undefined ? 'z.string()' : `z.string().min(${minLength})`;
    case 'integer':
    case 'number':
      return [
        type === 'integer' ? 'z.number().int()' : 'z.number()',
        ...(minimum === undefined ? [] : [`min(${minimum})`]),
        ...(maximum === undefined ? [] : [`max(${maximum})`]),
      ].join('.');
    case 'array':
      // One malformed object must not invalidate the others: the feature parses each.
      return `z.array(${items && items.type !== 'object' ? schemaOf(items) : 'z.unknown()'})`;
    case 'object':
      return additionalProperties
        ? `z.record(z.string(), ${schemaOf(additionalProperties)})`
        : 'z.record(z.string(), z.unknown())';
    default:
      throw new Error(`package.json: a setting of type ${JSON.stringify(type)} is not supported. See ${idsFile}.`);
  }
}

/** `codeagent.scan.mode` → `scan.mode` @param {string} id */
function shortId(id) {
  if (!id.startsWith(prefix)) throw new Error(`package.json: ${id} must start with "${prefix}".`);
  return id.slice(prefix.length);
}

/** `codeagent.scan.mode` → `scanMode` @param {string} id */
function nameOf(id) {
  return shortId(id).replace(/\.(\w)/g, (_, letter) => letter.toUpperCase());
}
