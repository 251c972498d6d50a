import assert from 'node:assert/strict';
import { isHarmless } from './support/taint';
import { beginsIn, findsWhatIsAnnotated, lowersEveryConstruct } from './support/taintCases';

describe('taint engine on C#', () => {
  findsWhatIsAnnotated('csharp');

  beginsIn('csharp', {
    begins: [
      'class A { void M(HttpRequest x) {} }',
      'public class UsersController : ControllerBase { public void Get(string id) {} }',
      'var app = WebApplication.Create(args);\napp.MapGet("/a", (string x) => x);',
      'class P { static void Main(string[] args) {} }',
      'class A { [WebMethod] public string M(string x) => x; }',
      'using System.Web.UI.WebControls;\nclass A { TextBox name; }',
      'class A : System.Web.UI.Page { private void InitializeComponent() { } }',
    ],
    others: [
      'using System.Windows.Forms;\nclass A : UserControl { TextBox name; }',
      '// A controller gets a request.\nclass A { int Main; }',
      'class A { void M() { System.Console.WriteLine("Request"); } }',
      'class A { string M(string x) => Process.Start(x); }',
    ],
    around: (code) => `using System;\n${code}`,
  });

  it('does not consider the text of a NoSQL query harmless', async () => {
    const query = `class A { object M(string name) { return new QueryDefinition($"select * from c where n = '{name}'"); } }`;
    assert.equal(await isHarmless({ 'A.cs': query }, 1, 'nosql', 'csharp'), false);
  });

  it('proves what a single file can prove', async () => {
    const file = (value: string) => ({
      'A.cs': `class A { void M(string name, int id) { new SqlCommand("select * from t where id = " + ${value}); } }`,
    });
    assert.equal(await isHarmless(file('id'), 1, 'sql', 'csharp'), true);
    assert.equal(await isHarmless(file('name'), 1, 'sql', 'csharp'), false);
    assert.equal(await isHarmless(file('Other.Name(id)'), 1, 'sql', 'csharp'), false);
  });

  lowersEveryConstruct('csharp', 'Constructs.cs');
});
