global using System.Linq;
using System;
using static System.Math;
using Json = System.Text.Json.JsonSerializer;
extern alias X;
[assembly: Foo("a")]
namespace A.B;
#region x
[Route("api/[controller]")]
public partial class C<T>(ILogger<C<T>> log, int n) : Base<T>(log), IFoo where T : class
{
    private readonly string _a = "x", _b;
    public const int N = 0x1F;
    public string Name { get; set; } = "n";
    public string Full => Name + _a;
    public int this[int i] { get => i; set { _b = value; } }
    public event EventHandler Done;
    public event EventHandler Done2 { add { } remove { } }
    public string P { get { return _a; } init => _a = value; }
    static C() { }
    public C(string a) : this(a, 1) { _a = a; }
    ~C() { }
    public static C<T> operator +(C<T> a, C<T> b) => a;
    public static implicit operator string(C<T> a) => a._a;
    public delegate int D(int x);
    [HttpGet("{id}")]
    public async Task<IActionResult> Get([FromQuery] string q, int? id = 3, params string[] rest) 
    {
        var x = await foo.Bar(q!, out var y, ref z, name: 3);
        string s = $"a {x:N2} {{b}} {y}";
        s += @"verb ""q""" + """raw {x}""" + $@"c:\{x}" + $"""raw {x}""" + $$"""{a {{x}} }""";
        if (x is string t && t.Length > 3) return Ok(t);
        if (x is not null and { Length: > 3, Name: var nm }) { }
        if (x is (int a1, var b1)) {}
        if (x is [1, .., var last]) {}
        switch (x) { case 1: case 2: break; case string u when u != null: Foo(u); goto case 1; default: return null; }
        var r = x switch { 1 => "a", string w => w, { P: 1 } p => p, _ => throw new Exception() };
        foreach (var item in list) { yield return item; }
        foreach (var (k, v) in dict) { }
        await foreach (var z1 in Z()) { }
        for (int i = 0, j = 1; i < 3; i++, j--) { continue; }
        while (true) { break; }
        do { } while (x);
        try { } catch (Exception e) when (e.X) { throw; } finally { }
        using (var c = new SqlConnection("a")) { }
        using var d = new Foo { A = 1, B = q, ["k"] = 3 };
        var arr = new[] { 1, 2 }; var arr2 = new int[3] { 1, 2, 3 }; int[] e2 = [1, ..arr];
        var anon = new { q, Name = x.Y, x.Z };
        Func<int, string> f = x => x.ToString(); Action g = () => { Foo(); }; f = async (int q2, string w) => w; g = delegate (int q) { };
        (int a, string b) = (1, q); var (a2, b2) = tup; var tt = (a: 1, b: q);
        a = b ?? c; a ??= b; a?.B?[0]?.C(); 
        lock (this) { } checked { } unsafe { int* p = &x; } fixed (byte* q3 = arr) { }
        var ty = typeof(string); var nm2 = nameof(q); var de = default(int); int si = sizeof(int); 
        object o = (string)q; o = q as string; 
        label: goto label;
        string Local(string z) => z + "a";
        static void L2() { }
        Foo<int>(q); this.Foo(); base.Foo(); global::System.Console.WriteLine(q);
        var q4 = from c in db.Users join d in x on c.Id equals d.Id let n = c.Name where c.Name == q orderby c.Name descending select new { c.Name } into g2 group g2 by g2.Name;
        var rng = arr[1..^2]; -x; !x; ~x; x++; --x; x += 1; a = x ? y : z;
        _ = int.TryParse(q, out int num); new(); new Dictionary<string,int>{ {"a", 1}, {"b", 2} };
        const string K = "v"; x = d with { A = 2 }; ref int rr = ref x; stackalloc int[3]; await using var s4 = f();
        var big = 1_000L; var ch = 'c'; var fl = 1.5f; bool bo = true; string nl = null; "x"u8.ToArray();
        nameof(x); __arglist; throw new X(); x!.ToString(); p->q; return;
    }
    string IFoo.Bar(string s) => s;
    record struct Pt(int X, int Y);
}
public record Person(string Name, [property: JsonName("x")] int Age) : Base(Name) { }
public interface IFoo { string Bar(string s); string Prop { get; } }
public enum E { A, B = 2 }
public struct S { }
public static class Ext { public static string Clean(this string s) => s; extension(string s) { public string Up() => s; } }
var app = WebApplication.Create(args);
app.MapGet("/", (string q, HttpContext ctx) => q);
