/**
 * Rules that were part of another one, with its id. What people decided about the old id (baselines, ignored rules, comments) still counts for the new ones,
 * so that nobody has to decide twice. Some old ids still exist, for the part that they name.
 */
export const renamedRules: Readonly<Record<string, string>> = {
  'docker-unpinned-image': 'docker-image-config',
  'docker-root-user': 'docker-image-config',
  'docker-remote-add': 'docker-image-config',
  'docker-outdated-image': 'docker-image-config',
  'docker-exposed-port': 'docker-image-config',
  'docker-secret-env': 'docker-image-config',
  'docker-tls-verify-off': 'docker-image-config',
  'docker-permissive-copy': 'docker-image-config',
  'docker-root-password': 'docker-image-config',
  'bash-dependency-confusion': 'bash-unverified-package',
  'bash-package-plain-http': 'bash-unverified-package',
  'php-ldap-injection': 'php-xpath-ldap',
  'php-xpath-injection': 'php-xpath-ldap',
  'js-ssh-host-key': 'js-tls-verify-off',
  'js-mail-no-tls': 'js-tls-verify-off',
  'js-insecure-http-parser': 'js-tls-verify-off',
  'kotlin-ldap-injection': 'kotlin-ldap',
  'kotlin-xpath-injection': 'kotlin-ldap',
  'kotlin-ldap-anonymous': 'kotlin-ldap',
  'kotlin-deserialization': 'kotlin-jvm-misc',
  'kotlin-code-eval': 'kotlin-jvm-misc',
  'kotlin-unsafe-reflection': 'kotlin-jvm-misc',
  'scala-deserialization': 'scala-jvm-misc',
  'scala-xxe': 'scala-jvm-misc',
  'scala-code-eval': 'scala-jvm-misc',
  'scala-path-traversal': 'scala-jvm-misc',
  'swift-command-injection': 'swift-injection',
  'swift-predicate-injection': 'swift-injection',
  'swift-script-injection': 'swift-injection',
  'swift-deserialization': 'swift-injection',
};

/** The id that a rule's findings had before; undefined when they always had this one. */
export function formerRule(id: string): string | undefined {
  return Object.hasOwn(renamedRules, id) ? renamedRules[id] : undefined;
}
