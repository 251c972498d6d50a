import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { print } from '../../src/engines/taint/ir/print';
import { go } from '../../src/engines/taint/languages/go/go';
import { Models } from '../../src/engines/taint/models/models';
import { follow, modelFiles, syntaxParser } from './support/taint';
import { workspaces } from './support/workspaces';

const folder = resolve(__dirname, '../../../test/taint/go');

describe('taint engine on Go', () => {
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.txt')))
    for (const [workspace, files] of workspaces(readFileSync(join(folder, name), 'utf8')))
      it(`${name}: ${workspace}`, async () => {
        const expected = Object.entries(files).flatMap(([path, text]) =>
          text.split('\n').flatMap((line, index) => {
            const defect = /\/\/ bad: ([\w-]+)/.exec(line)?.[1];
            return defect === undefined ? [] : [`${path}:${index + 1} ${defect}`];
          }),
        );
        const { sites, outcomes } = await follow(files, 'go');
        assert.deepEqual([...new Set(outcomes.values())], ['followed']);
        const found = sites.flatMap(({ file, from, defect, taint }) =>
          taint ? [`${file}:${(files[file] ?? '').slice(0, from).split('\n').length} ${defect}`] : [],
        );
        assert.deepEqual([...new Set(found)].sort(), expected.sort());
      });

  it('begins in files that data comes into, and in no others', async () => {
    const models = new Models([...modelFiles('go').values()]);
    const language = go.create(await syntaxParser());
    const begins = [
      'import "net/http"\nfunc a(in *http.Request) {}',
      'import (\n  web "net/http"\n)\nfunc a(in *web.Request) {}',
      'import "github.com/gin-gonic/gin"\nfunc a(c *gin.Context) {}',
      'import "github.com/labstack/echo/v4"\nfunc a(c echo.Context) {}',
      'import ("archive/zip"; "os")\nfunc a() { zip.OpenReader("a") }',
      'import "os"\nfunc main() { println(os.Args) }',
    ];
    const others = [
      'import "net/http"\nfunc a() { http.Get("https://a.example") }',
      'import "os"\nfunc a() { os.Exit(1) }',
      'import "fmt"\nfunc a() { fmt.Println("net/http", "http.Request") }',
    ];
    assert.deepEqual(
      [...begins, ...others].filter((code) => language.mayBegin(`package a\n${code}`, models)),
      begins,
    );
  });

  it('tells in which functions data begins, and who calls them', async () => {
    const models = new Models([...modelFiles('go').values()]);
    const language = go.create(await syntaxParser());
    const source = [
      'package a',
      'import "net/http"',
      'func name(in *http.Request) string { return in.Host }',
      'func calls() { name(nil) }',
      'func (s *S) callsThat() { calls() }',
      'func other() {}',
    ].join('\n');
    const code = language
      .lower('a.go', source)
      .body.flatMap((one) => (one.kind === 'declare' && one.value?.kind === 'function' ? [one.value] : []));
    const begins = language.beginnings?.(source, models) ?? assert.fail();
    assert.deepEqual(
      code.filter(begins).map(({ name }) => name),
      ['name', 'calls'],
    );
  });

  it('has a counterpart for every construct', async () => {
    const source = readFileSync(join(folder, 'Constructs.go'), 'utf8');
    const printed = print(go.create(await syntaxParser()).lower('Constructs.go', source));
    assert.equal(printed, readFileSync(join(folder, 'Constructs.ir'), 'utf8').trimEnd());
  });
});
