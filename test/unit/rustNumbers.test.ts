import assert from 'node:assert/strict';
import { formatsNumbersOnly } from '../../src/engines/patterns/rustNumbers';

const only = (head: string, match: string, before = '') =>
  formatsNumbersOnly(match, `fn f(${head}) { ${before} ${match}; }`);

describe('values that Rust formats into a string', () => {
  it('are numbers by the types of parameters', () => {
    assert.equal(only('limit: i64', 'query(&format!("LIMIT {limit}"))'), true);
    assert.equal(only('limit: u32, offset: usize', 'query(&format!("LIMIT {} OFFSET {offset:>3}", limit))'), true);
    assert.equal(only('x: &f64, ok: Option<bool>', 'query(&format!("{x} {ok:?}"))'), true);
    assert.equal(only('', 'query(&format!("LIMIT {limit}", limit = 5u32))'), true);
  });

  it('are numbers by the values of variables', () => {
    assert.equal(only('t: &str', 'query(&format!("{n}"))', 'let n: i64 = t.parse()?;'), true);
    assert.equal(only('t: &str', 'query(&format!("{n}"))', 'let n = t.parse::<i64>()?;'), true);
    assert.equal(only('ids: Vec<u32>', 'query(&format!("{}", id))', 'for id in &ids {'), true);
    const joined = 'let list = ids.iter().map(|x| x.to_string()).collect::<Vec<_>>().join(",");';
    assert.equal(only('ids: &[i64]', 'query(&format!("({list})"))', joined), true);
    assert.equal(only('ids: &[String]', 'query(&format!("({list})"))', joined), false);
  });

  it('are looked up if a variable contains the text', () => {
    assert.equal(only('x: f64', 'query(&sql)', 'let sql = format!("WHERE x > {x}");'), true);
    assert.equal(only('x: &str', 'query(&sql)', 'let sql = format!("WHERE x > {x}");'), false);
  });

  it('are text if one of them is', () => {
    assert.equal(only('name: &str', 'query(&format!("{name}"))'), false);
    assert.equal(only('name: String, limit: i64', 'query(&format!("{name} {limit}"))'), false);
    assert.equal(only('p: Page', 'query(&format!("{}", p.limit))'), false);
    assert.equal(only('limit: i64', 'query(&format!("{other}"))'), false);
    assert.equal(only('n: i64', 'query(&format!("{n}"))', 'let n: String = x;'), false);
    assert.equal(only('limit: i64', 'query(&sql)'), false);
  });
});
