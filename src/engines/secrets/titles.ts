import { filePatterns, laterPreset, patterns, settingPattern } from './patterns';

/** The preset's rules, and what they find. */
export const presetKinds: Readonly<Record<string, string>> = {
  aws: 'AWS key',
  gcp: 'Google Cloud key',
  privatekey: 'private key',
  npm: 'npm token',
  slack: 'Slack token',
  github: 'GitHub token',
  gitlab: 'GitLab token',
  openai: 'OpenAI key',
  anthropic: 'Anthropic key',
  linear: 'Linear key',
  sendgrid: 'SendGrid key',
  shopify: 'Shopify token',
  docker: 'Docker Hub token',
  databricks: 'Databricks token',
  huggingface: 'Hugging Face token',
  grafana: 'Grafana token',
  notion: 'Notion token',
  vercel: 'Vercel token',
  figma: 'Figma token',
  groq: 'Groq key',
  'hashicorp-vault': 'HashiCorp Vault token',
};

/** The titles of all kinds of secrets, by rule id. */
export function secretTitles(): Record<string, string> {
  const own = [
    ...patterns,
    settingPattern,
    ...laterPreset,
    ...filePatterns.map((one) => ({ ...settingPattern, ...one })),
  ];
  const kinds = [...Object.entries(presetKinds), ...own.map(({ id, kind }) => [id, kind] as const)];
  return Object.fromEntries(kinds.map(([id, kind]) => [id, `Hard-coded ${kind}`]));
}
