/** CWEs that different analyzers assign to the same defect: a class and its variants. */
const families = [
  ['CWE-22', 'CWE-23', 'CWE-36', 'CWE-73'],
  ['CWE-77', 'CWE-78', 'CWE-88'],
  ['CWE-79', 'CWE-80', 'CWE-116'],
  ['CWE-89', 'CWE-564'],
  ['CWE-94', 'CWE-95', 'CWE-96'],
  ['CWE-259', 'CWE-321', 'CWE-522', 'CWE-547', 'CWE-798'],
  ['CWE-295', 'CWE-297', 'CWE-599'],
  ['CWE-326', 'CWE-327', 'CWE-328', 'CWE-916'],
  ['CWE-330', 'CWE-335', 'CWE-338'],
  ['CWE-377', 'CWE-379'],
  ['CWE-611', 'CWE-776', 'CWE-827'],
];
const familyByCwe = new Map(
  families.flatMap((family, index) => family.map((cwe) => [cwe, `family ${index}`] as const)),
);

/** The representative of a CWE and its variants. */
export function familyOf(cwe: string): string {
  return familyByCwe.get(cwe) ?? cwe;
}
