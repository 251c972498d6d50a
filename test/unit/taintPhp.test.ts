import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { print } from '../../src/engines/taint/ir/print';
import { php } from '../../src/engines/taint/languages/php/php';
import { declaredIn } from '../../src/engines/taint/languages/php/resolve';
import { regexOf } from '../../src/engines/taint/languages/php/strings';
import { Models } from '../../src/engines/taint/models/models';
import { follow, isHarmless, modelFiles, syntaxParser } from './support/taint';
import { workspaces } from './support/workspaces';

const folder = resolve(__dirname, '../../../test/taint/php');

describe('taint engine on PHP', () => {
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.txt')))
    for (const [workspace, files] of workspaces(readFileSync(join(folder, name), 'utf8')))
      it(`${name}: ${workspace}`, async () => {
        const expected = Object.entries(files).flatMap(([path, text]) =>
          text.split('\n').flatMap((line, index) => {
            const defect = /\/\/ bad: ([\w-]+)/.exec(line)?.[1];
            return defect === undefined ? [] : [`${path}:${index + 1} ${defect}`];
          }),
        );
        const { sites, outcomes } = await follow(files, 'php');
        assert.deepEqual([...new Set(outcomes.values())], ['followed']);
        const found = sites.flatMap(({ file, from, defect, taint }) =>
          taint ? [`${file}:${(files[file] ?? '').slice(0, from).split('\n').length} ${defect}`] : [],
        );
        assert.deepEqual([...new Set(found)].sort(), expected.sort());
      });

  it('tells of included files that it does not follow to their end', async () => {
    const files = (count: number) => ({
      'index.php': "<?php\ninclude 'inc/long.php';\necho $_GET['a'];\n",
      'inc/long.php': `<?php\n${'$a = f($a, 1, 2);\n'.repeat(count)}`,
    });
    const [few, many] = [await follow(files(10), 'php'), await follow(files(2_000), 'php')];
    assert.deepEqual(Object.fromEntries(few.outcomes), { 'index.php': 'followed', 'inc/long.php': 'followed' });
    assert.deepEqual(Object.fromEntries(many.outcomes), { 'index.php': 'too complex', 'inc/long.php': 'followed' });
    assert.deepEqual(
      many.sites.flatMap(({ file, defect, taint }) => (taint ? [`${file} ${defect}`] : [])),
      ['index.php xss'],
    );
  });

  it('takes the result of a call that nothing is left in for harmless', async () => {
    const calls = [
      'use Illuminate\\Http\\Request; function a(Request $in) { echo $in->integer("a"); }',
      'use Illuminate\\Http\\Request; function a(Request $in) { echo $in->enum("a", Level::class); }',
      'use Illuminate\\Http\\Request; function a(Request $in) { echo $in->method(); }',
      'use Symfony\\Component\\HttpFoundation\\Request; function a(Request $in) { echo $in->query->getInt("a"); }',
      'use Symfony\\Component\\HttpFoundation\\Request; function a(Request $in) { echo $in->getMethod(); }',
    ];
    for (const code of calls)
      assert.equal(await isHarmless({ 'a.php': `<?php\n${code}` }, 2, 'xss', 'php'), true, code);
    const open = 'use Illuminate\\Http\\Request; function a(Request $in) { echo $in->input("a"); }';
    assert.equal(await isHarmless({ 'a.php': `<?php\n${open}` }, 2, 'xss', 'php'), false);
  });

  it('begins in files that data comes into, and in no others', async () => {
    const models = new Models([...modelFiles('php').values()]);
    const language = php.create(await syntaxParser());
    const begins = ['echo $_GET["a"];', 'function a(Request $in) {}', '$x = file_get_contents("php://input");'];
    const others = ['echo "a";', 'class A { function b($c) { return $c; } }', '$x = $this->parameters["a"];'];
    assert.deepEqual(
      [...begins, ...others].filter((code) => language.mayBegin(`<?php ${code}`, models)),
      begins,
    );
  });

  it('knows what a file declares for all others', () => {
    const source = '<?php\nnamespace App\\Model;\nfinal class User {\n}\ninterface Named {}\nfunction &make() {}\n';
    assert.deepEqual(declaredIn(source), [
      'class app\\model\\user',
      'class app\\model\\named',
      'function app\\model\\make',
    ]);
  });

  it('reads regular expressions of PCRE', () => {
    assert.deepEqual(regexOf('~\\A[[:alnum:]]+\\z~i', false), { source: '^[a-zA-Z0-9]+$', flags: 'i' });
    assert.deepEqual(regexOf('{a b}x', true), { source: 'ab', flags: 'g' });
    assert.equal(regexOf('abc', false), undefined);
  });

  it('has a counterpart for every construct', async () => {
    const source = readFileSync(join(folder, 'constructs.php'), 'utf8');
    const printed = print(php.create(await syntaxParser()).lower('constructs.php', source));
    assert.equal(printed, readFileSync(join(folder, 'constructs.ir'), 'utf8').trimEnd());
  });
});
