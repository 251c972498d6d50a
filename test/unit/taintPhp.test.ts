import assert from 'node:assert/strict';
import { declaredIn } from '../../src/engines/taint/languages/php/resolve';
import { regexOf } from '../../src/engines/taint/languages/php/strings';
import { follow, isHarmless } from './support/taint';
import { beginsIn, findsWhatIsAnnotated, lowersEveryConstruct } from './support/taintCases';

describe('taint engine on PHP', () => {
  findsWhatIsAnnotated('php');

  it('reports included files that it does not follow to their end', async () => {
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

  it('considers the result of a call harmless if nothing remains in it', async () => {
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

  beginsIn('php', {
    begins: ['echo $_GET["a"];', 'function a(Request $in) {}', '$x = file_get_contents("php://input");'],
    others: ['echo "a";', 'class A { function b($c) { return $c; } }', '$x = $this->parameters["a"];'],
    around: (code) => `<?php ${code}`,
  });

  it('knows what a file declares for all others', () => {
    const source = '<?php\nnamespace App\\Model;\nfinal class User {\n}\ninterface Named {}\nfunction &make() {}\n';
    assert.deepEqual(declaredIn(source), [
      'class app\\model\\user',
      'class app\\model\\named',
      'function app\\model\\make',
    ]);
  });

  it('reads PCRE regular expressions', () => {
    assert.deepEqual(regexOf('~\\A[[:alnum:]]+\\z~i', false), { source: '^[a-zA-Z0-9]+$', flags: 'i' });
    assert.deepEqual(regexOf('{a b}x', true), { source: 'ab', flags: 'g' });
    assert.equal(regexOf('abc', false), undefined);
  });

  lowersEveryConstruct('php', 'constructs.php');
});
