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
    ],
    others: [
      'using System.Windows.Forms;\nclass A : UserControl { TextBox name; }',
      '// A controller gets a request.\nclass A { int Main; }',
      'class A { void M() { System.Console.WriteLine("Request"); } }',
      'class A { string M(string x) => Process.Start(x); }',
    ],
    around: (code) => `using System;\n${code}`,
  });

  lowersEveryConstruct('csharp', 'Constructs.cs');
});
