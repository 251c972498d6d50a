import assert from 'node:assert/strict';
import { narrow } from '../../src/runner/analyzers/ruff/narrow';

function at(code: string, source: string, part: string, message = '') {
  const lines = source.split('\n');
  const row = lines.findIndex((line) => line.includes(part)) + 1;
  const column = (lines[row - 1] ?? '').indexOf(part) + 1;
  const start_location = { row, column };
  return narrow({ code, message, start_location, end_location: { row, column: column + part.length } }, lines);
}

describe('narrowing of ruff', () => {
  it('leaves out calls with a constant', () => {
    assert.equal(at('S307', 'eval("1 + 1")', 'eval("1 + 1")'), undefined);
    assert.equal(at('S102', 'exec("x = 1")  # fine', 'exec'), undefined);
    assert.ok(at('S307', 'eval(x)', 'eval(x)'));
    assert.ok(at('S102', 'exec(x)', 'exec'));
    assert.equal(
      at('S602', 'run("ls", shell=True)', 'run', '`subprocess` call with `shell=True` seems safe'),
      undefined,
    );
  });

  it('reports a query where it is run', () => {
    const source = 'def f(x):\n    query = f"SELECT {x} FROM t"\n    log()\n    cursor.execute(query)\n';
    assert.equal(at('S608', source, 'f"SELECT {x} FROM t"')?.start_location.row, 4);
    assert.equal(at('S608', 'cursor.execute(f"SELECT {x} FROM t")', 'f"SELECT {x} FROM t"')?.start_location.row, 1);
  });

  it('leaves out a query that is never run in sight', () => {
    assert.equal(at('S608', 'def f(x):\n    return f"SELECT {x} FROM t"', 'f"SELECT {x} FROM t"'), undefined);
    const other = '    q = f"SELECT {x} FROM t"\ndef g(q):\n    cursor.execute(q)';
    assert.equal(at('S608', other, 'f"SELECT {x} FROM t"'), undefined);
  });

  it('takes passwords for what they look like', () => {
    const say = 'Possible hardcoded password assigned to: "password"';
    assert.ok(at('S105', 'password = "hunter2!"', '"hunter2!"', say));
    assert.equal(
      at('S105', 'password = "new_password"', '"new_password"', say.replace('"password"', '"password_field"')),
      undefined,
    );
    assert.equal(at('S105', 'token = "csrf_token"', '"csrf_token"', say.replace('"password"', '"token"')), undefined);
  });
});
