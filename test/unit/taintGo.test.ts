import assert from 'node:assert/strict';
import { go } from '../../src/engines/taint/languages/go/go';
import { Models } from '../../src/engines/taint/models/models';
import { modelFiles, syntaxParser } from './support/taint';
import { beginsIn, findsWhatIsAnnotated, lowersEveryConstruct } from './support/taintCases';

describe('taint engine on Go', () => {
  findsWhatIsAnnotated('go');

  beginsIn('go', {
    begins: [
      'import "net/http"\nfunc a(in *http.Request) {}',
      'import (\n  web "net/http"\n)\nfunc a(in *web.Request) {}',
      'import "github.com/gin-gonic/gin"\nfunc a(c *gin.Context) {}',
      'import "github.com/labstack/echo/v4"\nfunc a(c echo.Context) {}',
      'import ("archive/zip"; "os")\nfunc a() { zip.OpenReader("a") }',
      'import "os"\nfunc main() { println(os.Args) }',
    ],
    others: [
      'import "net/http"\nfunc a() { http.Get("https://a.example") }',
      'import "os"\nfunc a() { os.Exit(1) }',
      'import "fmt"\nfunc a() { fmt.Println("net/http", "http.Request") }',
    ],
    around: (code) => `package a\n${code}`,
  });

  it('determines in which functions data enters, and their callers', async () => {
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

  lowersEveryConstruct('go', 'Constructs.go');
});
