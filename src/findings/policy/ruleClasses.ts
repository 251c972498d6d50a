import { familyOf } from '../weaknessFamilies';

/**
 * What the rules of other tools are about, so that a comment that names one also applies to our finding of the same defect on its line.
 * Matches words in their names, as in `security/detect-eval-with-expression`, `Security/MarshalLoad` or
 * `python.lang.security.audit.subprocess-shell-true`.
 */
const byWord: readonly (readonly [RegExp, readonly number[]])[] = [
  [/nosql|mongo/, [943]],
  [/sql(?!ite)|tainted-?sql/, [89]],
  [/ldap/, [90]],
  [/command|shell|subprocess|child.?process|exec(?!ption)|os.?system|spawn|tainted-?shell/, [78]],
  [/eval|new-?func|implied|code.?injection|script-?url/, [95]],
  [/xss|cross.?site.?script|innerhtml|unsanitized|no-?danger|html.?safe|raw.?html|mark.?safe|tainted-?html/, [79]],
  [/path|travers|fs-?filename|file.?inclusion|zip.?slip|send.?file|tainted-?(?:file|include)/, [22]],
  [/ssrf|server.?side.?request|tainted-?ssrf/, [918]],
  [/deseriali[sz]|pickle|marshal|yaml.?load|unserialize/, [502]],
  [/md5|sha-?1|weak.?hash|insecure.?hash|bad.?hash/, [328]],
  [/cipher|crypto|\bdes\b|rc4|ecb/, [327]],
  [/key.?size|short.?key|weak.?key/, [326]],
  [/hard.?coded|password|secret|credential|api.?key|token/, [798]],
  [/xxe|xml|external.?entit/, [611]],
  [/redirect/, [601]],
  [/random|rand\b/, [338]],
  [/tls|ssl|cert|verify|host.?name/, [295]],
  [/regex|redos/, [1333]],
  [/cors|access.?control.?allow/, [942]],
  [/csrf|forgery/, [352]],
  [/temp.?file|tmp/, [377]],
  [/prototype|object-?injection|mass.?assign/, [1321, 915]],
  [/bind.?all|0\.0\.0\.0|all.?interfaces/, [605]],
  [/debug/, [489]],
  [/jwt/, [347]],
  [/log.?injection|log.?forg/, [117]],
  [/cookie/, [614, 1004]],
  [/permission|chmod/, [732]],
  [/privileged|run.?as.?root|root.?user/, [250]],
  [/encrypt/, [311]],
  [/public|ingress|open.?to/, [284]],
];

/** bandit's rules, whose numbers ruff uses as well. */
const bandit: Readonly<Record<string, readonly number[]>> = numbered({
  '101': [703, 617],
  '102 307': [95],
  '103': [732],
  '104': [605],
  '105 106 107 259': [798],
  '108 306': [377],
  '110 112': [703],
  '113': [400],
  '201': [489, 94],
  '202': [22],
  '301 302 403 506 614 615': [502],
  '303 324': [328],
  '304 305 413': [327],
  '308 703 704': [79],
  '310': [22, 918],
  '311': [330],
  '312 321 401 402': [319],
  '313 314 315 316 317 318 319 320 405 406 407 408 409 410': [611],
  '323 501 502 503 504': [295, 327, 326],
  '505': [326],
  '507': [295],
  '508 509': [319],
  '601 602 603 604 605 606 607 609': [78],
  '608 610 611': [89],
  '612': [94],
  '701 702': [79],
});

const gosec: Readonly<Record<string, readonly number[]>> = numbered({
  '101': [798],
  '102': [605],
  '103': [242],
  '104': [703],
  '106': [322],
  '107': [918],
  '108': [200],
  '109 115': [190],
  '110': [409],
  '111 304 305': [22],
  '112 114': [400],
  '201 202': [89],
  '203': [79],
  '204': [78],
  '301 302 306 307': [732],
  '303': [377],
  '401 406 501 505 506': [328],
  '402': [295, 327],
  '403': [326],
  '404': [338],
  '405 407 502 503 504 507': [327],
  '601 602': [118],
});

/** The checks of SonarQube that are about security. */
const sonar: Readonly<Record<string, readonly number[]>> = numbered({
  '2068 6418 6437': [798],
  '2076 4721': [78],
  '2077 3649': [89],
  '2083 6096': [22],
  '2245': [338],
  '2755': [611],
  '4423 4426 5542 5547': [327, 326],
  '4790': [328],
  '4830 5527': [295],
  '5131': [79],
  '5135': [502],
  '5144': [918],
  '5146': [601],
  '1523 5334': [95],
  '5852': [1333],
});

/** The weaknesses that another tool's rule is about; undefined if its name does not tell. */
export function weaknessesOf(id: string): readonly string[] | undefined {
  const [, letter = '', number = ''] = /^(?:java:|squid:|typescript:|python:)?([BGS])(\d{3,4})$/i.exec(id) ?? [];
  const table = number.length === 4 ? sonar : letter.toUpperCase() === 'G' ? gosec : bandit;
  const known = number === '' ? undefined : table[number];
  if (number !== '') return known?.map((one) => `CWE-${one}`);
  if (/^CWE-?\d+$/i.test(id)) return [`CWE-${id.replace(/\D/g, '')}`];
  const words = id.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
  const found = byWord.filter(([pattern]) => pattern.test(words)).flatMap(([, cwes]) => cwes);
  return found.length === 0 ? undefined : found.map((one) => `CWE-${one}`);
}

/** Whether two lists of CWEs name the same defect, or variants of it. */
export function sameWeakness(some: readonly string[], others: readonly string[] = []): boolean {
  const families = new Set(some.map(familyOf));
  return others.some((cwe) => families.has(familyOf(cwe)));
}

function numbered(table: Readonly<Record<string, readonly number[]>>): Record<string, readonly number[]> {
  return Object.fromEntries(
    Object.entries(table).flatMap(([numbers, cwes]) => numbers.split(' ').map((number) => [number, cwes])),
  );
}
