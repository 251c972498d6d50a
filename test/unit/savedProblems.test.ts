import assert from 'node:assert/strict';
import { SavedProblems } from '../../src/ui/customRules/savedProblems';
import type { PolicyProblem } from '../../src/protocol';

const problem = (file: string, message = 'wrong'): PolicyProblem => ({
  ...{ file, line: 1, level: 'error', message, about: 'rules' },
});

describe('problems in custom rules', () => {
  it('are those of the folder’s latest scan', () => {
    const saved = new SavedProblems();
    const own = '.codeagent/rules/a.yml';
    saved.ofScan('/one', true, [problem(own), problem(own, 'too')]);
    saved.ofScan('/two', true, [problem(own)]);
    assert.deepEqual(saved.ofScan('/one', true, []), ['/one/.codeagent/rules/a.yml']);
    assert.equal(saved.get('/one/.codeagent/rules/a.yml'), undefined);
    assert.equal(saved.get('/two/.codeagent/rules/a.yml')?.problems.length, 1);
  });

  it('in a rule pack are those of any folder’s latest scan, except on a server', () => {
    const saved = new SavedProblems();
    saved.ofScan('/one', true, [problem('/packs/p.yml')]);
    saved.ofScan('/two', true, [problem('/packs/p.yml'), problem('/packs/q.yml')]);
    assert.deepEqual(saved.ofScan('/one', false, [problem('packs-of-the-server/r.yml')]), []);
    assert.equal(saved.get('/packs/p.yml')?.problems.length, 1);
    assert.deepEqual(saved.ofScan('/one', true, [problem('/packs/q.yml')]).sort(), ['/packs/p.yml', '/packs/q.yml']);
    assert.equal(saved.get('/packs/p.yml'), undefined);
    assert.equal(saved.get('/packs/q.yml')?.problems.length, 1);
  });
});
