import assert from 'node:assert/strict';
import { declaredIn } from '../../src/engines/taint/languages/php/resolve';
import { regexOf } from '../../src/engines/taint/languages/php/strings';
import { beginsIn, findsWhatIsAnnotated, lowersEveryConstruct } from './support/taintCases';

describe('taint engine on PHP', () => {
  findsWhatIsAnnotated('php');

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

  it('reads regular expressions of PCRE', () => {
    assert.deepEqual(regexOf('~\\A[[:alnum:]]+\\z~i', false), { source: '^[a-zA-Z0-9]+$', flags: 'i' });
    assert.deepEqual(regexOf('{a b}x', true), { source: 'ab', flags: 'g' });
    assert.equal(regexOf('abc', false), undefined);
  });

  lowersEveryConstruct('php', 'constructs.php');
});
